import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EditionFile, Roster } from '@heyan/sources'
import type { Store } from '@heyan/store'
import { ROSTER_TIMEOUT_MS } from './limits.js'
import type { Log } from './log.js'

const SHARED = /^roster-[0-9a-f]{16}\.sqlite$/
const OWNER_ONLY = 0o700

export interface RosterEditionsParts {
  readonly store: Store
  readonly roster: Roster
  /** A directory that all nodes see. Null: there is none. */
  readonly sharedDir: string | null
  /** Addresses of other nodes, this one's own among them or not. */
  readonly peers: readonly string[]
  readonly operatorToken: string
  readonly log: Log
}

type Bytes = AsyncIterable<Uint8Array>

/**
 * One roster for all nodes. The store says which edition is to be served; a node that serves another gets its file from the
 * shared directory or from another node, verifies it, and puts it in the place of its own. A node that cannot get it goes on
 * with what it has, and says so. Among editions the one made last counts.
 */
export class RosterEditions {
  readonly #parts: RosterEditionsParts
  #told: string | null = null
  #underWay: Promise<void> = Promise.resolve()

  constructor(parts: RosterEditionsParts) {
    this.#parts = parts
  }

  /** Whether there is anywhere else a list could come from or go to. */
  get isAlone(): boolean {
    const { sharedDir, peers } = this.#parts
    return sharedDir === null && peers.length === 0
  }

  /** Brings this node and the store to the same edition. One at a time. */
  sync(actor = 'node'): Promise<void> {
    const next = this.#underWay.then(() => this.#sync(actor))
    this.#underWay = next.catch(() => {})
    return next
  }

  async #sync(actor: string): Promise<void> {
    const { store, roster } = this.#parts
    const wanted = await store.run('readRosterEdition', undefined)
    const serving = roster.state()
    if (serving !== null && (wanted === null || serving.importedAtMs > wanted.madeAtMs)) {
      const own = await roster.edition()
      if (own === null) return
      await this.#share(own)
      await store.run('publishRosterEdition', { actor, edition: own })
      return
    }
    if (wanted !== null && wanted.generation !== serving?.generation) await this.#take(wanted)
  }

  async #take(wanted: EditionFile): Promise<void> {
    const { roster, log } = this.#parts
    for await (const bytes of this.#places(wanted)) {
      const outcome = await roster.adopt(wanted, bytes).catch(() => 'broken' as const)
      if (outcome === 'adopted') {
        log.info('a roster that another node has made is served', {
          count: wanted.count,
          generation: wanted.generation,
        })
        return
      }
      if (outcome === 'busy') return
    }
    if (this.#told === wanted.generation) return
    this.#told = wanted.generation
    log.warn('the roster that every node shall serve is not to be had: set ROSTER_SHARED_DIR or ROSTER_PEERS', {
      generation: wanted.generation,
    })
  }

  /** Where the file may be, one after the other. */
  async *#places({ generation }: EditionFile): AsyncGenerator<Bytes> {
    const { sharedDir, peers, operatorToken } = this.#parts
    if (sharedDir !== null) yield fileBytes(this.#sharedFile(sharedDir, generation))
    for (const peer of peers) {
      try {
        const response = await fetch(`${peer}/admin/v1/roster/editions/${generation}`, {
          headers: { authorization: `Bearer ${operatorToken}` },
          redirect: 'error',
          signal: AbortSignal.timeout(ROSTER_TIMEOUT_MS),
        })
        if (response.status === 200 && response.body !== null) yield response.body
        else await response.body?.cancel()
      } catch {
        // Another node may have it.
      }
    }
  }

  /** Lays this node's file where all nodes see it, whole or not at all; older ones go. */
  async #share({ generation }: EditionFile): Promise<void> {
    const { sharedDir, roster } = this.#parts
    const own = roster.editionPath(generation)
    if (sharedDir === null || own === null) return
    await mkdir(sharedDir, { recursive: true, mode: OWNER_ONLY })
    const target = this.#sharedFile(sharedDir, generation)
    await copyFile(own, `${target}.next`)
    const file = await open(`${target}.next`, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${target}.next`, target)
    for (const other of await readdir(sharedDir)) {
      if (SHARED.test(other) && join(sharedDir, other) !== target) await rm(join(sharedDir, other), { force: true })
    }
  }

  #sharedFile(directory: string, generation: string): string {
    return join(directory, `roster-${generation}.sqlite`)
  }
}

/** Opened when it is read: one that is not there is no error before. */
async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path)
}
