import { createHash, timingSafeEqual } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import type { Bytes } from './import-list.js'

const OWNER_ONLY = 0o600

export interface FileDigest {
  readonly bytes: number
  /** In hexadecimal digits. */
  readonly sha256: string
}

export async function digestOf(path: string): Promise<FileDigest> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/**
 * Writes what comes to a new file and syncs it. False, and nothing is left, where it is not what was expected; no byte more
 * than expected is ever written.
 */
export async function receiveFile(bytes: Bytes, path: string, expected: FileDigest): Promise<boolean> {
  await rm(path, { force: true })
  const hash = createHash('sha256')
  let received = 0
  const file = await open(path, 'wx', OWNER_ONLY)
  try {
    for await (const chunk of bytes) {
      received += chunk.byteLength
      if (received > expected.bytes) break
      hash.update(chunk)
      await file.appendFile(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  const isIt = received === expected.bytes && timingSafeEqual(hash.digest(), Buffer.from(expected.sha256, 'hex'))
  if (!isIt) await rm(path, { force: true })
  return isIt
}
