import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { explainName, explainNumber } from '@heyan/core'
import { describe, expect, test } from 'vitest'
import { explainLines } from './explain-lines.js'

const TODAY = { year: 2026, month: 6, day: 15 }

async function answers(chunks: readonly string[], explain: (value: unknown) => object): Promise<unknown[]> {
  const output = new PassThrough()
  const written = text(output)
  await explainLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), output, explain, (reason) => ({
    reason,
  }))
  output.end()
  return (await written)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

describe('explaining line by line', () => {
  test('a number is answered with what it says', async () => {
    expect(await answers(['"11010519491231002X"\n'], (value) => explainNumber(value, TODAY))).toEqual([
      {
        valid: true,
        kind: 'resident',
        birthday: '1949-12-31',
        sex: 'female',
        region: '北京市朝阳区',
        reason: null,
        warnings: [],
      },
    ])
  })

  test('every line has an answer in its place, whatever is on it', async () => {
    const lines = ['"李三"', '', 'no json', '"\\ud842"', '5', 'null', '{"__proto__":1}', '"古丽米热.艾比布拉"\r']
    const said = await answers([lines.join('\n')], explainName)
    expect(said.map((answer) => (answer as { reason: string | null }).reason)).toEqual([
      null,
      'not_json',
      'not_json',
      'surrogate',
      'not_text',
      'not_text',
      'not_text',
      null,
    ])
  })

  test('a line may come in pieces, and the last one without its end', async () => {
    const said = await answers(['"李', '三"\n"', '欧阳', '明月"'], explainName)
    expect(said).toMatchObject([{ key: '李三' }, { key: '欧阳明月' }])
  })

  test('a line of ten million characters is read, and one beyond all measure is passed over', async () => {
    const piece = '1'.repeat(10_000_000)
    const said = await answers([`"${piece}"\n`, '"', piece, piece, piece, piece, '"\n"李三"\n'], explainName)
    expect(said).toMatchObject([{ reason: 'too_long' }, { reason: 'too_large' }, { key: '李三' }])
  })

  test('a hundred thousand lines are answered, one each', async () => {
    const lines = '"11010519491231002X"\n"350524198001010011"\n'.repeat(50_000)
    expect(await answers([lines], (value) => explainNumber(value, TODAY))).toHaveLength(100_000)
  })
})
