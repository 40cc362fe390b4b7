import { isoBirthday, maskedIsoBirthday, type RowFilter } from '@heyan/contract'
import { fullAddress, maskedAddress } from '@heyan/core'
import type { SheetRow } from '@heyan/sheets'
import type { Batch } from '@heyan/store'
import { cellsOf, type Mapping } from './mapping.js'
import type { BatchParts } from './parts.js'
import { adviceOn, messageOf } from './result-words.js'
import { isVerdict, type RowOutcome, type RowResult } from './row-result.js'
import { rowSubject } from './row-subject.js'

/** One row with what is known of it. What was sent is shown as it was sent; what follows from it, as the application may see it. */
export interface RowView {
  readonly row: number
  readonly name: string
  readonly number: string
  /** Null: nobody was asked yet. */
  readonly outcome: RowOutcome | null
  readonly charged: boolean
  readonly callId: string | null
  readonly duplicateOf: number | null
  readonly corrected: boolean
  readonly message: string
  readonly advice: readonly string[]
  readonly subject: { readonly sex: 'male' | 'female'; readonly birthday: string; readonly region: string } | null
}

export interface Viewing {
  readonly batch: Pick<Batch, 'status'>
  readonly mapping: Mapping
  readonly isFull: boolean
  readonly services: Pick<BatchParts, 'config' | 'now' | 'regions'>
}

export function viewRow(row: SheetRow, result: RowResult | undefined, how: Viewing): RowView {
  const cells = cellsOf(row, how.mapping)
  const { name, number } = result?.corrected ?? cells
  const outcome = result?.outcome ?? null
  return {
    row: row.row,
    name,
    number,
    outcome,
    charged: result?.charged ?? false,
    callId: result?.callId ?? null,
    duplicateOf: result?.duplicateOf ?? null,
    corrected: result?.corrected !== undefined,
    message: messageOf(outcome, how.batch.status),
    advice: adviceOn(outcome, { name, number }, how.services.now()),
    subject: outcome !== null && isVerdict(outcome) ? subjectOf({ name, number, isDamaged: false }, how) : null,
  }
}

function subjectOf(cells: Parameters<typeof rowSubject>[0], { isFull, services }: Viewing): RowView['subject'] {
  const read = rowSubject(cells, services)
  if (!read.ok) return null
  const { number } = read.subject
  const region = services.regions.current.of(number)
  return {
    sex: number.sex,
    birthday: isFull ? isoBirthday(number.birthday) : maskedIsoBirthday(number.birthday),
    region: isFull ? fullAddress(region) : maskedAddress(region),
  }
}

export function isWanted(result: RowResult | undefined, filter: RowFilter): boolean {
  if (filter === 'all') return true
  if (result === undefined) return false
  const { outcome } = result
  if (filter === 'problem') return !isVerdict(outcome)
  return filter === 'attention' ? outcome !== 'match' : outcome === filter
}
