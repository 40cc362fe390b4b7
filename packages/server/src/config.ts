import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { isAddressBlock } from './allow-list.js'

/** Every setting, read and checked once. All have defaults: an empty environment is a working system. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** The SQLite file. Null: the store is on PostgreSQL. */
  readonly databaseFile: string | null
  /** `postgres://…`, which may hold a password. Null: the store is a file. */
  readonly databaseUrl: string | null
  readonly masterKeyFile: string
  /** Whether the master key may be made where there is none: not where its place was named. */
  readonly mayCreateMasterKey: boolean
  /** The address that callers use, without a slash at its end. Null: as listened on. */
  readonly publicUrl: string | null
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  readonly isFifteenDigitAccepted: boolean
  readonly gatewayErrors: 'classic' | 'vpc'
  readonly isDemo: boolean
  /** Where the sealed files of batches lie; nodes on one store share it. */
  readonly batchDir: string
  /** How long a batch is kept after what was last done with it. */
  readonly batchKeepMs: number
  /** Proxies whose `X-Forwarded-For` is believed: false, or their number of hops, or addresses. */
  readonly trustProxy: boolean | number | string
  readonly logLevel: LogLevel
  /** Where `/metrics` is listened for. Null: nowhere. */
  readonly metricsPort: number | null
  /** An OTLP endpoint for spans. Null: none are made. */
  readonly traceEndpoint: string | null
  /** A directory that all nodes see, for the roster's file. Null: there is none. */
  readonly rosterSharedDir: string | null
  /** Addresses of other nodes, to get the roster's file from. */
  readonly rosterPeers: readonly string[]
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** A setting that cannot be meant; the message begins with its name. */
export class SettingError extends Error {}

export type Environment = Readonly<Record<string, string | undefined>>

/** The only reader of the environment. An empty value counts as none. */
export function readConfig(environment: Environment): Config {
  const text = (name: string): string | null => environment[name]?.trim() || null
  const dataDir = resolve(text('DATA_DIR') ?? './data')
  const databaseUrl = postgresUrl(text('DATABASE_URL'))
  if (databaseUrl !== null && text('MASTER_KEY_FILE') === null)
    throw new SettingError('MASTER_KEY_FILE is missing: every node of a store on PostgreSQL needs the same master key')
  return {
    host: host(text('HOST')),
    port: port('PORT', text('PORT')),
    dataDir,
    databaseFile: databaseUrl === null ? databaseFile(text('DATABASE_URL'), dataDir) : null,
    databaseUrl,
    masterKeyFile: resolve(text('MASTER_KEY_FILE') ?? join(dataDir, 'master.key')),
    mayCreateMasterKey: text('MASTER_KEY_FILE') === null,
    publicUrl: webAddress('PUBLIC_URL', text('PUBLIC_URL')),
    tls: tls(text('TLS_CERT_FILE'), text('TLS_KEY_FILE')),
    isFifteenDigitAccepted: onOff('ACCEPT_15_DIGIT', text('ACCEPT_15_DIGIT'), false),
    gatewayErrors: oneOf('GATEWAY_ERRORS', text('GATEWAY_ERRORS'), ['classic', 'vpc'], 'classic'),
    batchDir: resolve(text('BATCH_DIR') ?? join(dataDir, 'batches')),
    batchKeepMs: hours('BATCH_KEEP_HOURS', text('BATCH_KEEP_HOURS'), 24, 7 * 24) * 3_600_000,
    // Many nodes are no demo.
    isDemo: onOff('DEMO', text('DEMO'), databaseUrl === null),
    trustProxy: trustProxy(text('TRUST_PROXY')),
    logLevel: oneOf('LOG_LEVEL', text('LOG_LEVEL'), LOG_LEVELS, 'info'),
    metricsPort: text('METRICS_PORT') === null ? null : port('METRICS_PORT', text('METRICS_PORT')),
    traceEndpoint: webAddress('OTEL_EXPORTER_OTLP_ENDPOINT', text('OTEL_EXPORTER_OTLP_ENDPOINT')),
    rosterSharedDir: text('ROSTER_SHARED_DIR') === null ? null : resolve(text('ROSTER_SHARED_DIR') ?? ''),
    rosterPeers: (text('ROSTER_PEERS')?.split(',') ?? []).flatMap(
      (peer) => webAddress('ROSTER_PEERS', peer.trim() || null) ?? [],
    ),
  }
}

