import { createCipheriv, createHash, createHmac } from 'node:crypto'
import { sm2 } from 'sm-crypto-v2'
import { ConfigurationError, type ConfigurationReader, reader } from '../configuration.js'

const HASHES = ['md5', 'sha1', 'sha256', 'sha512', 'sm3'] as const
const CIPHERS = {
  'aes-128-ecb': { keyBytes: 16, ivBytes: 0 },
  'aes-128-cbc': { keyBytes: 16, ivBytes: 16 },
  'aes-192-ecb': { keyBytes: 24, ivBytes: 0 },
  'aes-192-cbc': { keyBytes: 24, ivBytes: 16 },
  'aes-256-ecb': { keyBytes: 32, ivBytes: 0 },
  'aes-256-cbc': { keyBytes: 32, ivBytes: 16 },
  'sm4-ecb': { keyBytes: 16, ivBytes: 0 },
  'sm4-cbc': { keyBytes: 16, ivBytes: 16 },
} as const
const OUTPUTS = ['hex', 'HEX', 'base64', 'base64url'] as const
const KEY_ENCODINGS = ['utf8', 'hex', 'base64'] as const

type Output = (typeof OUTPUTS)[number]
type KeyEncoding = (typeof KEY_ENCODINGS)[number]

/**
 * One step on the way to a value. Texts go in as UTF-8; keys and initial vectors are templates, so they may be secrets.
 * Block ciphers pad by PKCS #7. SM2 is the encryption of GB/T 32918.4, its key 65 bytes in hex beginning with 04.
 */
export type RecipeStep =
  | { readonly step: 'hash'; readonly algorithm: (typeof HASHES)[number]; readonly output: Output }
  | {
      readonly step: 'hmac'
      readonly algorithm: (typeof HASHES)[number]
      readonly key: string
      readonly keyEncoding?: KeyEncoding
      readonly output: Output
    }
  | {
      readonly step: 'encrypt'
      readonly cipher: keyof typeof CIPHERS
      readonly key: string
      readonly keyEncoding?: KeyEncoding
      readonly iv?: string
      readonly output: Output
    }
  | {
      readonly step: 'sm2'
      readonly publicKey: string
      /** Default: the standard's order, `c1c3c2`. */
      readonly order?: 'c1c3c2' | 'c1c2c3'
      /** Whether the result begins with the point's 04. Default: it does not. */
      readonly hasPointPrefix?: boolean
      readonly output: Output
    }
  | { readonly step: 'base64' }
  | { readonly step: 'upper' }
  | { readonly step: 'lower' }
  | { readonly step: 'slice'; readonly from: number; readonly to?: number }

/** Runs the steps. `render` fills in a template. */
export function runRecipe(text: string, steps: readonly RecipeStep[], render: (template: string) => string): string {
  return steps.reduce((value, step) => runStep(value, step, render), text)
}

function runStep(text: string, step: RecipeStep, render: (template: string) => string): string {
  switch (step.step) {
    case 'hash':
      return output(createHash(step.algorithm).update(text, 'utf8').digest(), step.output)
    case 'hmac': {
      const key = Buffer.from(render(step.key), step.keyEncoding ?? 'utf8')
      return output(createHmac(step.algorithm, key).update(text, 'utf8').digest(), step.output)
    }
    case 'encrypt': {
      const encoding = step.keyEncoding ?? 'utf8'
      const iv = CIPHERS[step.cipher].ivBytes === 0 ? null : Buffer.from(render(step.iv ?? ''), encoding)
      const cipher = createCipheriv(step.cipher, Buffer.from(render(step.key), encoding), iv)
      return output(Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]), step.output)
    }
    case 'sm2': {
      const hex = sm2.doEncrypt(text, render(step.publicKey), step.order === 'c1c2c3' ? 0 : 1)
      return output(Buffer.from(`${step.hasPointPrefix === true ? '04' : ''}${hex}`, 'hex'), step.output)
    }
    case 'base64':
      return Buffer.from(text, 'utf8').toString('base64')
    case 'upper':
      return text.toUpperCase()
    case 'lower':
      return text.toLowerCase()
    case 'slice':
      return text.slice(step.from, step.to)
  }
}

function output(bytes: Buffer, form: Output): string {
  return form === 'HEX' ? bytes.toString('hex').toUpperCase() : bytes.toString(form)
}

/** Throws `ConfigurationError` where a step cannot work. `render` knows secrets, so that keys can be measured. */
export function checkSteps(path: string, steps: unknown, render: (template: string) => string): void {
  if (!Array.isArray(steps)) throw new ConfigurationError(path, 'a list of steps')
  for (const [place, one] of steps.entries()) {
    const step = reader(`${path}[${place}]`, one)
    const kind = step.oneOf('step', ['hash', 'hmac', 'encrypt', 'sm2', 'base64', 'upper', 'lower', 'slice'])
    if (kind === 'hash' || kind === 'hmac') step.oneOf('algorithm', HASHES)
    if (kind === 'hash' || kind === 'hmac' || kind === 'encrypt' || kind === 'sm2') step.oneOf('output', OUTPUTS)
    if (kind === 'hmac') step.text('key')
    if (kind === 'encrypt') checkCipher(step, render)
    if (kind === 'sm2' && !/^04[0-9a-f]{128}$/i.test(render(step.text('publicKey')))) {
      throw new ConfigurationError(`${step.path}.publicKey`, 'a public key of 130 hex digits that begins with 04')
    }
    if (kind === 'slice' && !Number.isInteger(step.value('from'))) {
      throw new ConfigurationError(`${step.path}.from`, 'a whole number')
    }
  }
}

function checkCipher(step: ConfigurationReader, render: (template: string) => string): void {
  const cipher = step.oneOf('cipher', Object.keys(CIPHERS) as (keyof typeof CIPHERS)[])
  const encoding = step.oneOf('keyEncoding', KEY_ENCODINGS, 'optional') ?? 'utf8'
  const { keyBytes, ivBytes } = CIPHERS[cipher]
  const lengths = { key: keyBytes, ...(ivBytes === 0 ? {} : { iv: ivBytes }) }
  for (const [field, bytes] of Object.entries(lengths)) {
    if (Buffer.from(render(step.text(field)), encoding).length === bytes) continue
    throw new ConfigurationError(`${step.path}.${field}`, `${bytes} bytes as ${encoding}`)
  }
}
