import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SEAL_KEY_BYTES, type SealedFile } from '@heyan/sheets'

const OWNER_ONLY = 0o700
const ID = /^bat_[0-9a-z]{26}$/

/** Where the files of batches lie: a directory for each, and nothing in it that its key does not open. */
export class BatchFiles {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  static newKey(): Buffer {
    return randomBytes(SEAL_KEY_BYTES)
  }

  async create(batchId: string): Promise<void> {
    await mkdir(this.#of(batchId), { recursive: true, mode: OWNER_ONLY })
  }

  /** The sheet as it was sent. */
  input(batchId: string, key: Uint8Array): SealedFile {
    return { path: join(this.#of(batchId), 'input'), key }
  }

  /** Answers of one run. */
  results(batchId: string, name: string): string {
    return join(this.#of(batchId), name)
  }

  /** A sheet of results on its way to somebody. */
  export(batchId: string, key: Uint8Array): SealedFile {
    return { path: join(this.#of(batchId), `export-${randomBytes(8).toString('hex')}`), key }
  }

  async removeExport({ path }: SealedFile): Promise<void> {
    await rm(path, { force: true })
  }

  /** Whether this machine has the sheet. */
  async has(batchId: string): Promise<boolean> {
    return stat(join(this.#of(batchId), 'input')).then(
      () => true,
      () => false,
    )
  }

  /** What was made in it is there after a loss of power, too. */
  async sync(batchId: string): Promise<void> {
    for (const directory of [this.#of(batchId), this.#root]) {
      const handle = await open(directory, 'r')
      await handle.sync()
      await handle.close()
    }
  }

  async remove(batchId: string): Promise<void> {
    await rm(this.#of(batchId), { recursive: true, force: true })
  }

  /** Every batch that has files here, with the moment they were made (epoch ms). */
  async list(): Promise<readonly { readonly id: string; readonly madeAt: number }[]> {
    const names = await readdir(this.#root).catch(() => [])
    const found = await Promise.all(
      names
        .filter((name) => ID.test(name))
        .map(async (id) => {
          const made = await stat(join(this.#root, id)).catch(() => null)
          return made === null ? [] : [{ id, madeAt: made.mtimeMs }]
        }),
    )
    return found.flat()
  }

  #of(batchId: string): string {
    if (!ID.test(batchId)) throw new Error('this is no id of a batch')
    return join(this.#root, batchId)
  }
}
