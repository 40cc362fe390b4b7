import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 4096
const RANDOM_BYTES_PER_ID = 10
const pool = Buffer.allocUnsafe(POOL_BYTES)
let taken = POOL_BYTES

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
/** Crockford's base 32 in lower case: no i, l, o, u. */
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz'

/** UUIDv7 (RFC 9562): 48 bits of epoch ms, version, 74 random bits. */
function writeUuid7(bytes: Buffer, epochMs: number): void {
  if (taken + RANDOM_BYTES_PER_ID > POOL_BYTES) {
    randomFillSync(pool)
    taken = 0
  }
  bytes.writeUIntBE(epochMs, 0, 6)
  pool.copy(bytes, 6, taken, taken + RANDOM_BYTES_PER_ID)
  pool.fill(0, taken, taken + RANDOM_BYTES_PER_ID)
  taken += RANDOM_BYTES_PER_ID
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
}

const scratch = Buffer.alloc(16)

/** A call's id: an upper-case UUIDv7, as `X-Ca-Request-Id` shows it. */
export function newCallId(epochMs: number): string {
  writeUuid7(scratch, epochMs)
  let text = ''
  for (let place = 0; place < 16; place++) {
    if (place === 4 || place === 6 || place === 8 || place === 10) text += '-'
    text += HEX[scratch[place] ?? 0]
  }
  return text
}

/** Epoch ms in a call's id. */
export function momentOfCallId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** `prefix_` and 26 characters: a UUIDv7 in base 32, which sorts by time. */
export function newId(prefix: string, epochMs: number): string {
  const bytes = Buffer.alloc(16)
  writeUuid7(bytes, epochMs)
  let value = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  for (let place = 0; place < 26; place++) {
    text = BASE32.charAt(Number(value & 31n)) + text
    value >>= 5n
  }
  return `${prefix}_${text}`
}

/** Random text of Crockford's base 32: 5 bits a character. */
export function randomText(length: number): string {
  const bytes = randomFillSync(Buffer.alloc(length))
  let text = ''
  for (const byte of bytes) text += BASE32.charAt(byte & 31)
  return text
}
