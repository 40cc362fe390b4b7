import { isUtf8 } from 'node:buffer'

/** Levels of objects and lists, the outermost one counted. */
export const JSON_DEPTH_MAX = 8

export type StrictJson =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly code: 'body_malformed' | 'body_too_deep' | 'field_duplicate'
      /** RFC 6901; absent where the text is no JSON. */
      readonly pointer?: string
    }

/**
 * JSON that says one thing to every reader: UTF-8, no name twice in an object, not nested deeper than anybody means. What is
 * refused is told by its place. Never throws.
 */
export function parseStrictJson(bytes: Uint8Array): StrictJson {
  if (!isUtf8(bytes)) return { ok: false, code: 'body_malformed' }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  // The scan knows only whole JSON, so the parser goes first; but a tower of brackets must not reach the parser's stack.
  const depth = deepest(text)
  if (depth > JSON_DEPTH_MAX * 2) return { ok: false, code: 'body_too_deep', pointer: '' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, code: 'body_malformed' }
  }
  return scan(text) ?? { ok: true, value }
}

/** How deep the brackets outside of texts go, whether or not they match. */
function deepest(text: string): number {
  let depth = 0
  let most = 0
  let isText = false
  for (let place = 0; place < text.length; place++) {
    const character = text.charAt(place)
    if (isText) {
      if (character === '\\') place++
      else if (character === '"') isText = false
    } else if (character === '"') isText = true
    else if (character === '{' || character === '[') most = Math.max(most, ++depth)
    else if (character === '}' || character === ']') depth--
  }
  return most
}

interface Level {
  /** Null in a list. */
  readonly names: Set<string> | null
  /** The name or index of the value that comes next. */
  at: string | number
}

/** Walks over text that is known to be JSON; gives the first thing that is wrong with it. */
function scan(text: string): StrictJson | null {
  const levels: Level[] = []
  const pointer = () => levels.map(({ at }) => `/${String(at).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  let isNameNext = false
  for (let place = 0; place < text.length; place++) {
    const level = levels.at(-1)
    switch (text.charAt(place)) {
      case '{':
        if (levels.length >= JSON_DEPTH_MAX) return { ok: false, code: 'body_too_deep', pointer: pointer() }
        levels.push({ names: new Set(), at: '' })
        isNameNext = true
        break
      case '[':
        if (levels.length >= JSON_DEPTH_MAX) return { ok: false, code: 'body_too_deep', pointer: pointer() }
        levels.push({ names: null, at: 0 })
        isNameNext = false
        break
      case '}':
      case ']':
        levels.pop()
        isNameNext = false
        break
      case ',':
        isNameNext = level?.names != null
        if (typeof level?.at === 'number') level.at++
        break
      case '"': {
        const end = endOfText(text, place)
        if (isNameNext && level?.names) {
          level.at = JSON.parse(text.slice(place, end + 1)) as string
          if (level.names.has(level.at)) return { ok: false, code: 'field_duplicate', pointer: pointer() }
          level.names.add(level.at)
          isNameNext = false
        }
        place = end
        break
      }
    }
  }
  return null
}

function endOfText(text: string, start: number): number {
  let place = start + 1
  while (text.charAt(place) !== '"') place += text.charAt(place) === '\\' ? 2 : 1
  return place
}
