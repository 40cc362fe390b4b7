import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Keys, writePrivateFile } from '@heyan/store'

const FILE = 'operator.token'

/**
 * The operator's token follows from the master key, so that every node of one installation takes the same one and no store holds
 * it. Its file, readable by the owner only, is for commands on the same machine.
 */
export function operatorTokenOf(keys: Keys): string {
  return `hyop_${keys.derive('operator-token').toString('base64url')}`
}

export function operatorTokenFile(dataDir: string): string {
  return join(dataDir, FILE)
}

/** Writes the token's file where there is none. */
export function keepOperatorToken(dataDir: string, token: string): void {
  const file = operatorTokenFile(dataDir)
  if (!existsSync(file)) writePrivateFile(file, `${token}\n`)
}

/** The token of a data directory on this machine; null where there is none to be read. */
export function readOperatorToken(dataDir: string): string | null {
  try {
    return readFileSync(operatorTokenFile(dataDir), 'utf8').trim() || null
  } catch {
    return null
  }
}
