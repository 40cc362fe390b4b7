import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readConfig, SettingError } from './config.js'

describe('the settings', () => {
  test('with none at all are those of a working system on this machine', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      dataDir: resolve('./data'),
      databaseFile: resolve('./data/heyan.sqlite'),
      databaseUrl: null,
      masterKeyFile: resolve('./data/master.key'),
      tls: null,
      isFifteenDigitAccepted: false,
      gatewayErrors: 'classic',
      isDemo: true,
      trustProxy: false,
      logLevel: 'info',
      metricsPort: null,
      traceEndpoint: null,
      rosterSharedDir: null,
      rosterPeers: [],
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
    ['DATABASE_URL', 'sqlite:/nowhere/at/all.sqlite'],
    ['PUBLIC_URL', 'heyan.example'],
    ['TLS_CERT_FILE', '/nowhere/cert.pem'],
    ['TLS_KEY_FILE', '/nowhere/key.pem'],
    ['ACCEPT_15_DIGIT', 'maybe'],
    ['GATEWAY_ERRORS', 'modern'],
    ['DEMO', 'perhaps'],
    ['TRUST_PROXY', 'everyone'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.1,'],
    ['PORT', '-1'],
    ['PUBLIC_URL', 'ftp://id.example'],
    ['PUBLIC_URL', 'https://id.example/?a=1'],
    ['LOG_LEVEL', 'loud'],
    ['METRICS_PORT', 'some'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['ROSTER_PEERS', 'http://10.0.0.1:8080,node-2'],
  ])('%s=%s is refused by its name', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(SettingError)
    // A certificate without its key is told by the one that is missing.
    const told = { TLS_CERT_FILE: 'TLS_KEY_FILE', TLS_KEY_FILE: 'TLS_CERT_FILE' }[name] ?? name
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${told}\\b`))
  })

  test('DATABASE_URL is not shown when it is wrong: it may hold a password', () => {
    expect(() => readConfig({ DATABASE_URL: 'mysql://root:secret@db' })).toThrow(/^(?!.*secret)/)
  })

  test('a store on PostgreSQL needs a named master key, is no demo by itself, and its address is never shown', () => {
    const file = fileURLToPath(import.meta.url)
    const url = 'postgres://heyan:secret@db.example:5432/heyan'
    expect(() => readConfig({ DATABASE_URL: url })).toThrow(/^MASTER_KEY_FILE is missing/)
    expect(readConfig({ DATABASE_URL: url, MASTER_KEY_FILE: file })).toMatchObject({
      databaseFile: null,
      databaseUrl: url,
      isDemo: false,
    })
    expect(() => readConfig({ DATABASE_URL: 'postgres://heyan:secret@db.example' })).toThrow(
      /^DATABASE_URL is not (?!.*secret)/,
    )
  })

  test('a database elsewhere keeps its key in the data directory', () => {
    const elsewhere = join(tmpdir(), 'x.sqlite')
    const config = readConfig({ DATA_DIR: '/nowhere/a', DATABASE_URL: `sqlite:${elsewhere}` })
    expect(config.databaseFile).toBe(elsewhere)
    expect(config.masterKeyFile).toBe(join('/nowhere/a', 'master.key'))
    // It is made with the data directory.
    expect(readConfig({ DATA_DIR: '/nowhere/a', DATABASE_URL: 'sqlite:/nowhere/a/b.sqlite' }).databaseFile).toBe(
      '/nowhere/a/b.sqlite',
    )
  })

  test('each is taken as it is meant', () => {
    const file = fileURLToPath(import.meta.url)
    const tls = { certFile: file, keyFile: file }
    expect(readConfig({ TLS_CERT_FILE: file, TLS_KEY_FILE: file }).tls).toEqual(tls)
    expect(() => readConfig({ TLS_CERT_FILE: '/nowhere/c.pem', TLS_KEY_FILE: file })).toThrow(
      /^TLS_CERT_FILE: there is no/,
    )
    expect(() => readConfig({ TLS_CERT_FILE: file, TLS_KEY_FILE: '/nowhere/k.pem' })).toThrow(
      /^TLS_KEY_FILE: there is no/,
    )
    expect(readConfig({ HOST: '::', PORT: '0' })).toMatchObject({ host: '::', port: 0 })
    expect(readConfig({ HOST: 'id.example.com' }).host).toBe('id.example.com')
    expect(readConfig({ PUBLIC_URL: 'https://id.example.com/api//' }).publicUrl).toBe('https://id.example.com/api')
    expect(readConfig({ MASTER_KEY_FILE: '/run/key' })).toMatchObject({
      masterKeyFile: '/run/key',
      mayCreateMasterKey: false,
    })
    expect(readConfig({ ACCEPT_15_DIGIT: 'ON', DEMO: 'No' })).toMatchObject({
      isFifteenDigitAccepted: true,
      isDemo: false,
    })
    expect(readConfig({ GATEWAY_ERRORS: 'vpc', LOG_LEVEL: 'warn' })).toMatchObject({
      gatewayErrors: 'vpc',
      logLevel: 'warn',
    })
  })

  test('proxies are believed by number, by address, or not at all', () => {
    expect(readConfig({ TRUST_PROXY: '2' }).trustProxy).toBe(2)
    expect(readConfig({ TRUST_PROXY: '10.0.0.0/8,127.0.0.1' }).trustProxy).toBe('10.0.0.0/8,127.0.0.1')
    expect(readConfig({ TRUST_PROXY: 'on' }).trustProxy).toBe(true)
    expect(readConfig({ TRUST_PROXY: 'off' }).trustProxy).toBe(false)
  })

  test('are all in .env.example, and nothing else is', () => {
    const read = new Set<string>()
    readConfig(new Proxy({}, { get: (_none, name) => void read.add(String(name)) }))
    const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8')
    const shown = new Set([...example.matchAll(/^([A-Z_0-9]+)=/gm)].map(([, name]) => name))
    expect([...shown].sort()).toEqual([...read].sort())
  })
})
