import { createHash, createHmac } from 'node:crypto'
import { stringify } from 'node:querystring'
import type { WireRequest } from './wire-request.js'

/**
 * How the published clients of the marketplace sign and send, one function a client, each written from what that client does
 * and with nothing of ours: they are what our reading of a request is held against.
 */

/** What a caller hands to a client. Names are not empty and none stands twice. */
export interface Asked {
  readonly query: readonly (readonly [name: string, value: string])[]
  /** A POST of a form, where there is one. */
  readonly form?: readonly (readonly [name: string, value: string])[]
  /** A POST of this text as JSON. */
  readonly json?: string
  /** Headers of the caller's own. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly nonce: string
  /** Epoch ms. */
  readonly timestamp: number
}

interface Credential {
  readonly key: string
  readonly secret: string
}

export type Client = (asked: Asked, credential: Credential) => WireRequest

const PATH = '/idcard'
const FORM = 'application/x-www-form-urlencoded; charset=UTF-8'
const JSON_TYPE = 'application/json; charset=UTF-8'
const NO_BYTES = new Uint8Array(0)

const utf8 = (text: string) => Buffer.from(text, 'utf8')
const asLatin1 = (text: string) => utf8(text).toString('latin1')
const hmac = (hash: string, secret: string, text: string) =>
  createHmac(hash, secret).update(text, 'utf8').digest('base64')
const md5 = (text: string) => createHash('md5').update(text, 'utf8').digest('base64')
const methodOf = ({ form, json }: Asked) => (form === undefined && json === undefined ? 'GET' : 'POST')
const byCodeUnit = ([one]: readonly [string, string], [other]: readonly [string, string]) =>
  one < other ? -1 : one > other ? 1 : 0

function wire(method: string, target: string, headers: Iterable<readonly [string, string]>, body: string): WireRequest {
  const onWire = [...headers].map(([name, value]) => [name, asLatin1(value)] as const)
  return { method, target, headers: onWire, body: body === '' ? NO_BYTES : utf8(body) }
}