function host(value: string | null): string {
  if (value === null) return '127.0.0.1'
  if (isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value)) return value
  throw new SettingError(`HOST is not an address or a host name: ${value}`)
}

function port(name: string, value: string | null): number {
  if (value === null) return 8080
  const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  if (number >= 0 && number <= 65_535) return number
  throw new SettingError(`${name} is not a number from 0 to 65535: ${value}`)
}

function hours(name: string, value: string | null, byDefault: number, most: number): number {
  if (value === null) return byDefault
  const number = /^\d{1,4}$/.test(value) ? Number(value) : Number.NaN
  if (number >= 1 && number <= most) return number
  throw new SettingError(`${name} is not a number from 1 to ${most}: ${value}`)
}

function databaseFile(value: string | null, dataDir: string): string {
  if (value === null) return join(dataDir, 'heyan.sqlite')
  if (value.startsWith('sqlite:')) {
    const file = resolve(value.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''))
    if (dirname(file) === dataDir || existsSync(dirname(file))) return file
    throw new SettingError(`DATABASE_URL: there is no directory ${dirname(file)}`)
  }
  throw new SettingError('DATABASE_URL is of a kind this version does not know: it takes sqlite:PATH or postgres://…')
}

/** What is wrong with it is told without showing it: it may hold a password. */
function postgresUrl(value: string | null): string | null {
  if (value === null || !/^postgres(ql)?:/i.test(value)) return null
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || url.pathname.length < 2)
    throw new SettingError('DATABASE_URL is not postgres://USER:PASSWORD@HOST:PORT/DATABASE')
  return value
}

function webAddress(name: string, value: string | null): string | null {
  if (value === null) return null
  const url = URL.canParse(value) ? new URL(value) : null
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '')
    return value.replace(/\/+$/, '')
  throw new SettingError(`${name} is not an http or https address`)
}

function tls(certFile: string | null, keyFile: string | null): Config['tls'] {
  if (certFile === null && keyFile === null) return null
  if (certFile === null) throw new SettingError('TLS_CERT_FILE is missing beside TLS_KEY_FILE')
  if (keyFile === null) throw new SettingError('TLS_KEY_FILE is missing beside TLS_CERT_FILE')
  if (!existsSync(certFile)) throw new SettingError(`TLS_CERT_FILE: there is no file ${certFile}`)
  if (!existsSync(keyFile)) throw new SettingError(`TLS_KEY_FILE: there is no file ${keyFile}`)
  return { certFile, keyFile }
}

function onOff(name: string, value: string | null, byDefault: boolean): boolean {
  if (value === null) return byDefault
  if (['on', 'true', '1', 'yes'].includes(value.toLowerCase())) return true
  if (['off', 'false', '0', 'no'].includes(value.toLowerCase())) return false
  throw new SettingError(`${name} is neither on nor off: ${value}`)
}

function oneOf<const T extends string>(
  name: string,
  value: string | null,
  values: readonly T[],
  byDefault: NoInfer<T>,
): T {
  if (value === null) return byDefault
  const known = values.find((each) => each === value)
  if (known !== undefined) return known
  throw new SettingError(`${name} is not one of ${values.join(', ')}: ${value}`)
}

function trustProxy(value: string | null): boolean | number | string {
  if (value === null || /^(off|false|no)$/i.test(value)) return false
  if (/^(on|true|yes)$/i.test(value)) return true
  if (/^\d{1,2}$/.test(value)) return Number(value)
  const isList = value.split(',').every((part) => isAddressBlock(part.trim()))
  if (isList) return value
  throw new SettingError(`TRUST_PROXY is neither on, off, a number of hops, nor a list of addresses: ${value}`)
}
