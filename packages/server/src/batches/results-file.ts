import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { RowResult } from './row-result.js'

const LABEL = 'heyan batch results v1'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const LENGTH_BYTES = 4
/** More than any frame of ours has. */
const FRAME_MAX_BYTES = 16 * 1024 * 1024
const OWNER_ONLY = 0o600

/**
 * The answers of one run, added frame by frame and sealed (AES-256-GCM, a random nonce for each frame; the file's name and the
 * frame's place are authenticated). Every run has a file of its own, so that nobody who lost his lease can write into another's.
 */
export class ResultsWriter {
  readonly #handle: FileHandle
  readonly #key: Buffer
  readonly #name: string
  #bytes = 0

  private constructor(handle: FileHandle, key: Buffer, name: string) {
    this.#handle = handle
    this.#key = key
    this.#name = name
  }

  static async create(path: string, name: string, key: Uint8Array): Promise<ResultsWriter> {
    return new ResultsWriter(await open(path, 'wx', OWNER_ONLY), frameKey(key), name)
  }

  /** Gives the file's length, of which every byte is on the disk. */
  async add(results: readonly RowResult[]): Promise<number> {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(placeOf(this.#name, this.#bytes))
    const body = [nonce, cipher.update(JSON.stringify(results)), cipher.final(), cipher.getAuthTag()]
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32BE(body.reduce((sum, part) => sum + part.length, 0))
    const frame = Buffer.concat([length, ...body])
    await this.#handle.appendFile(frame)
    await this.#handle.datasync()
    this.#bytes += frame.length
    return this.#bytes
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** The answers in the part of a file that counts. Throws where a byte of it was changed or is missing. */
export async function* readResults(
  path: string,
  name: string,
  key: Uint8Array,
  bytes: number,
): AsyncGenerator<readonly RowResult[]> {
  if (bytes === 0) return
  const opened = frameKey(key)
  const handle = await open(path, 'r')
  try {
    for (let at = 0; at < bytes; ) {
      const length = (await exactly(handle, at, LENGTH_BYTES)).readUInt32BE()
      if (length < NONCE_BYTES + TAG_BYTES || length > FRAME_MAX_BYTES) throw new Error('a file of answers is damaged')
      const frame = await exactly(handle, at + LENGTH_BYTES, length)
      const decipher = createDecipheriv('aes-256-gcm', opened, frame.subarray(0, NONCE_BYTES))
      decipher.setAAD(placeOf(name, at)).setAuthTag(frame.subarray(length - TAG_BYTES))
      const text = Buffer.concat([decipher.update(frame.subarray(NONCE_BYTES, length - TAG_BYTES)), decipher.final()])
      yield JSON.parse(text.toString('utf8')) as RowResult[]
      at += LENGTH_BYTES + length
    }
  } finally {
    await handle.close()
  }
}

async function exactly(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  for (let got = 0; got < length; ) {
    const { bytesRead } = await handle.read(bytes, got, length - got, at + got)
    if (bytesRead === 0) throw new Error('a file of answers is cut short')
    got += bytesRead
  }
  return bytes
}

function placeOf(name: string, at: number): Buffer {
  return Buffer.from(`${name} ${at}`)
}

function frameKey(key: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', LABEL, KEY_BYTES))
}
