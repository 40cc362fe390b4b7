import { type Source, type SourceAnswer, type SubjectQuestion, unavailable } from '@heyan/core'
import { guard, router } from '@heyan/sources'
import type { DescribedSource, Store } from '@heyan/store'
import { VERIFY_BUDGET_MS } from './limits.js'
import type { Log } from './log.js'

export interface SourceRegistryParts {
  readonly store: Pick<Store, 'run'>
  /** Asked where no other source is enabled: it answers for the people it holds, and for nobody else's. */
  readonly roster: Source
  readonly log: Pick<Log, 'warn'>
  readonly now: () => number
  /** Whether sources may be at private addresses: never from a console. */
  readonly isPrivateAllowed?: boolean
}

/** A source that cannot work as it is described; the message names the setting, never its value. */
export class SourceDescriptionError extends Error {}

/**
 * What live applications ask: the sources an operator has enabled, each guarded, by priority and weight; the roster where
 * there are none. A change is taken up at once, and calls under way end with the sources they began with.
 */
export class SourceRegistry {
  readonly #parts: SourceRegistryParts
  #current: Source
  #opened: readonly Source[] = []

  constructor(parts: SourceRegistryParts) {
    this.#parts = parts
    this.#current = parts.roster
  }

  /** The source in use: a call asks one and the same from its beginning to its end. */
  get current(): Source {
    return this.#current
  }

  async close(): Promise<void> {
    for (const source of this.#opened) await source.close()
  }

  /** Takes up what the store says now. A source that cannot be opened is told and left out. */
  async reload(): Promise<void> {
    const { store, roster, log } = this.#parts
    const described = await store.run('describedSources', undefined)
    const entries = []
    for (const each of described.filter(({ status }) => status === 'enabled')) {
      try {
        const { priority, weight, costCentifen } = each
        entries.push({ source: await this.#open(each), priority, weight, priceFen: costCentifen / 100 })
      } catch (error) {
        log.warn('a source is left out: it cannot work as it is described', {
          source: each.name,
          reason: error instanceof Error ? error.message : String(error),
        })
      }
    }
    const before = this.#opened
    this.#opened = entries.map(({ source }) => source)
    this.#current = entries.length === 0 ? roster : router('route', entries)
    if (before.length === 0) return
    setTimeout(() => {
      for (const source of before) void source.close()
    }, VERIFY_BUDGET_MS * 2).unref()
  }

  /** Whether a description can work. Throws `SourceDescriptionError` where it cannot. */
  async check(described: Pick<DescribedSource, 'kind' | 'name' | 'settings' | 'secrets'>): Promise<void> {
    await (await this.#open(described)).close()
  }

  /** Asks one source, enabled or not; nobody is charged. Null where there is none such. */
  async test(sourceId: string, subject: SubjectQuestion, callId: string): Promise<SourceAnswer | null> {
    const described = await this.#parts.store.run('describedSources', undefined)
    const found = described.find(({ id }) => id === sourceId)
    if (found === undefined) return null
    const source = await this.#open(found)
    try {
      return await source.ask(subject, { callId, deadlineMs: performance.now() + VERIFY_BUDGET_MS })
    } catch {
      return unavailable('fault')
    } finally {
      await source.close()
    }
  }

  async #open({
    kind,
    name,
    settings,
    secrets,
  }: Pick<DescribedSource, 'kind' | 'name' | 'settings' | 'secrets'>): Promise<Source> {
    // An HTTP client comes along with these: a server that asks its roster only need not load it.
    const { openUpstream, ConfigurationError } = await import('@heyan/sources/upstreams')
    const { now, isPrivateAllowed = false, log } = this.#parts
    try {
      const upstream = openUpstream({ kind, name, settings, secrets }, { allowPrivate: isPrivateAllowed, now })
      return guard(upstream, {
        onAlert: ({ source, reason, code }) => log.warn('a source needs to be looked at', { source, reason, code }),
      })
    } catch (error) {
      if (error instanceof ConfigurationError) throw new SourceDescriptionError(error.message)
      throw error
    }
  }
}
