import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig, SettingError } from './config.js'

describe('the settings', () => {
  test('with none at all are those of a working system on this machine', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      dataDir: resolve('./data'),
      databaseFile: resolve('./data/heyan.sqlite'),
      masterKeyFile: resolve('./data/master.key'),
      tls: null,
      isFifteenDigitAccepted: false,
      gatewayErrors: 'classic',
      isDemo: true,
      trustProxy: false,
      logLevel: 'info',
    })
  })

  test('that are empty count as not given', () => {
    expect(readConfig({ PORT: '', DEMO: ' ', DATABASE_URL: '' })).toEqual(readConfig({}))
  })

  test.each([
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['HOST', 'not a host'],
    ['DATABASE_URL', 'mysql://db'],
    ['PUBLIC_URL', 'heyan.example'],
    ['TLS_CERT_FILE', '/nowhere/cert.pem'],
    ['TLS_KEY_FILE', '/nowhere/key.pem'],
    ['ACCEPT_15_DIGIT', 'maybe'],
    ['GATEWAY_ERRORS', 'modern'],
    ['DEMO', 'perhaps'],
    ['TRUST_PROXY', 'everyone'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is refused by its name', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(SettingError)
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`(^|\\b)${name}\\b`))
  })

  test('DATABASE_URL is not shown when it is wrong: it may hold a password', () => {
    expect(() => readConfig({ DATABASE_URL: 'mysql://root:secret@db' })).toThrow(/^(?!.*secret)/)
  })

  test('a database elsewhere keeps its key in the data directory', () => {
    const config = readConfig({ DATA_DIR: '/tmp/a', DATABASE_URL: 'sqlite:/tmp/b/x.sqlite' })
    expect(config.databaseFile).toBe('/tmp/b/x.sqlite')
    expect(config.masterKeyFile).toBe(join('/tmp/a', 'master.key'))
  })

  test('proxies are believed by number, by address, or not at all', () => {
    expect(readConfig({ TRUST_PROXY: '2' }).trustProxy).toBe(2)
    expect(readConfig({ TRUST_PROXY: '10.0.0.0/8,127.0.0.1' }).trustProxy).toBe('10.0.0.0/8,127.0.0.1')
    expect(readConfig({ TRUST_PROXY: 'on' }).trustProxy).toBe(true)
    expect(readConfig({ TRUST_PROXY: 'off' }).trustProxy).toBe(false)
  })

  test('are all in .env.example, and nothing else is', () => {
    const source = readFileSync(new URL('config.ts', import.meta.url), 'utf8')
    const read = new Set([...source.matchAll(/text\('([A-Z_0-9]+)'\)/g)].map(([, name]) => name))
    const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8')
    const shown = new Set([...example.matchAll(/^([A-Z_0-9]+)=/gm)].map(([, name]) => name))
    expect([...shown].sort()).toEqual([...read].sort())
  })
})
