import { once } from 'node:events'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { sealTo } from '../files/sealed-file.js'
import type { SheetFile } from '../files/sheet-file.js'

const OWNER_ONLY = 0o600

/** Bytes on their way to a file that did not exist before, plain or sealed. */
export class Output {
  readonly #path: string
  readonly #stream: Writable
  readonly #ended: Promise<void>
  /** The file is there, and ours; or it could not be made, which `ended` tells. */
  readonly #opened: Promise<unknown>

  constructor(file: SheetFile) {
    this.#path = typeof file === 'string' ? file : file.path
    const opening = typeof file === 'string' ? open(file, 'wx', OWNER_ONLY) : null
    this.#opened = opening?.catch(() => {}) ?? Promise.resolve()
    this.#stream = opening === null ? sealTo(file as Exclude<SheetFile, string>) : plainTo(opening)
    this.#ended = finished(this.#stream)
    this.#ended.catch(() => {}) // Told by whoever writes or ends.
  }

  /** Resolves when there is room for more. */
  async write(bytes: Buffer): Promise<void> {
    await this.#opened
    if (this.#stream.errored !== null) return this.#ended
    if (!this.#stream.write(bytes)) await Promise.race([once(this.#stream, 'drain'), this.#ended])
  }

  /** Resolves once all is synced. */
  async end(): Promise<void> {
    this.#stream.end()
    await this.#ended
  }

  async abort(): Promise<void> {
    this.#stream.destroy()
    const isOurs = await this.#ended.then(
      () => true,
      (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'EEXIST'),
    )
    if (isOurs) await rm(this.#path, { force: true })
  }
}

function plainTo(opening: Promise<FileHandle>): Writable {
  const settle = (step: Promise<unknown>, done: (error?: Error | null) => void): void => {
    step.then(
      () => done(),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    )
  }
  return new Writable({
    construct: (done) => settle(opening, done),
    write: (bytes: Buffer, _encoding, done) =>
      settle(
        opening.then((handle) => handle.appendFile(bytes)),
        done,
      ),
    final: (done) =>
      settle(
        opening.then((handle) => handle.sync()),
        done,
      ),
    destroy: (error, done) =>
      settle(
        opening.then(
          (handle) => handle.close(),
          () => {},
        ),
        (failed) => done(error ?? failed ?? null),
      ),
  })
}
