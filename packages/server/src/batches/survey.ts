import { hash } from 'node:crypto'
import { readSheet, type SheetFile } from '@heyan/sheets'
import { cellsOf, type Mapping, readingOf } from './mapping.js'
import type { BatchParts } from './parts.js'
import { rowSubject, subjectKey } from './row-subject.js'

/** What a batch would come to, told before it is begun. */
export interface Survey {
  readonly rows: number
  /** Rows that nobody is asked about, by why. */
  readonly problems: Readonly<Record<string, number>>
  readonly duplicates: number
  /** Calls that are charged at most; and where duplicates are asked about once. */
  readonly calls: number
  readonly callsDeduplicated: number
}

/** Reads the whole sheet once as it would be read. Throws `SheetRefused`. */
export async function survey(
  file: SheetFile,
  mapping: Mapping,
  services: Pick<BatchParts, 'config' | 'now'>,
  signal: AbortSignal,
): Promise<Survey> {
  const problems: Record<string, number> = {}
  const seen = new Set<string>()
  let [rows, calls] = [0, 0]
  for await (const batch of readSheet(file, { ...readingOf(mapping), signal })) {
    for (const row of batch) {
      rows += 1
      const read = rowSubject(cellsOf(row, mapping), services)
      if (read.ok) {
        calls += 1
        seen.add(hash('sha256', subjectKey(read.subject), 'base64url').slice(0, 22))
      } else problems[read.problem] = (problems[read.problem] ?? 0) + 1
    }
  }
  return { rows, problems, duplicates: calls - seen.size, calls, callsDeduplicated: seen.size }
}
