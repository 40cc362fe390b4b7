import { rmSync } from 'node:fs'
import { type Keys, writePrivateFile } from '@heyan/store'
import { operatorTokenFile, readOperatorToken } from './operator-token-file.js'

/**
 * The operator's token follows from the master key, so that every node of one installation takes the same one and no store holds
 * it. Its file, readable by the owner only, is for commands on the same machine.
 */
export function operatorTokenOf(keys: Keys): string {
  return `hyop_${keys.derive('operator-token').toString('base64url')}`
}

/** Writes the token's file where there is none, or one of another master key. */
export function keepOperatorToken(dataDir: string, token: string): void {
  if (readOperatorToken(dataDir) === token) return
  const file = operatorTokenFile(dataDir)
  rmSync(file, { force: true })
  writePrivateFile(file, `${token}\n`)
}
