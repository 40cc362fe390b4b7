import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'

const MASTER_KEY_BYTES = 32
const SEAL_NONCE_BYTES = 12
const SEAL_TAG_BYTES = 16
const PRIVATE_FILE_MODE = 0o600
/** DER of a PKCS#8 Ed25519 private key up to its 32 bytes of seed (RFC 8410). */
const ED25519_PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Each use has a key of its own; none of them tells anything about another (HKDF, RFC 5869). */
export type KeyPurpose = 'check' | 'credential-index' | 'seal' | 'repeat' | 'roster' | 'checkpoint' | 'operator-token'

/** Keys derived from one master key. `id` is stored beside everything made with them, so that a rotation can be gradual. */
export interface Keys {
  readonly id: string
  /** Proves, without telling the key, that a store was made with it. */
  readonly checkValue: string
  derive(purpose: KeyPurpose, detail?: string): Buffer
  /** Keyed digest for look-ups by a secret: HMAC-SHA-256, base64url. The secret cannot be had back from it. */
  index(secret: string): string
  /** AES-256-GCM; `place` (table, row and column) is authenticated, so that a sealed value cannot be moved. */
  seal(plain: string, place: string): Buffer
  open(sealed: Buffer, place: string): string
  readonly checkpointSigner: KeyObject
  /** For digests of Idempotency-Keys and the requests under them. */
  readonly repeatKey: KeyObject
}

export function keysOf(master: Buffer): Keys {
  if (master.length !== MASTER_KEY_BYTES) throw new Error(`a master key has ${MASTER_KEY_BYTES} bytes`)
  const derive = (purpose: KeyPurpose, detail = ''): Buffer =>
    Buffer.from(hkdfSync('sha256', master, 'heyan', detail === '' ? purpose : `${purpose}/${detail}`, MASTER_KEY_BYTES))
  const indexKey = createSecretKey(derive('credential-index'))
  const sealKey = derive('seal')
  const checkValue = derive('check').toString('base64url')
  return {
    id: `key_${checkValue.slice(0, 12)}`,
    checkValue,
    derive,
    index: (secret) => createHmac('sha256', indexKey).update(secret).digest('base64url'),
    seal(plain, place) {
      const nonce = randomBytes(SEAL_NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce).setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, body, cipher.getAuthTag()])
    },
    open(sealed, place) {
      const nonce = sealed.subarray(0, SEAL_NONCE_BYTES)
      const tag = sealed.subarray(sealed.length - SEAL_TAG_BYTES)
      const body = sealed.subarray(SEAL_NONCE_BYTES, sealed.length - SEAL_TAG_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', sealKey, nonce, { authTagLength: SEAL_TAG_BYTES })
      decipher.setAAD(Buffer.from(place)).setAuthTag(tag)
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
    },
    repeatKey: createSecretKey(derive('repeat')),
    checkpointSigner: createPrivateKey({
      key: Buffer.concat([ED25519_PKCS8_PREFIX, derive('checkpoint')]),
      format: 'der',
      type: 'pkcs8',
    }),
  }
}

/** The master key in a file: 64 hexadecimal digits. Makes it, readable by its owner only, where there is none and `mayCreate`. */
export function readMasterKey(file: string, mayCreate: boolean): Buffer {
  if (!existsSync(file)) {
    if (!mayCreate) throw new Error(`there is no master key at ${file}`)
    writePrivateFile(file, `${randomBytes(MASTER_KEY_BYTES).toString('hex')}\n`)
  }
  const text = readFileSync(file, 'utf8').trim()
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new Error(`${file} does not hold a master key: 64 hexadecimal digits`)
  return Buffer.from(text, 'hex')
}

/** A new file, mode 0600, on disk when this returns. Fails where the file exists. */
export function writePrivateFile(file: string, text: string): void {
  const handle = openSync(file, 'wx', PRIVATE_FILE_MODE)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
