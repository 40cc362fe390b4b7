import type { Services } from '../services.js'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const ROSTER_POLL_MS = 5_000
/** Rows a job works through before it lets others in. */
const EXPIRE_LIMIT = 1_000
const PURGE_LIMIT = 5_000

interface Job {
  readonly name: string
  /** Done by one node, however many there are; the others are each node's own. */
  readonly isShared?: true
  readonly everyMs: number
  run(services: Services): Promise<void>
}

/** What happens by itself. Each job goes on where it was left: none of them counts on having run before. */
const JOBS: readonly Job[] = [
  { name: 'write usage', everyMs: SECOND_MS, run: ({ usage }) => usage.flush() },
  { name: 'share rate limits', everyMs: SECOND_MS, run: ({ directory }) => directory.shareRates() },
  {
    name: 'serve the roster that every node shall serve',
    everyMs: ROSTER_POLL_MS,
    async run({ config, rosterEditions }) {
      if (config.databaseUrl !== null || !rosterEditions.isAlone) await rosterEditions.sync()
    },
  },
  { name: 'deliver events', everyMs: SECOND_MS, run: ({ outbox }) => outbox.deliverDue() },
  { name: 'go on with batches', everyMs: SECOND_MS, run: ({ batches }) => batches.runDue() },
  { name: 'destroy batches', everyMs: MINUTE_MS, run: ({ batches }) => batches.destroyExpired() },
  {
    name: 'announce what will expire',
    isShared: true,
    everyMs: HOUR_MS,
    async run({ store }) {
      await store.run('announceExpiring', undefined)
    },
  },
  {
    name: 'expire lots',
    isShared: true,
    everyMs: MINUTE_MS,
    async run({ store }) {
      while ((await store.expireLapsed(EXPIRE_LIMIT)) === EXPIRE_LIMIT);
    },
  },
  {
    name: 'forget what is past its time',
    isShared: true,
    everyMs: MINUTE_MS,
    async run({ store }) {
      while ((await store.run('purge', { limit: PURGE_LIMIT })) >= PURGE_LIMIT);
      while ((await store.run('purgeOutbox', { limit: PURGE_LIMIT })) >= PURGE_LIMIT);
    },
  },
  {
    name: 'add up the ledger',
    isShared: true,
    everyMs: MINUTE_MS,
    async run({ store }) {
      const problems = await store.check()
      if (problems.length > 0) store.emit('fatal', new Error(`the ledger does not add up: ${problems.join('; ')}`))
    },
  },
]

/** Starts the jobs; gives back what stops them and waits for those under way. */
export function startJobs(services: Services): () => Promise<void> {
  const underWay = new Map<Job, Promise<void>>()
  const timers = JOBS.map((job) =>
    setInterval(() => {
      if (underWay.has(job)) return
      const run = runWhereDue(job, services)
        .catch((error) => services.log.error(`the job "${job.name}" failed`, error))
        .finally(() => underWay.delete(job))
      underWay.set(job, run)
    }, job.everyMs).unref(),
  )
  return async () => {
    for (const timer of timers) clearInterval(timer)
    await Promise.all(underWay.values())
  }
}

async function runWhereDue(job: Job, services: Services): Promise<void> {
  if (job.isShared && !(await services.store.claim(job.name, job.everyMs))) return
  await job.run(services)
}
