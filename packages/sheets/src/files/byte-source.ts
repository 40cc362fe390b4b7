import type { FileHandle } from 'node:fs/promises'

/** A file of known size, read at any place. */
export interface ByteSource {
  readonly size: number
  /** Up to `length` bytes from `at`; fewer only at the end. */
  read(at: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

export const READ_BYTES = 65_536

/** The bytes from `from` up to `to`, in pieces. */
export async function* bytesOf(source: ByteSource, from = 0, to = source.size): AsyncGenerator<Buffer> {
  for (let at = from; at < to; ) {
    const piece = await source.read(at, Math.min(READ_BYTES, to - at))
    if (piece.length === 0) return
    at += piece.length
    yield piece
  }
}

/** One read may give less than was asked for. */
export async function readFully(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes.subarray(0, done)
}
