import { type FileHandle, open } from 'node:fs/promises'
import { type ByteSource, readFully } from './byte-source.js'
import { openSealed, type SealedFile } from './sealed-file.js'

/** Where a sheet lies: a path, or a path and the key that what lies there is sealed with. */
export type SheetFile = string | SealedFile

export async function openBytes(file: SheetFile): Promise<ByteSource> {
  const handle = await open(typeof file === 'string' ? file : file.path, 'r')
  try {
    return typeof file === 'string' ? await plain(handle) : await openSealed(handle, file.key)
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function plain(handle: FileHandle): Promise<ByteSource> {
  const { size } = await handle.stat()
  return {
    size,
    read: (at, length) => readFully(handle, at, length),
    close: () => handle.close(),
  }
}
