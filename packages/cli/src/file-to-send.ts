import { createReadStream, type ReadStream, statSync } from 'node:fs'
import { AdminError } from './admin-client.js'

export interface FileToSend {
  readonly size: number
  /** What `hash` can be made of beforehand: a pipe can be read only once. */
  readonly isFile: boolean
  open(from?: number): ReadStream
}

/** A file that is there, with its size; told in words where it is not. */
export function fileToSend(path: string): FileToSend {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new AdminError('file_missing', `there is no file ${path}`)
  // A pipe is as good as a file: its size is not known.
  if (found.isDirectory()) throw new AdminError('file_invalid', `${path} is a directory, not a file`)
  return {
    size: found.size,
    isFile: found.isFile(),
    open: (from = 0) => createReadStream(path, from === 0 ? {} : { start: from }),
  }
}
