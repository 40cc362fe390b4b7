import { createPublicKey, sign, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type KeyPurpose, keysOf, readMasterKey, writePrivateFile } from './keys.js'

const keys = keysOf(Buffer.alloc(32, 7))
const others = keysOf(Buffer.alloc(32, 8))
const PURPOSES = [
  'check',
  'credential-index',
  'seal',
  'repeat',
  'roster',
  'checkpoint',
  'operator-token',
] as const satisfies readonly KeyPurpose[]

describe('keys of one master key', () => {
  test('are the same at every start, and others of another master key', () => {
    const again = keysOf(Buffer.alloc(32, 7))
    expect([again.id, again.checkValue, again.index('x')]).toEqual([keys.id, keys.checkValue, keys.index('x')])
    expect(others.id).not.toBe(keys.id)
    expect(others.index('x')).not.toBe(keys.index('x'))
    expect(() => keysOf(Buffer.alloc(31))).toThrow('32 bytes')
  })

  test('differ for every purpose and every detail of one, and none of them is the master key', () => {
    const derived = PURPOSES.flatMap((purpose) => [
      keys.derive(purpose),
      keys.derive(purpose, 'a'),
      keys.derive(purpose, 'b'),
    ])
    expect(new Set(derived.map((key) => key.toString('hex'))).size).toBe(PURPOSES.length * 3)
    expect(derived.every((key) => key.length === 32 && !key.equals(Buffer.alloc(32, 7)))).toBe(true)
  })

  test('have an id that tells nothing: it is of the check value, which is no key', () => {
    expect(keys.id).toBe(`key_${keys.checkValue.slice(0, 12)}`)
    for (const purpose of PURPOSES.filter((each) => each !== 'check')) {
      expect(keys.derive(purpose).toString('base64url')).not.toContain(keys.checkValue.slice(0, 12))
    }
  })
})

describe('a sealed value', () => {
  test('opens again in its place, and no two seals of it are alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (plain) => {
        const [one, other] = [keys.seal(plain, 'credentials/1/sealed'), keys.seal(plain, 'credentials/1/sealed')]
        expect(one.equals(other)).toBe(false)
        expect(keys.open(one, 'credentials/1/sealed')).toBe(Buffer.from(plain).toString('utf8'))
      }),
    )
  })

  test('opens in no other place, and under no other key', () => {
    const sealed = keys.seal('secret', 'credentials/1/sealed')
    expect(() => keys.open(sealed, 'credentials/2/sealed')).toThrow()
    expect(() => keys.open(sealed, '')).toThrow()
    expect(() => others.open(sealed, 'credentials/1/sealed')).toThrow()
  })

  test('does not open when any bit of it was changed, or when it was cut', () => {
    const sealed = keys.seal('secret', 'a')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => keys.open(changed, 'a')).toThrow()
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => keys.open(sealed.subarray(0, length), 'a')).toThrow()
    }
    expect(sealed.includes('secret')).toBe(false)
  })
})

test('an index differs for each kind of secret: an AppKey that spells an AppCode finds nothing', () => {
  expect(keys.index('app_code:x')).not.toBe(keys.index('app_key:x'))
  expect(keys.index('x')).toMatch(/^[\w-]{43}$/)
})

test('a checkpoint is signed by a key that follows from the master key', () => {
  const signature = sign(null, Buffer.from('heads'), keys.checkpointSigner)
  const proves = ({ checkpointSigner }: typeof keys, text: string) =>
    verify(null, Buffer.from(text), createPublicKey(checkpointSigner), signature)
  expect(proves(keysOf(Buffer.alloc(32, 7)), 'heads')).toBe(true)
  expect(proves(keys, 'other heads')).toBe(false)
  expect(proves(others, 'heads')).toBe(false)
})

describe("the master key's file", () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heyan-keys-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('is made for its owner only where it may be, and then read again', () => {
    const file = join(folder, 'master.key')
    expect(() => readMasterKey(file, false)).toThrow('there is no master key')
    const made = readMasterKey(file, true)
    expect(made).toHaveLength(32)
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
    expect(readMasterKey(file, true)).toEqual(made)
    expect(readMasterKey(file, false)).toEqual(made)
    expect(readMasterKey(join(folder, 'other.key'), true)).not.toEqual(made)
  })

  test('that holds anything else is refused, never overwritten, and not shown', () => {
    const file = join(folder, 'master.key')
    for (const text of ['', 'zz', 'ab'.repeat(31), 'ab'.repeat(33), `${'ab'.repeat(31)}xy`]) {
      writeFileSync(file, text)
      expect(() => readMasterKey(file, true)).toThrow('64 hexadecimal digits')
      if (text !== '') expect(() => readMasterKey(file, true)).not.toThrow(text)
      expect(readFileSync(file, 'utf8')).toBe(text)
    }
  })

  test('as any private file is written once: one that exists is not written over', () => {
    const file = join(folder, 'a')
    writePrivateFile(file, 'one')
    expect(() => writePrivateFile(file, 'other')).toThrow('EEXIST')
    expect(readFileSync(file, 'utf8')).toBe('one')
  })
})
