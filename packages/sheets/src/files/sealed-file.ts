import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { Readable, Writable } from 'node:stream'
import { type ByteSource, bytesOf, readFully } from './byte-source.js'

/** A file that only its key opens. Without the key, nothing is left of it. */
export interface SealedFile {
  readonly path: string
  /** 32 bytes. Several files may share one: each is sealed with a key derived for it alone. */
  readonly key: Uint8Array
}

export const SEAL_KEY_BYTES = 32

const MAGIC = Buffer.from('HEYANSF1')
const SALT_BYTES = 24
const HEADER_BYTES = MAGIC.length + SALT_BYTES
const CHUNK_BYTES = 65_536
const TAG_BYTES = 16
const NONCE_BYTES = 12
const OWNER_ONLY = 0o600
const LABEL = 'heyan sealed sheet v1'

/**
 * AES-256-GCM over chunks of 64 KiB. A chunk's nonce is its place and whether it is the last, so chunks can be read at
 * any place, and none can be changed, moved, or cut off unseen (the STREAM construction). The key of a file is derived
 * from the caller's and a salt of its own: no nonce is ever used twice under one key.
 */
export class SealDamaged extends Error {
  constructor() {
    super('the sealed file is damaged, or was sealed with another key')
    this.name = 'SealDamaged'
  }
}

/** A stream that seals what is written to it. The file is synced when the stream has finished; it must not exist yet. */
export function sealTo({ path, key }: SealedFile): Writable {
  let handle: FileHandle | null = null
  let fileKey: Buffer = Buffer.alloc(0)
  let held: Buffer = Buffer.alloc(0)
  let index = 0

  async function sealChunk(plainText: Buffer, isLast: boolean): Promise<void> {
    const cipher = createCipheriv('aes-256-gcm', fileKey, nonceOf(index, isLast))
    await handle?.appendFile(Buffer.concat([cipher.update(plainText), cipher.final(), cipher.getAuthTag()]))
    index += 1
  }

  return new Writable({
    construct(done) {
      const salt = randomBytes(SALT_BYTES)
      fileKey = derive(key, salt)
      settle(
        open(path, 'wx', OWNER_ONLY).then(async (opened) => {
          handle = opened
          await opened.appendFile(Buffer.concat([MAGIC, salt]))
        }),
        done,
      )
    },
    write(chunk: Buffer, _encoding, done) {
      held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
      settle(
        (async () => {
          // One byte more than a chunk: the last chunk is never empty unless the file is.
          let at = 0
          for (; held.length - at > CHUNK_BYTES; at += CHUNK_BYTES) {
            await sealChunk(held.subarray(at, at + CHUNK_BYTES), false)
          }
          held = held.subarray(at)
        })(),
        done,
      )
    },
    final(done) {
      settle(
        sealChunk(held, true).then(() => handle?.sync()),
        done,
      )
    },
    destroy(error, done) {
      settle(
        (handle?.close() ?? Promise.resolve()).then(() => {
          handle = null
        }),
        (failed) => done(error ?? failed ?? null),
      )
    },
  })
}

/** What was sealed, as a stream. */
export function unsealedStream({ path, key }: SealedFile): Readable {
  async function* bytes(): AsyncGenerator<Buffer> {
    const handle = await open(path, 'r')
    try {
      yield* bytesOf(await openSealed(handle, key))
    } finally {
      await handle.close()
    }
  }
  return Readable.from(bytes(), { objectMode: false })
}

/** Opens a sealed file for reading at any place. Throws `SealDamaged`. The handle belongs to the source from here on. */
export async function openSealed(handle: FileHandle, key: Uint8Array): Promise<ByteSource> {
  const { size: sealedBytes } = await handle.stat()
  const header = await readFully(handle, 0, HEADER_BYTES)
  if (header.length < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) throw new SealDamaged()
  const fileKey = derive(key, header.subarray(MAGIC.length))
  const body = sealedBytes - HEADER_BYTES
  const chunks = Math.ceil(body / (CHUNK_BYTES + TAG_BYTES))
  const size = body - chunks * TAG_BYTES
  if (chunks === 0 || size < 0) throw new SealDamaged()
  let cached: { index: number; bytes: Buffer } | null = null

  async function chunk(index: number): Promise<Buffer> {
    if (cached?.index === index) return cached.bytes
    const at = HEADER_BYTES + index * (CHUNK_BYTES + TAG_BYTES)
    const sealed = await readFully(handle, at, Math.min(CHUNK_BYTES + TAG_BYTES, sealedBytes - at))
    const bytes = unseal(fileKey, sealed, index, index === chunks - 1)
    cached = { index, bytes }
    return bytes
  }

  await chunk(chunks - 1) // A file that was cut short is told at once.
  return {
    size,
    async read(at, length) {
      const pieces: Buffer[] = []
      for (let place = at; place < Math.min(at + length, size); ) {
        const index = Math.floor(place / CHUNK_BYTES)
        const from = place - index * CHUNK_BYTES
        const piece = (await chunk(index)).subarray(from, from + at + length - place)
        pieces.push(piece)
        place += piece.length
      }
      return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)
    },
    close: () => handle.close(),
  }
}

function unseal(fileKey: Buffer, sealed: Buffer, index: number, isLast: boolean): Buffer {
  const tagAt = sealed.length - TAG_BYTES
  if (tagAt < 0) throw new SealDamaged()
  const decipher = createDecipheriv('aes-256-gcm', fileKey, nonceOf(index, isLast))
  decipher.setAuthTag(sealed.subarray(tagAt))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, tagAt)), decipher.final()])
  } catch {
    throw new SealDamaged()
  }
}

function derive(key: Uint8Array, salt: Buffer): Buffer {
  if (key.byteLength !== SEAL_KEY_BYTES) throw new RangeError(`a seal's key has ${SEAL_KEY_BYTES} bytes`)
  return Buffer.from(hkdfSync('sha256', key, salt, LABEL, SEAL_KEY_BYTES))
}

function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUIntBE(index, 5, 6)
  nonce.writeUInt8(isLast ? 1 : 0, NONCE_BYTES - 1)
  return nonce
}

function settle(step: Promise<unknown>, done: (error?: Error | null) => void): void {
  step.then(
    () => done(),
    (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
  )
}
