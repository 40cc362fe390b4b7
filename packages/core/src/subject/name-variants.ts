import { toPrivateUse } from './name-folds.js'
import { VARIANT_GROUPS } from './variants.gen.js'

/**
 * Characters that are in people's names beside the one that old systems put for them: forms that the table of standard
 * characters of 2013 gave back to names (堃 was 坤 for decades), and forms of print that are one character to the eye.
 */
const NAME_PAIRS =
  '昇升 陞升 堃坤 喆哲 淼渺 犇奔 龢和 甯宁 甦苏 迺乃 邨村 仝同 絜洁 镕熔 锺钟 濬浚 澂澄 飏扬 釐厘 钜巨 逕径 麴曲 ' +
  '龑䶮 户戸 黄黃 郎郞 吕呂 禄祿 温溫 录錄 青靑 真眞 强強 彦彥 册冊 产産 旣既 卽即 峯峰 羣群 衞卫 床牀 裏里'

/** A second question costs what the first did: a handful is all that anybody asks. */
const MAX_VARIANTS = 8

interface Forms {
  readonly simplified: ReadonlyMap<string, string>
  readonly traditional: ReadonlyMap<string, readonly string[]>
  readonly paired: ReadonlyMap<string, readonly string[]>
}

let forms: Forms | null = null

/**
 * Other ways a record may spell a name: all simplified, all traditional, one character in its paired form, rare
 * characters at the private-use code points of older systems. The likeliest first, never the key itself, at most eight.
 * For a second question to a source, when a person says that the record is theirs; a variant is never equal by itself.
 */
export function nameVariants(key: string): readonly string[] {
  forms ??= readForms()
  const { simplified, traditional, paired } = forms
  const characters = [...key]
  const found = new Set<string>()
  found.add(characters.map((character) => simplified.get(character) ?? character).join(''))
  for (const [place, character] of characters.entries()) {
    for (const other of paired.get(character) ?? []) found.add(characters.with(place, other).join(''))
  }
  found.add(characters.map((character) => traditional.get(character)?.[0] ?? character).join(''))
  for (const [place, character] of characters.entries()) {
    for (const other of traditional.get(character) ?? []) found.add(characters.with(place, other).join(''))
  }
  found.add(characters.map(inPrivateUse).join(''))
  found.delete(key)
  return [...found].slice(0, MAX_VARIANTS)
}

function inPrivateUse(character: string): string {
  const code = toPrivateUse(character.codePointAt(0) ?? 0)
  return code === null ? character : String.fromCodePoint(code)
}

function readForms(): Forms {
  const simplified = new Map<string, string>()
  const traditional = new Map<string, readonly string[]>()
  for (const group of VARIANT_GROUPS.split(' ')) {
    const [first = '', ...others] = group
    traditional.set(first, others)
    for (const other of others) if (!simplified.has(other)) simplified.set(other, first)
  }
  const paired = new Map<string, readonly string[]>()
  for (const pair of NAME_PAIRS.split(' ')) {
    const [one = '', other = ''] = pair
    paired.set(one, [...(paired.get(one) ?? []), other])
    paired.set(other, [...(paired.get(other) ?? []), one])
  }
  return { simplified, traditional, paired }
}
