import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** A longer line is answered `too_large` without being read whole; a number has 18 characters and a name 50. */
const MAX_LINE_UNITS = 32_000_000

/**
 * Reads one JSON value a line and writes one JSON object a line, in step: line by line, so that a file of any length
 * fits. A line that is no JSON is answered too, by `refused`.
 */
export async function explainLines(
  input: Readable,
  output: Writable,
  explain: (value: unknown) => object,
  refused: (reason: 'not_json' | 'too_large') => object,
): Promise<void> {
  function answer(line: string | null): string {
    if (line === null) return `${JSON.stringify(refused('too_large'))}\n`
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      return `${JSON.stringify(refused('not_json'))}\n`
    }
    return `${JSON.stringify(explain(value))}\n`
  }

  for await (const lines of linesOf(input)) {
    if (!output.write(lines.map(answer).join(''))) await once(output, 'drain')
  }
}

/** The whole lines of each chunk of a stream; null in the place of a line that is too long. */
async function* linesOf(input: Readable): AsyncGenerator<readonly (string | null)[]> {
  let rest = ''
  let isTooLong = false
  for await (const chunk of input.setEncoding('utf8')) {
    const [first = '', ...others] = String(chunk).split('\n')
    const last = others.pop()
    if (last === undefined) {
      if (!isTooLong) rest += first
    } else {
      yield [isTooLong ? null : rest + first, ...others]
      isTooLong = false
      rest = last
    }
    if (rest.length > MAX_LINE_UNITS) {
      isTooLong = true
      rest = ''
    }
  }
  if (isTooLong || rest !== '') yield [isTooLong ? null : rest]
}
