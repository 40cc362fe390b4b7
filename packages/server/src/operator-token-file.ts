import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function operatorTokenFile(dataDir: string): string {
  return join(dataDir, 'operator.token')
}

/** The token of a data directory on this machine; null where there is none to be read. */
export function readOperatorToken(dataDir: string): string | null {
  try {
    return readFileSync(operatorTokenFile(dataDir), 'utf8').trim() || null
  } catch {
    return null
  }
}
