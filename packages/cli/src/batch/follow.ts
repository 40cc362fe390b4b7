import { setTimeout as wait } from 'node:timers/promises'
import { AdminError } from '../admin-error.js'
import type { Batch, BatchClient } from './batch-client.js'

/** A server that starts again is waited for; a batch goes on by itself meanwhile. */
const AWAY_MAX_MS = 120_000
const TRY_AGAIN_MS = 500
const UNDER_WAY: ReadonlySet<Batch['status']> = new Set(['queued', 'running'])

/** Whether the answer could not be had now, and may be had later. */
function isPassing(error: unknown): boolean {
  return error instanceof AdminError && PASSING.has(error.code)
}

/** A gateway whose server starts again answers with a page of its own. */
const PASSING: ReadonlySet<string> = new Set([
  'server_unreachable',
  'connection_broken',
  'answer_unknown',
  'overloaded',
  'fault',
])

/** Follows a batch until it stops, over breaks of the connection and starts of the server. */
export async function follow(
  client: BatchClient,
  id: string,
  onProgress: (batch: Batch) => void,
  { awayMaxMs = AWAY_MAX_MS, tryAgainMs = TRY_AGAIN_MS } = {},
): Promise<Batch> {
  let heardMs = performance.now()
  for (;;) {
    try {
      const batch = await client.read(id)
      heardMs = performance.now()
      onProgress(batch)
      if (!UNDER_WAY.has(batch.status)) return batch
      for await (const event of client.events(id)) {
        heardMs = performance.now()
        onProgress(event)
      }
    } catch (error) {
      if (!isPassing(error) || performance.now() - heardMs > awayMaxMs) throw error
    }
    await wait(tryAgainMs)
  }
}
