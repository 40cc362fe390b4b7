import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'
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

  constructor(file: SheetFile) {
    this.#path = typeof file === 'string' ? file : file.path
    this.#stream = typeof file === 'string' ? plainTo(file) : sealTo(file)
    this.#ended = finished(this.#stream)
    this.#ended.catch(() => {}) // Told by whoever writes or ends.
  }

  /** Resolves when there is room for more. */
  async write(bytes: Buffer): Promise<void> {
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

function plainTo(path: string): Writable {
  const opening = open(path, 'wx', OWNER_ONLY)
  opening.catch(() => {}) // Told by `construct`.
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
