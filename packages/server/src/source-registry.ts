import type { Attempt, Source, SourceAnswer, SubjectQuestion } from '@heyan/core'
import {
  type BreakerState,
  type GuardedSource,
  guard,
  type LateAnswer,
  type RouteEntry,
  router,
  type SourceAlert,
  type SourceHealth,
} from '@heyan/sources'
import type { DescribedSource, Store } from '@heyan/store'
import { VERIFY_BUDGET_MS } from './limits.js'
import type { Log } from './log.js'
import type { SourcePolicy } from './source-policy.js'
import { type SourceCounts, SourceTallies } from './source-tally.js'

export interface SourceRegistryParts {
  readonly store: Pick<Store, 'run'>
  /** Asked alone where no other source is enabled: it answers for the people it holds, and for nobody else's. */
  readonly roster: Source
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  /** Epoch ms. */
  readonly now: () => number
  readonly policy: SourcePolicy
}

/** Watches what sources do; learns nothing of any person, nor which verdict it was. */
export interface SourceObserver {
  attempted(attempt: Attempt): void
  late(late: LateAnswer): void
  /** `at`: epoch ms. */
  alerted(alert: SourceAlert, at: number): void
}

/** A source that cannot work as it is described; the message names the setting, never its value. */
export class SourceDescriptionError extends Error {}

export interface RegisteredHealth extends SourceCounts {
  /** `disabled`: not on the route. `invalid`: enabled, and left out because it cannot work as it is described. */
  readonly state: BreakerState | 'disabled' | 'invalid'
  /** Why it is left out. */
  readonly problem: string | null
  readonly active: number
}

export interface SourceTest {
  readonly answer: SourceAnswer
  /** What the supplier calls it: its bill may name it, and no attempt of a call's does. */
  readonly reference: string | null
}

type Description = Pick<DescribedSource, 'kind' | 'name' | 'settings' | 'secrets' | 'timeoutMs'>

interface Opened {
  /** What it was opened from: where that is the same, it is kept, with its connections and its breaker. */
  readonly description: string
  readonly source: GuardedSource
}

/** Names that mean something else where sources are named. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['roster', 'sandbox', 'route'])
/** By then every call that began before a change has ended. */
const RETIRE_AFTER_MS = VERIFY_BUDGET_MS * 2

/**
 * What live applications ask: the sources an operator has enabled, each guarded, by priority and weight, and the roster among
 * them where it has been given a priority. With none enabled it is the roster itself, with nothing in between. A change is
 * taken up at once; calls under way end with the sources they began with.
 */
