import type { Parsed } from '../parsed.js'
import { isHanzi } from './hanzi.js'
import { latinKey } from './latin-name.js'
import {
  fromPrivateUse,
  isControl,
  isDot,
  isInvisible,
  isPrivateUse,
  isSpace,
  SEPARATOR,
  toUnified,
} from './name-folds.js'

/** A possible name of a person. Only `parseName` makes one. */
export interface PersonName {
  /** As sent, trimmed. */
  readonly text: string
  /** What names are compared by. Two names are the same where their keys are; variants are never folded into it. */
  readonly key: string
}

/**
 * Why a text is no possible name. `surrogate`: half of a character. `control`: a control character or a mark of writing
 * direction. `private_use`: a private-use character that no standard explains. `separator`: a dot that leads, trails or
 * is doubled. `letters`: Latin letters where only Hanzi may be. `character`: any other character.
 */
export type NameReason =
  | 'not_text'
  | 'empty'
  | 'too_short'
  | 'too_long'
  | 'surrogate'
  | 'control'
  | 'private_use'
  | 'separator'
  | 'letters'
  | 'character'

/** What was done to the name on the way to its key; a rare character is one outside the Basic Multilingual Plane. */
export type NameWarning =
  | 'invisible_removed'
  | 'private_use_folded'
  | 'compatibility_folded'
  | 'separator_folded'
  | 'space_removed'
  | 'rare_character'

export interface NameOptions {
  /** Whether the number begins with 9: a foreign permanent resident's name may be in Latin letters. */
  readonly allowLatin: boolean
}

/** Characters of a name, by its key: 民委发〔2016〕33号 asks that a field hold at least 50. */
const MIN_LENGTH = 2
const MAX_LENGTH = 50
/** UTF-16 units above which a text is refused unread; room for 50 rare characters and a good deal to trim away. */
const MAX_UNITS = 1024

/**
 * Reads a name. Never throws; a plain name of two to four common Hanzi is its own key, and costs one look at each.
 */
export function parseName(value: unknown, options: NameOptions): Parsed<PersonName, NameReason> {
  if (typeof value !== 'string') return { ok: false, reason: 'not_text' }
  if (isPlain(value)) return { ok: true, value: { text: value, key: value } }
  const read = readName(value, options)
  return read.ok ? { ok: true, value: { text: read.value.text, key: read.value.key } } : read
}

/** What was folded on the way to a name's key, or is rare in it. Empty for a text that is no name. */
export function nameWarningsOf(text: string, options: NameOptions): readonly NameWarning[] {
  const read = readName(text, options)
  return read.ok ? [...read.value.warnings] : []
}

function isPlain(value: string): boolean {
  const { length } = value
  if (length < 2 || length > 4) return false
  for (let place = 0; place < length; place++) {
    const code = value.charCodeAt(place)
    if (code < 0x4e00 || code > 0x9fff) return false
  }
  return true
}

function readName(
  value: string,
  options: NameOptions,
): Parsed<PersonName & { readonly warnings: ReadonlySet<NameWarning> }, NameReason> {
  if (value.length > MAX_UNITS) return { ok: false, reason: 'too_long' }
  const text = value.trim()
  if (text === '') return { ok: false, reason: 'empty' }

  const warnings = new Set<NameWarning>()
  const codes: number[] = []
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0
    if (code >= 0xd800 && code <= 0xdfff) return { ok: false, reason: 'surrogate' }
    if (isControl(code)) return { ok: false, reason: 'control' }
  }
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (isInvisible(code)) warnings.add('invisible_removed')
    else if (isPrivateUse(code)) {
      const known = fromPrivateUse(code)
      if (known === null) return { ok: false, reason: 'private_use' }
      warnings.add('private_use_folded')
      codes.push(known)
    } else codes.push(code)
  }
  if (value !== text && /\ufeff/.test(value)) warnings.add('invisible_removed')
  if (codes.length === 0) return { ok: false, reason: 'empty' }
  if (codes.length > MAX_LENGTH) return { ok: false, reason: 'too_long' }

  if (options.allowLatin) {
    const key = latinKey(String.fromCodePoint(...codes))
    if (key !== null) return key.length < MIN_LENGTH ? tooShort() : { ok: true, value: { text, key, warnings } }
  }
  return readHanzi(text, codes, warnings)
}

function readHanzi(
  text: string,
  codes: readonly number[],
  warnings: Set<NameWarning>,
): Parsed<PersonName & { readonly warnings: ReadonlySet<NameWarning> }, NameReason> {
  // Spaces go before dots are looked at, so that "买买提 . 艾力" has a dot between Hanzi.
  const kept: number[] = []
  for (const code of codes) {
    if (isSpace(code)) {
      warnings.add('space_removed')
      continue
    }
    const unified = toUnified(code)
    if (unified !== code) warnings.add('compatibility_folded')
    kept.push(unified)
  }
  for (let place = 1; place < kept.length - 1; place++) {
    if (!isDot(kept[place] ?? 0) || !isHanzi(kept[place - 1] ?? 0) || !isHanzi(kept[place + 1] ?? 0)) continue
    kept[place] = SEPARATOR
    warnings.add('separator_folded')
  }

  let afterHanzi = false
  for (const code of kept) {
    if (isHanzi(code)) {
      afterHanzi = true
      if (code > 0xffff) warnings.add('rare_character')
    } else if (code === SEPARATOR && afterHanzi) afterHanzi = false
    else return { ok: false, reason: reasonOf(code) }
  }
  if (kept.length < MIN_LENGTH) return kept.length === 0 ? { ok: false, reason: 'empty' } : tooShort()
  if (!afterHanzi) return { ok: false, reason: 'separator' }
  return { ok: true, value: { text, key: String.fromCodePoint(...kept), warnings } }
}

function reasonOf(code: number): NameReason {
  if (code === SEPARATOR || isDot(code)) return 'separator'
  return isLatinLetter(code) ? 'letters' : 'character'
}

function isLatinLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}

function tooShort(): { ok: false; reason: 'too_short' } {
  return { ok: false, reason: 'too_short' }
}
