import type { Parameters } from './parameters.js'

/** What of a request is signed, as it was received. */
export interface SignedParts {
  /** Upper case. */
  readonly method: string
  /** The value of a header by its lower-case name, one byte a character; undefined where it was not sent. */
  header(name: string): string | undefined
  readonly path: string
  /** Query and form, merged and decoded. */
  readonly parameters: Parameters
}

/** Signed in their own lines, or not at all: never among the listed headers. */
const NEVER_LISTED: ReadonlySet<string> = new Set([
  'x-ca-signature',
  'x-ca-signature-headers',
  'accept',
  'content-md5',
  'content-type',
  'date',
])

/**
 * The text that a caller with an AppSecret signs, in the form of the public marketplace's gateway:
 * `METHOD \n Accept \n Content-MD5 \n Content-Type \n Date \n Headers PathAndParameters`.
 */
export function stringToSign({ method, header, path, parameters }: SignedParts): string {
  const line = (name: string) => textOf(header(name) ?? '')
  return `${method}\n${line('accept')}\n${line('content-md5')}\n${line('content-type')}\n${line('date')}\n${listedHeaders(header)}${path}${sortedParameters(parameters)}`
}

interface ListedHeader {
  /** In the client's own letter case. */
  readonly name: string
  readonly lowerCase: string
}

/** A caller sends the same list with every request; so many lists are kept read. */
const LISTS_MAX = 512
const LIST_KEPT_MAX_LENGTH = 1_024
const lists = new Map<string, readonly ListedHeader[]>()

/** In the client's own letter case, sorted by code unit. */
function listedHeaders(header: SignedParts['header']): string {
  const list = header('x-ca-signature-headers')
  if (list === undefined) return ''
  let text = ''
  for (const { name, lowerCase } of lists.get(list) ?? keepList(list))
    text += `${name}:${textOf(header(lowerCase) ?? '')}\n`
  return text
}

function keepList(list: string): readonly ListedHeader[] {
  const headers = list
    .split(',')
    .map((part) => part.trim())
    .sort()
    .map((name) => ({ name, lowerCase: name.toLowerCase() }))
    .filter(({ lowerCase }) => lowerCase !== '' && !NEVER_LISTED.has(lowerCase))
  if (list.length > LIST_KEPT_MAX_LENGTH) return headers
  if (lists.size >= LISTS_MAX) lists.clear()
  lists.set(list, headers)
  return headers
}

function sortedParameters(parameters: Parameters): string {
  let text = ''
  for (const name of [...parameters.keys()].sort()) {
    const value = parameters.get(name) ?? ''
    text += `${text === '' ? '?' : '&'}${name}${value === '' ? '' : `=${value}`}`
  }
  return text
}

const BEYOND_ASCII = /[\u0080-\u00ff]/

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Header values are UTF-8 carried one byte a character; what is no UTF-8 stays as it is. */
export function textOf(value: string): string {
  if (!BEYOND_ASCII.test(value)) return value
  try {
    return utf8.decode(Uint8Array.from(value, (character) => character.charCodeAt(0)))
  } catch {
    return value
  }
}

export type SignatureMethod = 'HmacSHA256' | 'HmacSHA1'
