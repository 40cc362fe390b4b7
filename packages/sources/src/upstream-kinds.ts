import { aliyunMarket, type MarketCredential } from './aliyun-market.js'
import { ConfigurationError, type ConfigurationReader, reader } from './configuration.js'
import type { EgressPolicy } from './egress.js'
import { httpVendor } from './http/http-vendor.js'
import type { Upstream } from './upstream.js'

/** A source as an operator describes it: settings that may be shown, and secrets that are kept sealed and never shown. */
export interface UpstreamDescription {
  readonly kind: string
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}

/** What this process allows, whatever a description says. */
export interface UpstreamEnvironment {
  /** Whether private addresses may be reached: from the configuration file only, never from a console. */
  readonly allowPrivate?: boolean
  /** Epoch milliseconds. */
  readonly now?: () => number
}

interface Parts {
  readonly name: string
  readonly settings: ConfigurationReader
  readonly secrets: ConfigurationReader
  readonly common: { readonly egress: EgressPolicy; readonly now?: () => number }
}

type Open = (parts: Parts) => Upstream

const OPENERS: Readonly<Record<string, Open>> = {
  'aliyun-market': ({ name, settings, secrets, common }) => {
    settings.only(['url', 'method', 'dialect', 'appKey', 'ca', 'allowHttp', 'ports'])
    return aliyunMarket({
      ...plain(settings, ['url', 'method', 'dialect', 'ca']),
      name,
      ...common,
      credential: credentialOf(settings, secrets),
    } as Parameters<typeof aliyunMarket>[0])
  },
  http: ({ name, settings, secrets, common }) => {
    const fields = [
      'url',
      'method',
      'query',
      'headers',
      'body',
      'charset',
      'values',
      'answer',
      'statuses',
      'reference',
      'ca',
    ]
    settings.only([...fields, 'allowHttp', 'ports'])
    return httpVendor({
      ...plain(settings, fields),
      name,
      ...common,
      secrets: plain(secrets, secrets.keys()),
    } as Parameters<typeof httpVendor>[0])
  },
}

/** The kinds of sources across a network, by the name an operator gives them. */
export const UPSTREAM_KINDS: readonly string[] = Object.keys(OPENERS)

/** Makes a source of its description. Throws `ConfigurationError`, which names the field and never a value. */
export function openUpstream(
  { kind, name, settings, secrets }: UpstreamDescription,
  { allowPrivate = false, now }: UpstreamEnvironment = {},
): Upstream {
  const open = Object.hasOwn(OPENERS, kind) ? OPENERS[kind] : undefined
  if (open === undefined) throw new ConfigurationError('source.kind', `one of ${UPSTREAM_KINDS.join(', ')}`)
  const read = reader('source', settings)
  const egress = { allowPrivate, ...egressOf(read) }
  return open({
    name,
    settings: read,
    secrets: reader('source.secrets', secrets),
    common: { egress, ...(now === undefined ? {} : { now }) },
  })
}

function egressOf(settings: ConfigurationReader): EgressPolicy {
  const [allowHttp, ports] = [settings.value('allowHttp'), settings.value('ports')]
  if (allowHttp !== undefined && typeof allowHttp !== 'boolean')
    throw new ConfigurationError('source.allowHttp', 'true or false')
  const isPorts = Array.isArray(ports) && ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536)
  if (ports !== undefined && !isPorts) throw new ConfigurationError('source.ports', 'a list of port numbers')
  return { ...(allowHttp === undefined ? {} : { allowHttp }), ...(isPorts ? { ports: ports as number[] } : {}) }
}

function credentialOf(settings: ConfigurationReader, secrets: ConfigurationReader): MarketCredential {
  if (secrets.has('appCode')) return { kind: 'app_code', appCode: secrets.headerText('appCode') }
  return { kind: 'app_key', appKey: settings.headerText('appKey'), appSecret: secrets.headerText('appSecret') }
}

function plain(read: ConfigurationReader, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(fields.filter((field) => read.has(field)).map((field) => [field, read.value(field)]))
}
