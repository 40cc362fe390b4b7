import type { Actor, Reading, Work } from './context.js'
import { readSetting, writeSetting } from './settings.js'

const KEY = 'site'

/** What an operator decides about the pages, by name. What was never decided, or was taken back, is absent. */
export type SiteSettings = Readonly<Record<string, string>>

export async function readSite(reading: Pick<Reading, 'db'>): Promise<SiteSettings> {
  const text = await readSetting(reading, KEY)
  return text === null ? {} : (JSON.parse(text) as SiteSettings)
}

export interface SiteChange {
  readonly actor: Actor
  /** Null takes one back. */
  readonly set: Readonly<Record<string, string | null>>
}

/** Gives what is decided afterwards. */
export async function changeSite(work: Work, { actor, set }: SiteChange): Promise<SiteSettings> {
  const before = await readSite(work)
  const after: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...before, ...set })) if (value !== null) after[name] = value
  await writeSetting(work, { key: KEY, value: JSON.stringify(after) })
  await work.record({ actor, action: 'site.change', object: 'site', accountId: null, before, after })
  return after
}
