import { type SubjectQuestion, verdictAnswer } from '@heyan/core'
import iconv from 'iconv-lite'
import {
  ANSWER_REASONS,
  type AnswerReason,
  type AnswerRules,
  checkAnswerRules,
  type Json,
  readJsonObject,
  readVerdict,
  textAt,
} from '../answer.js'
import { ConfigurationError, type ConfigurationReader, checkTable, reader } from '../configuration.js'
import type { EgressPolicy } from '../egress.js'
import { type HttpCall, HttpClient, statusError } from '../http-client.js'
import type { Upstream, UpstreamCall } from '../upstream.js'
import { checkSteps } from './recipe.js'
import { Renderer, type ValueRecipe } from './template.js'

export type VendorCharset = 'utf-8' | 'gbk'

/**
 * A vendor, described. Texts of `query`, `headers`, `body` and `values` are templates: `{name}`, `{number}`,
 * `{secret.x}`, `{value.x}`, `{now.ms}`, `{now.s}`, `{now.beijing}` (yyyyMMddHHmmss), `{uuid}`, `{nonce}` (32 hex digits),
 * `{callId}` (the same for a second question about one call), in a value `{parameters}` (query and form, sorted, `k=v&…`, without what needs this value) and `{body}`.
 */
export interface HttpVendorOptions {
  readonly name: string
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly form: Readonly<Record<string, string>> } | { readonly json: Json }
  /** Of what is sent, and of an answer that does not say. Default UTF-8. */
  readonly charset?: VendorCharset
  readonly secrets?: Readonly<Record<string, string>>
  /** Hashed or encrypted fields, and signatures. */
  readonly values?: Readonly<Record<string, ValueRecipe>>
  readonly answer: AnswerRules
  /** HTTP statuses, beside 200, that say why there is no verdict. */
  readonly statuses?: Readonly<Record<string, AnswerReason>>
  /** Where the vendor says what it calls the question: a header, or a place in its answer. Its bill is checked by that. */
  readonly reference?: { readonly header: string } | { readonly path: string }
  readonly ca?: string
  readonly egress?: EgressPolicy
  /** Epoch milliseconds. */
  readonly now?: () => number
}

const FIELDS = [
  'name',
  'url',
  'method',
  'query',
  'headers',
  'body',
  'charset',
  'secrets',
  'values',
  'answer',
  'statuses',
  'reference',
]
const SETTINGS = ['ca', 'egress', 'now']
const STATUS_OK = 200
/** For a question that is made and not asked. */
const NO_CALL = '00000000-0000-7000-8000-000000000000'
/** Headers that the connection makes itself. */
const OWN_HEADERS = /^(?:host|connection|content-length|transfer-encoding|upgrade|expect|te|trailer|accept-encoding)$/i
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/

/** Any vendor with an HTTP interface in JSON, by its description. Throws `ConfigurationError`, which names the wrong field. */
export function httpVendor(options: HttpVendorOptions): Upstream {
  const vendor = new Vendor(options)
  vendor.check()
  return vendor
}

class Vendor implements Upstream {
  readonly name: string
  readonly #options: HttpVendorOptions
  readonly #client: HttpClient
  readonly #path: string