/** Java's URLEncoder, PHP's urlencode and Go's url.QueryEscape, as far as they are alike: `+` for a space. */
function urlEncode(text: string, unescaped: string): string {
  return [...utf8(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      if (char === ' ') return '+'
      return /[A-Za-z0-9]/.test(char) || unescaped.includes(char)
        ? char
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

/** `aliyun-api-gateway` on npm: lower-case headers, `accept` always signed, the list sorted, JSON with its Content-MD5. */
export const node: Client = (asked, { key, secret }) => {
  const method = methodOf(asked)
  const own = Object.fromEntries(asked.headers.map(([name, value]) => [name.toLowerCase(), value]))
  const headers: Record<string, string> = {
    'x-ca-timestamp': String(asked.timestamp),
    'x-ca-key': key,
    'x-ca-nonce': asked.nonce,
    'x-ca-stage': 'RELEASE',
    accept: 'application/json',
    ...own,
  }
  let body = ''
  if (asked.form !== undefined) {
    headers['content-type'] ??= 'application/x-www-form-urlencoded'
    body = stringify(Object.fromEntries(asked.form))
  } else if (asked.json !== undefined) {
    headers['content-type'] ??= 'application/json'
    body = asked.json
    headers['content-md5'] = md5(body)
  }
  const signed = Object.keys(headers)
    .filter((name) => name.startsWith('x-ca-'))
    .sort()
  headers['x-ca-signature-headers'] = signed.join(',')

  const lines = ['accept', 'content-md5', 'content-type', 'date'].map((name) => headers[name] ?? '')
  const parameters = new Map([...asked.query, ...(asked.form ?? [])])
  const pairs = [...parameters].sort(byCodeUnit).map(([name, value]) => (value === '' ? name : `${name}=${value}`))
  const resource = pairs.length === 0 ? PATH : `${PATH}?${pairs.join('&')}`
  const text = [method, ...lines, signed.map((name) => `${name}:${headers[name] ?? ''}`).join('\n'), resource].join(
    '\n',
  )
  headers['x-ca-signature'] = hmac('sha256', secret, text)

  const query = stringify(Object.fromEntries(asked.query))
  return wire(method, query === '' ? PATH : `${PATH}?${query}`, Object.entries(headers), body)
}

/** The order in which Java's HashMap of 16 buckets gives out its keys: by their hash, then by when they came. */
function hashMapOrder(names: readonly string[]): string[] {
  const bucket = (name: string) => {
    let hash = 0
    for (let place = 0; place < name.length; place++) hash = (Math.imul(hash, 31) + name.charCodeAt(place)) | 0
    return (hash ^ (hash >>> 16)) & 15
  }
  return names
    .map((name, place) => ({ name, place }))
    .sort((a, b) => bucket(a.name) - bucket(b.name) || a.place - b.place)
    .map(({ name }) => name)
}

/**
 * The Java demo: what begins with `X-Ca-` is signed, and what the caller names; the list comes in the order of a HashMap, the text
 * in that of a TreeMap; a blank value in a query is sent and signed as its name alone; header values are UTF-8 made Latin-1.
 */
export const java: Client = (asked, { key, secret }) => {
  const method = methodOf(asked)
  const headers = new Map<string, string>([...asked.headers, ['User-Agent', 'demo/aliyun/java']])
  if (asked.form !== undefined) headers.set('Content-Type', FORM)
  if (asked.json !== undefined) headers.set('Content-Type', JSON_TYPE).set('Content-MD5', md5(asked.json))
  headers.set('X-Ca-Timestamp', String(asked.timestamp)).set('X-Ca-Nonce', asked.nonce).set('X-Ca-Key', key)

  const own = new Set(asked.headers.map(([name]) => name).filter((name) => !['Accept', 'Date'].includes(name)))
  const signed = [...headers.keys()].filter((name) => name.startsWith('X-Ca-') || own.has(name))
  let text = `${method}\n`
  for (const name of ['Accept', 'Content-MD5', 'Content-Type', 'Date']) text += `${headers.get(name) ?? ''}\n`
  for (const name of [...signed].sort()) text += `${name}:${headers.get(name) ?? ''}\n`
  text += PATH
  const isBlank = (value: string) => value.trim() === ''
  let mark = '?'
  for (const [name, value] of [...new Map([...asked.query, ...(asked.form ?? [])])].sort(byCodeUnit)) {
    text += mark + name + (isBlank(value) ? '' : `=${value}`)
    mark = '&'
  }
  headers.set('X-Ca-Signature-Headers', hashMapOrder(signed).join(','))
  headers.set('X-Ca-Signature', hmac('sha256', secret, text))

  const encode = (value: string) => urlEncode(value, '-_.*')
  const query = asked.query
    .map(([name, value]) => (isBlank(value) ? encode(name) : `${encode(name)}=${encode(value)}`))
    .join('&')
  const body = asked.form?.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&') ?? asked.json ?? ''
  return wire(method, query === '' ? PATH : `${PATH}?${query}`, headers, body)
}

/** The PHP demo as it is mostly used: no list of headers at all, so that none is signed but the five lines. */
export const php: Client = (asked, { key, secret }) => {
  const method = methodOf(asked)
  const headers = new Map<string, string>([['Accept', JSON_TYPE], ...asked.headers])
  headers.set('Content-Type', asked.form === undefined ? JSON_TYPE : FORM)
  if (asked.json !== undefined) headers.set('Content-MD5', md5(asked.json))
  headers.set('X-Ca-Timestamp', String(asked.timestamp)).set('X-Ca-Nonce', asked.nonce).set('X-Ca-Key', key)

  let text = method
  for (const name of ['Accept', 'Content-MD5', 'Content-Type', 'Date']) text += `\n${headers.get(name) ?? ''}`
  const sorted = [...new Map([...asked.query, ...(asked.form ?? [])])].sort(byCodeUnit)
  const resource = sorted.map(([name, value]) => name + (value.length > 0 ? `=${value}` : '')).join('&')
  text += `\n${PATH}${resource === '' ? '' : `?${resource}`}`
  headers.set('X-Ca-Signature', hmac('sha256', secret, text))

  const encode = (value: string) => urlEncode(value, '-_.')
  const pairs = (list: Asked['query']) =>
    list.map(([name, value]) => encode(name) + (value === '' ? '' : `=${encode(value)}`)).join('&')
  const query = pairs(asked.query)
  const body = asked.form === undefined ? (asked.json ?? '') : pairs(asked.form)
  return wire(method, query === '' ? PATH : `${PATH}?${query}`, headers, body)
}

/** The .NET demo: everything sorted by ordinal, `Accept` only where the caller sets it, escapes in lower case. */
export const dotnet: Client = (asked, { key, secret }) => {
  const method = methodOf(asked)
  const headers = new Map<string, string>(asked.headers)
  if (asked.form !== undefined) headers.set('Content-Type', FORM)
  if (asked.json !== undefined)
    headers.set('Content-Type', 'application/octet-stream; charset=utf-8').set('Content-MD5', md5(asked.json))
  headers.set('X-Ca-Timestamp', String(asked.timestamp)).set('X-Ca-Nonce', asked.nonce).set('X-Ca-Key', key)

  const list: string[] = []
  let listed = ''
  for (const [name, value] of [...headers].sort(byCodeUnit)) {
    if (!name.startsWith('X-Ca-')) continue
    list.push(name)
    listed += `${name}:${value}\n`
  }
  headers.set('X-Ca-Signature-Headers', list.join(','))
  const five = [
    method,
    headers.get('Accept'),
    headers.get('Content-MD5'),
    headers.get('Content-Type'),
    headers.get('Date'),
  ]
  const pairs = [...new Map([...asked.query, ...(asked.form ?? [])])].sort(byCodeUnit)
  const resource = pairs.map(([name, value]) => (value === '' ? name : [name, value].join('='))).join('&')
  const text = `${five.map((line) => `${line ?? ''}\n`).join('')}${listed}${PATH}${resource === '' ? '' : '?'}${resource}`
  headers.set('X-Ca-Signature', hmac('sha256', secret, text))

  const encode = (value: string) => urlEncode(value, '-_.!*()').replace(/%../g, (escaped) => escaped.toLowerCase())
  const join = (each: Asked['query']) => each.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  const query = join(asked.query)
  const body = asked.form === undefined ? (asked.json ?? '') : join(asked.form)
  return wire(method, query === '' ? PATH : `${PATH}?${query}`, headers, body)
}

/** The Go demo: `Accept` and `Date` set and signed, the names of headers in Go's canonical case, its list in lower case. */
export const go: Client = (asked, { key, secret }) => {
  const method = methodOf(asked)
  const canonical = (name: string) => name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
  const headers = new Map<string, string>(asked.headers.map(([name, value]) => [canonical(name), value]))
  headers.set('Accept', '*/*').set('Date', new Date(asked.timestamp).toUTCString())
  if (asked.form !== undefined) headers.set('Content-Type', FORM)
  if (asked.json !== undefined) headers.set('Content-Type', 'application/json').set('Content-Md5', md5(asked.json))
  headers.set('X-Ca-Key', key).set('X-Ca-Timestamp', String(asked.timestamp)).set('X-Ca-Stage', 'RELEASE')

  const list = ['x-ca-key', 'x-ca-stage', 'x-ca-timestamp']
  const lines = [
    method,
    '*/*',
    headers.get('Content-Md5') ?? '',
    headers.get('Content-Type') ?? '',
    headers.get('Date') ?? '',
  ]
  const values = new Map([...asked.query, ...(asked.form ?? [])])
  const bytes = (name: string) => utf8(name)
  const names = [...values.keys()].sort((one, other) => Buffer.compare(bytes(one), bytes(other)))
  const resource = names.map((name) => (values.get(name) === '' ? name : `${name}=${values.get(name) ?? ''}`)).join('&')
  const text = [
    ...lines,
    ...list.map((name) => `${name}:${headers.get(canonical(name)) ?? ''}`),
    resource === '' ? PATH : `${PATH}?${resource}`,
  ].join('\n')
  headers.set('X-Ca-Signature-Headers', list.join(',')).set('X-Ca-Signature', hmac('sha256', secret, text))

  const encode = (pairs: Asked['query']) =>
    [...pairs]
      .sort(byCodeUnit)
      .map(([name, value]) => `${urlEncode(name, '-_.~')}=${urlEncode(value, '-_.~')}`)
      .join('&')
  const query = encode(asked.query)
  const body = asked.form === undefined ? (asked.json ?? '') : encode(asked.form)
  return wire(method, query === '' ? PATH : `${PATH}?${query}`, headers, body)
}

/** The Python demo: a content type even without a body, everything that begins with `X-Ca-` listed and sorted, no stage. */
export const python: Client = (asked, { key, secret }) => {
  const method = methodOf(asked)
  const headers: Record<string, string> = {
    ...Object.fromEntries(asked.headers),
    'X-Ca-Timestamp': String(asked.timestamp),
    'X-Ca-Key': key,
    'X-Ca-Nonce': asked.nonce,
    'Content-Type': asked.form === undefined ? 'application/json' : FORM,
  }
  headers.Accept ??= 'application/json'
  if (asked.json !== undefined) headers['Content-MD5'] = md5(asked.json)

  const body = new Map(asked.form)
  for (const [name, value] of asked.query) if (!body.has(name)) body.set(name, value)
  let text = ''
  for (const line of [method, headers.Accept, headers['Content-MD5'], headers['Content-Type'], headers.Date])
    text += `${line ?? ''}\n`
  const signed = Object.keys(headers)
    .sort()
    .filter((name) => name.startsWith('X-Ca-'))
  for (const name of signed) text += `${name}:${headers[name] ?? ''}\n`
  text += PATH
  if (body.size > 0) {
    text += '?'
    text += [...body.keys()]
      .sort()
      .map((name) => (body.get(name) === '' ? name : `${name}=${body.get(name) ?? ''}`))
      .join('&')
  }
  headers['X-Ca-Signature-Headers'] = signed.join(',')
  headers['X-Ca-Signature'] = hmac('sha256', secret, text)

  const encode = (pairs: Asked['query']) =>
    pairs.map(([name, value]) => `${urlEncode(name, '-_.~')}=${urlEncode(value, '-_.~')}`).join('&')
  const query = encode(asked.query)
  return wire(
    method,
    query === '' ? PATH : `${PATH}?${query}`,
    Object.entries(headers),
    asked.form === undefined ? (asked.json ?? '') : encode(asked.form),
  )
}

/** The Android demo: HmacSHA1, named in a listed header; the list in an order of its own; a content type on a GET too. */
export const android: Client = (asked, { key, secret }) => {
  const method = methodOf(asked)
  const date = new Date(asked.timestamp).toUTCString()
  const type =
    asked.json === undefined ? 'application/x-www-form-urlencoded; charset=utf-8' : 'application/octet-stream'
  const contentMd5 = asked.json === undefined ? '' : md5(asked.json)
  const headers = new Map<string, string>([
    ...asked.headers,
    ['date', date],
    ['x-ca-nonce', asked.nonce],
    ['x-ca-key', key],
    ['accept', 'application/json; charset=utf-8'],
    ['content-md5', contentMd5],
    ['x-ca-timestamp', String(asked.timestamp)],
    ['x-ca-signature-headers', 'x-ca-nonce,x-ca-timestamp,x-ca-key,x-ca-signature-method'],
    ['x-ca-signature-method', 'HmacSHA1'],
    ['content-type', type],
  ])
  const listed = `x-ca-key:${key}\nx-ca-nonce:${asked.nonce}\nx-ca-signature-method:HmacSHA1\nx-ca-timestamp:${asked.timestamp}\n`
  const pairs = [...new Map([...asked.query, ...(asked.form ?? [])])].sort(byCodeUnit)
  const resource = pairs.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&')
  const text = `${method}\napplication/json; charset=utf-8\n${contentMd5}\n${type}\n${date}\n${listed}${PATH}${resource === '' ? '' : `?${resource}`}`
  headers.set('x-ca-signature', hmac('sha1', secret, text))
  const encode = (list: Asked['query']) => {
    const encoded = new URLSearchParams()
    for (const [name, value] of list) encoded.append(name, value)
    return encoded.toString()
  }
  const query = encode(asked.query)
  const body = asked.form === undefined ? (asked.json ?? '') : encode(asked.form)
  return wire(method, query === '' ? PATH : `${PATH}?${query}`, headers, body)
}

export const PUBLISHED_CLIENTS: Readonly<Record<string, Client>> = { node, java, php, dotnet, go, python, android }
