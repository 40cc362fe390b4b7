import { once } from 'node:events'
import { SealDamaged } from '../files/sealed-file.js'
import { SheetRefused } from '../problem.js'
import { inspect } from './inspect.js'
import { openReader } from './open-reader.js'
import type { FromReader, ReaderJob } from './reader-protocol.js'

/** The process that reads one sheet: a job first, then a batch of rows for each request. It ends with whoever started it. */
async function run(): Promise<void> {
  process.once('disconnect', () => process.exit())
  const [job] = (await once(process, 'message')) as [ReaderJob]
  await send(await answer(job))
  process.disconnect()
}

/** Sends rows as they are asked for; returns the last thing to say. */
async function answer({ kind, file, limits, wishes }: ReaderJob): Promise<FromReader> {
  try {
    const { reader, close } = await openReader(file, limits, wishes)
    try {
      if (kind === 'inspect') return { kind: 'inspected', inspection: await inspect(reader, limits, wishes) }
      for await (const rows of reader.rows()) {
        if (rows.length === 0) continue
        const next = once(process, 'message')
        await send({ kind: 'rows', rows })
        await next
      }
      return { kind: 'end' }
    } finally {
      await close()
    }
  } catch (error) {
    if (error instanceof SheetRefused) return { kind: 'refused', problem: error.problem }
    if (error instanceof SealDamaged) return { kind: 'refused', problem: { code: 'broken', detail: error.message } }
    return { kind: 'fault', code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown' }
  }
}

function send(message: FromReader): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, {}, (error) => (error ? reject(error) : resolve()))
  })
}

await run()
