import type { ByteSource } from './byte-source.js'

/** Bytes that are in memory already. */
export function memorySource(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    read: async (at, length) => bytes.subarray(at, at + length),
    close: async () => {},
  }
}