export class SourceRegistry {
  readonly #parts: SourceRegistryParts
  readonly #tallies = new SourceTallies()
  readonly #observers: SourceObserver[] = [this.#tallies]
  readonly #retired = new Map<NodeJS.Timeout, GuardedSource>()
  #current: Source
  #opened: ReadonlyMap<string, Opened> = new Map()
  #problems: ReadonlyMap<string, string> = new Map()
  #lastReload: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(parts: SourceRegistryParts) {
    this.#parts = parts
    this.#current = parts.roster
  }

  /** The source in use: a call asks one and the same from its beginning to its end. */
  get current(): Source {
    return this.#current
  }

  /** Takes up what the store says now; one after the other. A source that cannot be opened is told and left out. */
  reload(): Promise<void> {
    const reloaded = this.#lastReload.then(() => this.#takeUp())
    this.#lastReload = reloaded.catch(() => undefined)
    return reloaded
  }

  /** Tells somebody else of what the sources do, from now on. */
  watch(observer: SourceObserver): void {
    this.#observers.push(observer)
  }

  /** Those on the route, as they are now. */
  onRoute(): (SourceHealth & { readonly name: string })[] {
    return [...this.#opened.values()].map(({ source }) => ({ name: source.name, ...source.health() }))
  }

  health(sourceId: string, name: string): RegisteredHealth {
    const counts = this.#tallies.of(name)
    const opened = this.#opened.get(sourceId)
    const problem = this.#problems.get(sourceId) ?? null
    if (opened === undefined) return { ...counts, state: problem === null ? 'disabled' : 'invalid', problem, active: 0 }
    const { breaker: state, active } = opened.source.health()
    return { ...counts, state, problem, active }
  }

  rosterCounts(): SourceCounts {
    return this.#tallies.of(this.#parts.roster.name)
  }

  /** Whether a description can work. Throws `SourceDescriptionError` where it cannot. */
  async check(described: Description): Promise<void> {
    await (await this.#open(described)).close()
  }

  /** Asks one source, enabled or not; nobody is charged. Null where there is none such. */
  async test(sourceId: string, subject: SubjectQuestion, callId: string): Promise<SourceTest | null> {
    const described = await this.#parts.store.run('describedSources', undefined)
    const found = described.find(({ id }) => id === sourceId)
    if (found === undefined) return null
    const source = await this.#open(found)
    let reference: string | null = null
    const refer = (given: string): void => {
      reference = given
    }
    try {
      const answer = await source.ask(subject, { callId, deadlineMs: performance.now() + VERIFY_BUDGET_MS, refer })
      return { answer, reference }
    } finally {
      await source.close()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#lastReload
    for (const timer of this.#retired.keys()) clearTimeout(timer)
    const sources = [...this.#retired.values(), ...[...this.#opened.values()].map(({ source }) => source)]
    await Promise.all(sources.map((source) => source.close()))
  }

  async #takeUp(): Promise<void> {
    const { store, roster, log, policy } = this.#parts
    const [described, rosterPriority] = await Promise.all([
      store.run('describedSources', undefined),
      store.run('readRosterPriority', undefined),
    ])
    if (this.#isClosed) return
    const opened = new Map<string, Opened>()
    const problems = new Map<string, string>()
    const entries: RouteEntry[] = []
    for (const each of described.filter(({ status }) => status === 'enabled')) {
      try {
        const taken = await this.#openOrKeep(each)
        opened.set(each.id, taken)
        entries.push(entryOf(each, taken.source))
      } catch (error) {
        const problem = error instanceof SourceDescriptionError ? error.message : 'it cannot be opened'
        problems.set(each.id, problem)
        log.warn('a source is left out: it cannot work as it is described', { source: each.name, problem })
      }
    }
    const before = this.#opened
    this.#opened = opened
    this.#problems = problems
    if (rosterPriority !== null && entries.length > 0) entries.push({ source: roster, priority: rosterPriority })
    this.#current =
      entries.length === 0
        ? roster
        : router('route', entries, {
            maxAttempts: policy.maxAttempts,
            onAttempt: (attempt) => {
              for (const observer of this.#observers) observer.attempted(attempt)
            },
          })
    for (const [id, { source }] of before) if (opened.get(id)?.source !== source) this.#retire(source)
  }

  /** A call takes the source in use before it holds its quota and asks only then: what is idle now may still be asked. */
  #retire(source: GuardedSource): void {
    const timer = setTimeout(() => {
      this.#retired.delete(timer)
      void source.close()
    }, RETIRE_AFTER_MS)
    timer.unref()
    this.#retired.set(timer, source)
  }

  async #openOrKeep(described: DescribedSource): Promise<Opened> {
    const { id, kind, name, settings, secrets, timeoutMs } = described
    const description = JSON.stringify({ kind, name, settings, secrets, timeoutMs })
    const known = this.#opened.get(id)
    return known?.description === description ? known : { description, source: await this.#open(described) }
  }

  async #open({ kind, name, settings, secrets, timeoutMs }: Description): Promise<GuardedSource> {
    if (RESERVED_NAMES.has(name))
      throw new SourceDescriptionError(`source.name: expected none of ${[...RESERVED_NAMES].join(', ')}`)
    // An HTTP client comes along with these: a server that asks its roster only need not load it.
    const { openUpstream, ConfigurationError } = await import('@heyan/sources/upstreams')
    const { now, policy, log } = this.#parts
    try {
      const upstream = openUpstream({ kind, name, settings, secrets }, { allowPrivate: policy.allowPrivate, now })
      return guard(upstream, {
        ...(timeoutMs === null ? {} : { timeoutMs }),
        onLateAnswer: (late) => {
          for (const observer of this.#observers) observer.late(late)
          log.info('an answer came too late', { source: late.source, callId: late.callId })
        },
        onAlert: (alert) => this.#alert(alert),
      })
    } catch (error) {
      if (error instanceof ConfigurationError) throw new SourceDescriptionError(error.message)
      throw error
    }
  }

  /** Somebody is told: whoever reads the log, and whoever takes events from the outbox. */
  #alert(alert: SourceAlert): void {
    const { store, log, now } = this.#parts
    const { source, reason, code } = alert
    for (const observer of this.#observers) observer.alerted(alert, now())
    log.warn('a source needs to be looked at', { source, reason, code })
    store
      .run('enqueue', { accountId: null, kind: 'source.alert', payload: { source, reason, code } })
      .catch((error: unknown) => log.error('an alert could not be kept', error, { source }))
  }
}

function entryOf(described: DescribedSource, source: GuardedSource): RouteEntry {
  const { priority, weight, costCentifen, noRecordCostCentifen, secondQuestion } = described
  return {
    source,
    priority,
    weight,
    priceFen: costCentifen / 100,
    ...(noRecordCostCentifen === null ? {} : { noRecordPriceFen: noRecordCostCentifen / 100 }),
    secondQuestion,
  }
}
