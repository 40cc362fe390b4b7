import { readFileSync, statSync } from 'node:fs'
import { AdminError } from '../admin-error.js'
import type { Batch, BatchClient } from './batch-client.js'
import { isNoteOf, notePath, readNote, removeNote, writeNote } from './batch-note.js'

/** What whoever gives the command decides. */
export interface BatchWishes {
  readonly nameColumn?: string
  readonly numberColumn?: string
  readonly sheet?: string
  readonly headerRow?: string
  readonly purpose: string
  readonly legalBasis: string
  readonly dedupe?: boolean
}

/** Sends the sheet, or finds the batch that an earlier run sent; either way it is under way or over afterwards. */
export async function begin(
  client: BatchClient,
  url: string,
  input: string,
  output: string,
  wishes: BatchWishes,
): Promise<Batch> {
  const note = readNote(output)
  const place = mappingOf(wishes)
  if (note === null) {
    const { mtimeMs, size } = statSync(input)
    const batch = await client.upload({
      bytes: readFileSync(input),
      fields: { ...place, purpose: wishes.purpose, legalBasis: wishes.legalBasis, start: 'false' },
    })
    tellEstimate(batch, wishes)
    writeNote(output, { batchId: batch.id, url, size, changedMs: Math.trunc(mtimeMs) })
    return start(client, batch, place, wishes).catch((error) => {
      // A sheet that cannot be begun with is sent anew; one whose beginning was not heard of is gone on with.
      if (error instanceof AdminError && error.code !== 'connection_broken' && error.code !== 'server_unreachable')
        removeNote(output)
      throw error
    })
  }
  if (!isNoteOf(note, url, statSync(input))) {
    throw new AdminError(
      'batch_other',
      `${notePath(output)} is of another sheet or server: remove it to begin a new batch, which is charged`,
    )
  }
  const batch = await client.read(note.batchId)
  if (batch.deletedAt !== null) {
    throw new AdminError(
      'batch_gone',
      `the answers of ${batch.id} are destroyed: remove ${notePath(output)} to begin a new batch, which is charged`,
    )
  }
  if (batch.status === 'uploaded') return start(client, batch, place, wishes)
  if (batch.status === 'paused' || batch.status === 'out_of_quota') return client.act(batch.id, 'resume')
  return batch
}

function start(client: BatchClient, batch: Batch, place: Record<string, string>, wishes: BatchWishes): Promise<Batch> {
  const { sheet, ...columns } = place
  const numbered = Object.entries(columns).map(([name, value]) => [name, /^\d+$/.test(value) ? Number(value) : value])
  return client.act(batch.id, 'start', {
    ...(sheet === undefined ? {} : { sheet }),
    ...Object.fromEntries(numbered),
    dedupe: wishes.dedupe === true,
  })
}

function mappingOf({ nameColumn, numberColumn, sheet, headerRow }: BatchWishes): Record<string, string> {
  if (headerRow !== undefined && !/^\d{1,6}$/.test(headerRow))
    throw new AdminError('row_invalid', '--header-row is no number of a row')
  return Object.fromEntries(
    Object.entries({ nameColumn, numberColumn, sheet, headerRow }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>
}

function tellEstimate({ rows, estimate }: Batch, { dedupe, purpose, legalBasis }: BatchWishes): void {
  const calls = estimate == null ? null : dedupe ? estimate.callsDeduplicated : estimate.calls
  const left = estimate?.remaining == null ? '' : `, ${estimate.remaining} left`
  process.stderr.write(
    `heyan: ${rows} rows${calls === null ? '' : `, at most ${calls} charged${left}`}; kept with it: ${purpose} (${legalBasis})\n`,
  )
}
