/** How a language of `docs/samples` writes a text: `"…"` or `'…'` with backslashes, or a shell's `'…'`. */
export type SampleQuote = 'double' | 'single' | 'shell'

/** What can be filled into a sample; what is left out stays as it is. */
export interface SampleValues {
  readonly address?: string
  readonly appCode?: string
  readonly appKey?: string
  readonly appSecret?: string
  readonly name?: string
  readonly number?: string
}

/**
 * A sample with values in the place of its placeholders. Each value stays one literal of the language, whatever is in it: control
 * and format characters, which some compilers refuse in a source and which could make it read otherwise, are left out.
 */
export function fillSample(
  code: string,
  quote: SampleQuote,
  placeholders: Readonly<Record<keyof SampleValues, string>>,
  values: SampleValues,
): string {
  const fills = new Map<string, string>()
  for (const [key, placeholder] of Object.entries(placeholders)) {
    const value = values[key as keyof SampleValues]
    if (value !== undefined) fills.set(literal(placeholder, quote), literal(value, quote))
  }
  if (fills.size === 0) return code
  const places = new RegExp([...fills.keys()].map(escapePattern).join('|'), 'g')
  // In one pass: a value that looks like a placeholder is not filled again.
  return code.replace(places, (place) => fills.get(place) ?? place)
}

function literal(value: string, quote: SampleQuote): string {
  const text = value.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '')
  if (quote === 'shell') return `'${text.replaceAll("'", "'\\''")}'`
  const mark = quote === 'double' ? '"' : "'"
  return `${mark}${text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`)}${mark}`
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
