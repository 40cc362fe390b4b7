import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { BillError, type BillLine, type BillProblem, type BillWishes, readBill } from './bill-reader.js'

async function read(text: string | Uint8Array, wishes: BillWishes = {}, chunkBytes = 7) {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
  }
  const lines: BillLine[] = []
  const problems: [number, BillProblem][] = []
  for await (const line of readBill(chunks(), wishes, (at, problem) => problems.push([at, problem]))) lines.push(line)
  return { lines, problems }
}

const AT = Date.UTC(2026, 0, 5, 2)

describe('a bill', () => {
  test('is read by the headings that suppliers use, in UTF-8 and GBK, wherever it is cut', async () => {
    const text = '某某云账单\n请求ID,调用时间,金额（元）\nA-1,2026-01-05 10:00:00,0.033\nA-2,2026/1/5 10:00,￥1,\n'
    const expected = [
      { line: 3, reference: 'A-1', at: AT, centifen: 330 },
      { line: 4, reference: 'A-2', at: AT, centifen: 10_000 },
    ]
    for (const bytes of [Buffer.from(text), iconv.encode(text, 'gbk'), Buffer.from(`\uFEFF${text}`)])
      expect((await read(bytes)).lines).toEqual(expected)
  })

  test.each<[string, number]>([
    ['2026-01-05T02:00:00Z', AT],
    ['2026-01-05T10:00:00+08:00', AT],
    ['20260105100000', AT],
    ['2026年1月5日 10:00', AT],
    [String(AT), AT],
    [String(AT / 1_000), AT],
    ['2026-01-05', AT - 10 * 3_600_000],
  ])('says %s and means that moment in China', async (time, at) => {
    expect((await read(`RequestId,time\nA,${time}\n`)).lines).toMatchObject([{ at }])
  })

  test('tells amounts exactly, in yuan unless its heading or the operator says fen', async () => {
    const amounts = async (heading: string, wishes?: BillWishes) =>
      (await read(`request_id;${heading}\nA;0.1\nB;"1,000.29"\nC;3.3\n`, wishes)).lines.map(({ centifen }) => centifen)
    expect(await amounts('金额')).toEqual([1_000, 10_002_900, 33_000])
    expect(await amounts('金额(分)')).toEqual([10, 100_029, 330])
    expect(await amounts('Amount', { unit: 'fen' })).toEqual([10, 100_029, 330])
  })

  test('tells its lines that cannot be read by number, and goes on', async () => {
    const { lines, problems } = await read('流水号,时间,费用\nA,soon,0.1\nB,20260105,free\n,,12.5\nC,,\n')
    expect(lines.map(({ reference, at, centifen }) => [reference, at !== null, centifen])).toEqual([
      ['A', false, 1_000],
      ['B', true, null],
      ['C', false, null],
    ])
    expect(problems).toEqual([
      [2, 'time_unreadable'],
      [3, 'amount_unreadable'],
      [4, 'reference_missing'],
    ])
  })

  test('without a column of references is refused, and says how to name one', async () => {
    await expect(read('a,b\n1,2\n')).rejects.toThrow(/--reference-column/)
    await expect(read('a,b\n1,2\n', { reference: 'c' })).rejects.toThrow(BillError)
    expect((await read('a,b\n1,2\n', { reference: 'b' })).lines).toMatchObject([{ reference: '2' }])
  })
})