  constructor(options: HttpVendorOptions) {
    checkShape(options)
    const { origin, pathname, search } = new URL(options.url)
    this.name = options.name
    this.#options = options
    this.#path = pathname + search
    this.#client = new HttpClient({
      origin,
      charset: options.charset ?? 'utf-8',
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(options.egress === undefined ? {} : { egress: options.egress }),
    })
  }

  async ask({ name, number }: SubjectQuestion, { callId, signal, refer }: UpstreamCall) {
    const { reference } = this.#options
    const response = await this.#client.request({ ...this.#call(name.text, number.text, callId), signal })
    if (reference !== undefined && 'header' in reference) refer(response.header(reference.header.toLowerCase()))
    const reason = this.#options.statuses?.[String(response.status)]
    if (response.status !== STATUS_OK) throw statusError(response.status, reason)
    const json = readJsonObject(response.text)
    if (reference !== undefined && 'path' in reference) refer(textAt(json, reference.path) ?? '')
    return verdictAnswer(readVerdict(json, this.#options.answer))
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** Makes a question about nobody: what is wrong with a template or a recipe shows now, and not with the first caller. */
  check(): void {
    const { render } = this.#renderer('李三', '11010519491231002X', NO_CALL)
    for (const [key, { steps }] of Object.entries(this.#options.values ?? {})) {
      checkSteps(`source.values.${key}.steps`, steps, render)
      render(`{value.${key}}`)
    }
    const { headers } = this.#call('李三', '11010519491231002X', NO_CALL)
    for (const [key, value] of Object.entries(headers)) {
      if (/[^\x20-\x7e]/.test(value))
        throw new ConfigurationError(`source.headers.${key}`, 'visible ASCII: hash or encode the value first')
    }
  }

  #renderer(name: string, number: string, callId: string): Renderer {
    const { query = {}, body, secrets = {}, values = {}, now = Date.now } = this.#options
    const form = body !== undefined && 'form' in body ? body.form : {}
    return new Renderer({
      name,
      number,
      callId,
      nowMs: now(),
      secrets: new Map(Object.entries(secrets)),
      values: new Map(Object.entries(values)),
      parameters: new Map([...Object.entries(query), ...Object.entries(form)]),
      body: (render) => this.#body(render)?.text ?? '',
    })
  }

  #call(name: string, number: string, callId: string): Omit<HttpCall, 'signal'> {
    const { method, query = {}, headers = {}, charset = 'utf-8' } = this.#options
    const { render } = this.#renderer(name, number, callId)
    const body = this.#body(render)
    const encoded = pairs(query, render, charset)
    const separator = this.#path.includes('?') ? '&' : '?'
    const given = Object.entries(headers).map(([key, template]) => [key.toLowerCase(), render(template)] as const)
    return {
      method,
      path: encoded === '' ? this.#path : `${this.#path}${separator}${encoded}`,
      headers: {
        accept: 'application/json',
        ...(body === null ? {} : { 'content-type': body.type }),
        ...Object.fromEntries(given),
      },
      ...(body === null ? {} : { body: encode(body.text, charset) }),
    }
  }

  #body(render: (template: string) => string): { readonly text: string; readonly type: string } | null {
    const { body, charset = 'utf-8' } = this.#options
    if (body === undefined) return null
    if ('form' in body) {
      return { text: pairs(body.form, render, charset), type: `application/x-www-form-urlencoded; charset=${charset}` }
    }
    return { text: JSON.stringify(renderJson(body.json, render)), type: `application/json; charset=${charset}` }
  }
}

function encode(text: string, charset: VendorCharset): Uint8Array {
  return charset === 'gbk' ? iconv.encode(text, 'gb18030') : Buffer.from(text, 'utf8')
}

function pairs(
  templates: Readonly<Record<string, string>>,
  render: (template: string) => string,
  charset: VendorCharset,
): string {
  const percentEncode = (text: string): string =>
    Array.from(encode(text, charset), (byte) => {
      const character = String.fromCharCode(byte)
      return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    }).join('')
  return Object.entries(templates)
    .map(([key, template]) => `${percentEncode(key)}=${percentEncode(render(template))}`)
    .join('&')
}

/** Every text in it is a template; the rest is sent as it stands. */
function renderJson(value: Json, render: (template: string) => string): Json {
  if (typeof value === 'string') return render(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one: Json) => renderJson(one, render))
  return Object.fromEntries(Object.entries(value).map(([key, one]: [string, Json]) => [key, renderJson(one, render)]))
}

function checkShape(options: HttpVendorOptions): void {
  const read = reader('source', options)
  read.only([...FIELDS, ...SETTINGS])
  read.text('name')
  if (/[{}]/.test(read.url('url', options.egress)))
    throw new ConfigurationError('source.url', 'no variables: use query')
  const method = read.oneOf('method', ['GET', 'POST'])
  read.oneOf('charset', ['utf-8', 'gbk'], 'optional')
  for (const field of ['query', 'headers', 'secrets']) read.texts(field)
  for (const name of read.texts('headers').keys()) {
    if (!HEADER_NAME.test(name) || OWN_HEADERS.test(name))
      throw new ConfigurationError(`source.headers.${name}`, 'a header of your own')
  }
  if (method === 'GET' && read.has('body')) throw new ConfigurationError('source.body', 'no body with GET')
  if (read.has('body')) checkBody(read.object('body'))
  if (read.has('values')) {
    const values = read.object('values')
    for (const key of values.keys()) values.object(key).text('from')
  }
  checkAnswerRules(read.object('answer'))
  checkTable(read, 'statuses', ANSWER_REASONS)
  if (read.has('reference')) checkReference(read.object('reference'))
}

function checkReference(reference: ConfigurationReader): void {
  reference.only(['header', 'path'])
  if (reference.has('header') === reference.has('path'))
    throw new ConfigurationError(reference.path, 'either header or path')
  if (reference.has('header')) reference.headerText('header')
  else reference.text('path')
}

function checkBody(body: ConfigurationReader): void {
  body.only(['form', 'json'])
  if (body.has('form') === body.has('json')) throw new ConfigurationError(body.path, 'either form or json')
  if (body.has('form')) body.texts('form')
}
