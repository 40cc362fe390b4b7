import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { RosterError } from './roster-file.js'

const POINTER = 'roster-current'
const GENERATION = /^[0-9a-f]{16}$/
const CHECKPOINT = /^roster-([0-9a-f]{16})\.sqlite\.checkpoint$/
const OWNER_ONLY = 0o700

/**
 * Where a roster lives: `roster-<generation>.sqlite`, never changed once it bears that name, and `roster-current`, which
 * names the generation that serves. The pointer is replaced by a rename after everything it points to has been synced,
 * so a loss of power at any moment leaves the old roster or the new one. One process uses a directory at a time.
 */
export class RosterDirectory {
  readonly #path: string

  /** Makes the directory where there is none, and clears away what an import that was killed has left, unless it can be gone on with. */
  constructor(path: string) {
    this.#path = path
    mkdirSync(path, { recursive: true, mode: OWNER_ONLY })
    const serving = this.generation()
    const unfinished = this.unfinished()
    const keep = [POINTER, serving === null ? '' : `roster-${serving}.sqlite`]
    if (unfinished !== null) {
      const { spool, checkpoint } = workFiles(this.file(unfinished))
      keep.push(basename(spool), basename(checkpoint))
    }
    for (const entry of readdirSync(path)) {
      if (entry.startsWith('roster-') && !keep.includes(entry)) rmSync(join(path, entry), { force: true })
    }
  }

  /** The generation of an import that can be gone on with; null where there is none. */
  unfinished(): string | null {
    for (const entry of readdirSync(this.#path)) {
      const [, generation] = CHECKPOINT.exec(entry) ?? []
      if (generation !== undefined) return generation
    }
    return null
  }

  /** The generation that serves; null where nothing was ever imported. */
  generation(): string | null {
    try {
      const text = readFileSync(join(this.#path, POINTER), 'utf8').trim()
      if (!GENERATION.test(text)) throw new RosterError('damaged', join(this.#path, POINTER))
      return text
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
      throw error
    }
  }

  file(generation: string): string {
    return join(this.#path, `roster-${generation}.sqlite`)
  }

  /** From now on `generation` serves, also after a loss of power. Its file must have been synced. */
  async publish(generation: string): Promise<void> {
    const next = join(this.#path, `${POINTER}.next`)
    const file = await open(next, 'w', 0o600)
    try {
      await file.writeFile(`${generation}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(next, join(this.#path, POINTER))
    const directory = await open(this.#path, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  }

  /** Deletes what there is of a generation that does not serve. Open readers keep theirs. */
  async discard(generation: string): Promise<void> {
    for (const path of Object.values(workFiles(this.file(generation)))) await rm(path, { force: true })
    await rm(this.file(generation), { force: true })
  }
}

/** The files an import works in before its roster bears the final name. */
export interface WorkFiles {
  readonly building: string
  readonly spool: string
  /** How far the import is: where it is there, the import can be gone on with. */
  readonly checkpoint: string
  /** A workbook, sealed, for as long as it is read. */
  readonly upload: string
}

export function workFiles(rosterFile: string): WorkFiles {
  return {
    building: `${rosterFile}.building`,
    spool: `${rosterFile}.spool`,
    checkpoint: `${rosterFile}.checkpoint`,
    upload: `${rosterFile}.upload`,
  }
}
