import type { Actor, Reading, Work } from './context.js'
import { readSetting, writeSetting } from './settings.js'

const KEY = 'roster.edition'

/** The roster that every node shall serve: which it is, and how its file is known. The file itself is not in the store. */
export interface RosterEdition {
  readonly generation: string
  /** Of the file, in hexadecimal digits. */
  readonly sha256: string
  readonly bytes: number
  /** People on the list. */
  readonly count: number
  readonly madeAtMs: number
}

export async function readRosterEdition(reading: Pick<Reading, 'db'>): Promise<RosterEdition | null> {
  const text = await readSetting(reading, KEY)
  return text === null ? null : (JSON.parse(text) as RosterEdition)
}

/** Makes an edition the one to serve, unless a later one is. Gives the one that is. */
export async function publishRosterEdition(
  work: Work,
  { actor, edition }: { readonly actor: Actor; readonly edition: RosterEdition },
): Promise<RosterEdition> {
  const before = await readRosterEdition(work)
  if (before !== null && (before.madeAtMs > edition.madeAtMs || before.generation === edition.generation)) return before
  await writeSetting(work, { key: KEY, value: JSON.stringify(edition) })
  await work.record({
    actor,
    action: 'roster.publish',
    object: 'roster',
    accountId: null,
    before: before && { ...before },
    after: { ...edition },
  })
  return edition
}
