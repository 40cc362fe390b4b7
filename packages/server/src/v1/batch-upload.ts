import { pipeline } from 'node:stream/promises'
import { createSheetWriter, type SealedFile, sealTo } from '@heyan/sheets'
import { newId } from '@heyan/store'
import type { FastifyRequest } from 'fastify'
import { BatchFiles } from '../batches/files.js'
import { UPLOAD_MAX_BYTES, UPLOAD_MAX_MS } from '../batches/limits.js'
import type { HttpProblem } from '../http-problem.js'
import type { BatchRows } from './batch-schemas.js'

const FIELDS_MAX = 16
const FIELD_MAX_BYTES = 4_096
const ROWS_PER_WRITE = 1_000

/** A sheet that lies sealed on the disk and belongs to no batch yet. */
export interface Received {
  readonly batchId: string
  readonly key: Buffer
  readonly input: SealedFile
}

/** Seals a file as it comes: it is never on the disk in the clear. Gives the form's fields beside it, or what is wrong. */
export async function receiveFile(
  request: FastifyRequest,
  files: BatchFiles,
  at: number,
): Promise<{ readonly received: Received; readonly fields: Record<string, string> } | HttpProblem> {
  const received = await newSheet(files, at)
  const fields: Record<string, string> = {}
  let hasFile = false
  const tooSlow = setTimeout(() => request.raw.destroy(), UPLOAD_MAX_MS)
  const refuse = async (problem: HttpProblem) => {
    await files.remove(received.batchId)
    return problem
  }
  try {
    const limits = { files: 1, fileSize: UPLOAD_MAX_BYTES, fields: FIELDS_MAX, fieldSize: FIELD_MAX_BYTES }
    for await (const part of request.parts({ limits, preservePath: false })) {
      if (part.type === 'field') fields[part.fieldname] = String(part.value)
      else if (part.fieldname !== 'file' || hasFile) {
        part.file.resume()
        return await refuse({ code: 'field_unknown', detail: 'one file, in the field file' })
      } else {
        hasFile = true
        await pipeline(part.file, sealTo(received.input))
        if (part.file.truncated) return await refuse(TOO_LARGE)
      }
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'FST_REQ_FILE_TOO_LARGE') return await refuse(TOO_LARGE)
    if (code.startsWith('FST_')) return await refuse({ code: 'request_invalid', detail: 'the form has too many parts' })
    // A form that ends before its end, or a connection that broke.
    await files.remove(received.batchId)
    if (request.raw.destroyed || error instanceof Error)
      return { code: 'request_invalid', detail: 'the form is broken' }
    throw error
  } finally {
    clearTimeout(tooSlow)
  }
  if (!hasFile) return await refuse({ code: 'batch_file_missing' })
  await files.sync(received.batchId)
  return { received, fields: { ...fields, file: '' } }
}

const TOO_LARGE: HttpProblem = { code: 'body_too_large', detail: 'a file has at most 20 MB' }

/** Where rows that came as JSON hold what. */
export const JSON_COLUMNS = { nameColumn: 1, numberColumn: 2 } as const

/** Rows that came as JSON, as a sheet like any other. */
export async function sealRows(rows: BatchRows['rows'], files: BatchFiles, at: number): Promise<Received> {
  const received = await newSheet(files, at)
  const titles = ['序号', '姓名', '身份证号码', '编号']
  const writer = createSheetWriter(received.input, {
    format: 'xlsx',
    sheetName: '名单',
    columns: titles.map((title) => ({ title, kind: 'text' as const })),
  })
  for (let from = 0; from < rows.length; from += ROWS_PER_WRITE) {
    const some = rows.slice(from, from + ROWS_PER_WRITE)
    await writer.write(
      some.map(({ name, number, reference = '' }, index) => ({
        // A row that says nothing else is a row all the same.
        cells: [String(from + index + 1), name, number, reference],
      })),
    )
  }
  await writer.finish()
  await files.sync(received.batchId)
  return received
}

async function newSheet(files: BatchFiles, at: number): Promise<Received> {
  const batchId = newId('bat', at)
  const key = BatchFiles.newKey()
  await files.create(batchId)
  return { batchId, key, input: files.input(batchId, key) }
}
