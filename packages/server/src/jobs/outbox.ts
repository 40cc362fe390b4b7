import type { Delivery, OutboxEvent, Store } from '@heyan/store'
import type { Log } from '../log.js'

/** Deliveries under way at a time. */
const BATCH = 20
/** How long a delivery is ours; a consumer that takes longer has failed. */
const LEASE_MS = 60_000
const CONSUME_MAX_MS = 30_000
const FIRST_RETRY_MS = 1_000
const RETRY_FACTOR = 4
const RETRY_MAX_MS = 6 * 3_600_000
/** Of a delay, up or down: so that what failed together does not come back together. */
const JITTER = 0.2
/** How long a delivery is tried in all. */
const GIVE_UP_MS = 3 * 86_400_000

/** Takes events inside this process, to send them somewhere: a webhook, a mail, an alert. */
export interface OutboxConsumer {
  /** Stays the same for ever: what is on its way is addressed to it. */
  readonly name: string
  wants(kind: string): boolean
  /** Rejects where it failed, and is asked again later. An event may come twice, under one id. */
  consume(event: OutboxEvent, signal: AbortSignal): Promise<void>
}

export interface OutboxParts {
  readonly store: Pick<Store, 'run'>
  readonly log: Pick<Log, 'warn' | 'error'>
  readonly now: () => number
  readonly consumers?: readonly OutboxConsumer[]
  /** From 0 up to 1. */
  readonly random?: () => number
}

/**
 * Brings events from the outbox to their consumers, each at least once: an event becomes one delivery for each consumer, and
 * each delivery is leased, tried, and tried again later by itself. A process that dies in between loses its leases, and
 * nothing else.
 */
export class OutboxWorker {
  readonly #parts: OutboxParts
  readonly #consumers = new Map<string, OutboxConsumer>()

  constructor(parts: OutboxParts) {
    this.#parts = parts
    for (const consumer of parts.consumers ?? []) this.register(consumer)
  }

  register(consumer: OutboxConsumer): void {
    if (this.#consumers.has(consumer.name)) throw new Error(`two consumers are called ${consumer.name}`)
    this.#consumers.set(consumer.name, consumer)
  }

  /** Works until nothing is due. */
  async deliverDue(): Promise<void> {
    const { store } = this.#parts
    while (await store.run('isOutboxDue', undefined)) {
      const deliveries = await store.run('leaseOutbox', { limit: BATCH, leaseMs: LEASE_MS })
      await Promise.all(deliveries.map((delivery) => this.#deliver(delivery)))
    }
  }

  async #deliver({ deliveryId, consumer, event, attempt }: Delivery): Promise<void> {
    const { store, log, now } = this.#parts
    if (consumer === null) {
      const consumers = [...this.#consumers.values()].filter((each) => each.wants(event.kind)).map(({ name }) => name)
      await store.run('fanOut', { deliveryId, consumers })
      return
    }
    const registered = this.#consumers.get(consumer)
    if (registered === undefined) {
      await store.run('abandonDelivery', { deliveryId, reason: 'there is no such consumer any more' })
      return
    }
    try {
      await within(CONSUME_MAX_MS, (signal) => registered.consume(event, signal))
      await store.run('finishDelivery', { deliveryId })
    } catch (error) {
      const runAt = now() + this.#delayMs(attempt)
      if (runAt - event.at > GIVE_UP_MS) {
        log.error('an event could not be delivered and is given up', error, { deliveryId, attempt })
        await store.run('abandonDelivery', { deliveryId, reason: 'tried for too long' })
      } else {
        log.warn('an event could not be delivered and will be tried again', { deliveryId, attempt, runAt })
        await store.run('retryDelivery', { deliveryId, runAt })
      }
    }
  }

  #delayMs(attempt: number): number {
    const { random = Math.random } = this.#parts
    const delay = Math.min(RETRY_MAX_MS, FIRST_RETRY_MS * RETRY_FACTOR ** (attempt - 1))
    return Math.round(delay * (1 + JITTER * (2 * random() - 1)))
  }
}

/** Rejects after `ms`, whatever the work does; the signal tells it so. */
async function within(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      abort.abort()
      reject(new Error('the consumer took too long'))
    }, ms)
  })
  try {
    await Promise.race([work(abort.signal), tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** Every event as a line of the log, for whoever watches that. */
export function logConsumer(log: Pick<Log, 'info'>): OutboxConsumer {
  return {
    name: 'log',
    wants: () => true,
    async consume({ id, kind, accountId }) {
      log.info('event', { id, kind, accountId })
    },
  }
}
