import type { ResultColumn } from '@heyan/contract'
import { createSheetWriter, readSheet, type SealedFile, type SheetSummary } from '@heyan/sheets'
import type { Batch } from '@heyan/store'
import { readingOf } from './mapping.js'
import { duplicateNote, RESULT_TITLES, type Result, resultOf, SHEET_WORDS, TONES } from './result-words.js'
import type { RowResult } from './row-result.js'
import { type RowView, type Viewing, viewRow } from './row-view.js'

const WIDTHS: Readonly<Record<ResultColumn, number>> = {
  result: 10,
  note: 28,
  advice: 48,
  sex: 6,
  birthday: 14,
  region: 28,
  charged: 10,
  callId: 40,
}

export interface ResultsSheet extends Viewing {
  readonly batch: Batch
  readonly input: SealedFile
  readonly results: ReadonlyMap<number, RowResult>
  readonly format: 'csv' | 'xlsx'
  readonly columns: readonly ResultColumn[]
  readonly signal: AbortSignal
}

/** The sheet as it was sent, its columns in their order, with what was found behind them; written beside it, sealed alike. */
export async function writeResults(file: SealedFile, sheet: ResultsSheet): Promise<void> {
  const { mapping, columns, format, signal } = sheet
  const writer = createSheetWriter(file, {
    format,
    sheetName: SHEET_WORDS.results,
    columns: [
      ...mapping.titles.map((title) => ({ title, kind: 'text' as const })),
      ...columns.map((column) => ({
        title: RESULT_TITLES[column],
        kind: 'text' as const,
        width: WIDTHS[column],
        isToned: column === 'result',
      })),
    ],
  })
  const counts = new Map<Result, number>(Object.keys(TONES).map((result) => [result as Result, 0]))
  try {
    for await (const rows of readSheet(sheet.input, { ...readingOf(mapping), signal })) {
      await writer.write(
        rows.map((row) => {
          const view = viewRow(row, sheet.results.get(row.row), sheet)
          const result = resultOf(view.outcome)
          counts.set(result, (counts.get(result) ?? 0) + 1)
          const own = mapping.titles.map((_, index) => row.cells[index] ?? '')
          if (view.corrected) {
            own[mapping.nameColumn] = view.name
            own[mapping.numberColumn] = view.number
          }
          return { cells: [...own, ...columns.map((column) => cellOf(column, view))], tone: TONES[result] }
        }),
      )
    }
    await writer.finish(summaryOf(sheet, counts))
  } catch (error) {
    await writer.abort()
    throw error
  }
}

function cellOf(column: ResultColumn, view: RowView): string {
  switch (column) {
    case 'result':
      return resultOf(view.outcome)
    case 'note':
      return [view.message, ...(view.duplicateOf === null ? [] : [duplicateNote(view.duplicateOf)])].join('；')
    case 'advice':
      return view.advice.join('')
    case 'sex':
      return view.subject === null ? '' : SHEET_WORDS[view.subject.sex]
    case 'birthday':
      return view.subject?.birthday ?? ''
    case 'region':
      return view.subject?.region ?? ''
    case 'charged':
      return view.outcome === null ? '' : view.charged ? SHEET_WORDS.yes : SHEET_WORDS.no
    case 'callId':
      return view.callId ?? ''
  }
}

function summaryOf({ batch, services }: ResultsSheet, counts: ReadonlyMap<Result, number>): SheetSummary {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return {
    sheetName: SHEET_WORDS.summary,
    title: SHEET_WORDS.summaryTitle,
    lines: [
      [SHEET_WORDS.rows, String(total)],
      [SHEET_WORDS.charged, String(batch.counts.charged)],
      [SHEET_WORDS.duplicates, String(batch.counts.duplicates)],
      [SHEET_WORDS.purpose, batch.purpose],
      [SHEET_WORDS.made, shanghaiTime(services.now())],
    ],
    chart: {
      title: SHEET_WORDS.chart,
      labelTitle: SHEET_WORDS.label,
      countTitle: SHEET_WORDS.count,
      bars: [...counts].map(([label, count]) => ({ label, count, tone: TONES[label] })),
    },
  }
}

const SHANGHAI_OFFSET_MS = 8 * 3_600_000

function shanghaiTime(at: number): string {
  return new Date(at + SHANGHAI_OFFSET_MS).toISOString().slice(0, 16).replace('T', ' ')
}
