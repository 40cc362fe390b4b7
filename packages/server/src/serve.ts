import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import type { Source } from '@heyan/core'
import { openRoster, sandbox } from '@heyan/sources'
import { keysOf, readMasterKey, Store } from '@heyan/store'
import type { FastifyInstance } from 'fastify'
import { addressOf, buildApp } from './app.js'
import { Batches } from './batches/batches.js'
import { FairLedger } from './calls/fair-ledger.js'
import { checkCertificate } from './certificates.js'
import { type Config, SettingError } from './config.js'
import { type DemoCredentials, openDemo } from './demo.js'
import { Directory } from './directory.js'
import { HeldConnections } from './gateway/held-connections.js'
import { logConsumer, OutboxWorker } from './jobs/outbox.js'
import { startJobs } from './jobs/schedule.js'
import type { Lifecycle } from './lifecycle.js'
import { DRAIN_MAX_MS, DRAIN_NOTICE_MS, DRAIN_SILENCE_MS, LISTEN_BACKLOG } from './limits.js'
import { type Log, openLog } from './log.js'
import { keepOperatorToken, operatorTokenOf } from './operator-token.js'
import { operatorTokenFile } from './operator-token-file.js'
import { RegionTables } from './region-table.js'
import { RosterEditions } from './roster-editions.js'
import { OPEN_SCREEN, type Screen } from './screen.js'
import type { Services } from './services.js'
import { readSourcePolicy, type SourcePolicy } from './source-policy.js'
import { SourceRegistry } from './source-registry.js'
import type { DoorObserver, DoorParts } from './telemetry/door-metrics.js'
import { UsageMeter } from './usage-meter.js'

const PRIVATE_DIRECTORY_MODE = 0o700

export interface ServerParts {
  readonly log?: Log
  /** Asked for live applications instead of the roster. */
  readonly source?: Source
  readonly screen?: Screen
  /** Goes before `sources.json`. */
  readonly sourcePolicy?: Partial<SourcePolicy>
  readonly now?: () => number
  /** How long connections are told to close before nobody is let in any more. */
  readonly drainNoticeMs?: number
}

export interface RunningServer {
  readonly app: FastifyInstance
  readonly services: Services
  /** Where it can be reached from this machine. */
  readonly url: string
  readonly tokenFile: string
  /** Where `/metrics` is; null without. */
  readonly metricsPort: number | null
  /** Null without a demo. */
  readonly demo: DemoCredentials | null
  /** Finishes what is under way, then closes everything. Resolves within `DRAIN_MAX_MS` and a little. */
  close(): Promise<void>
}

/** Opens what must be opened, in order, and listens. Throws what stands in the way, after closing what was open. */
export async function startServer(config: Config, parts: ServerParts = {}): Promise<RunningServer> {
  const log = parts.log ?? openLog(config.logLevel)
  const now = parts.now ?? Date.now
  prepareDirectory(config.dataDir)
  if (config.tls !== null) checkCertificate(config.tls)
  const master = masterKeyOf(config)
  const keys = keysOf(master)
  const operatorToken = operatorTokenOf(keys)
  const sourcePolicy = { ...readSourcePolicy(config.dataDir), ...parts.sourcePolicy }
  const closers: (() => Promise<void> | void)[] = []
  const closeAll = async () => {
    const failures: unknown[] = []
    // One that fails must not keep the next from giving up its lock.
    for (const close of closers.splice(0).reverse()) {
      await Promise.resolve(close()).catch((error: unknown) => failures.push(error))
    }
    log.flush()
    if (failures.length > 0) throw failures[0]
  }
  try {
    const store = await openStore(config, master, now)
    closers.push(() => store.close())
    if (store.opened.recovered > 0)
      log.warn('calls held by a process that ended were given back', { calls: store.opened.recovered })
    keepOperatorToken(config.dataDir, operatorToken)
    const roster = openRoster({ directory: join(config.dataDir, 'roster'), key: keys.derive('roster'), now })
    closers.push(() => roster.close())
    const demo = config.isDemo ? await openDemo(store, roster) : null

    const { rosterSharedDir: sharedDir, rosterPeers: peers } = config
    const rosterEditions = new RosterEditions({ store, roster, sharedDir, peers, operatorToken, log })

    await store.run('ensureDefaultPlans', undefined)
    const sources = new SourceRegistry({ store, roster: roster.source, log, now, policy: sourcePolicy })
    await sources.reload()
    closers.push(() => sources.close())
    store.on('sources', () => {
      sources.reload().catch((error: unknown) => log.error('the sources could not be taken up', error))
    })

    if (config.traceEndpoint !== null) {
      const { sourceSpans } = await import('./telemetry/source-spans.js')
      const spans = sourceSpans(config.traceEndpoint)
      sources.watch(spans.observer)
      closers.push(() => spans.close())
    }
    const lifecycle: Lifecycle = { isDraining: false, inFlight: 0 }
    const ledger: FairLedger = new FairLedger(store, { onTurnEnd: (accountId) => door.inviteOne(accountId) })
    const door = new HeldConnections({ lineOf: (accountId) => ledger.lineOf(accountId) })
    const metrics =
      config.metricsPort === null
        ? null
        : await metricsOn(config.metricsPort, config.host, sources, {
            pressure: () => ledger.pressure,
            inFlight: () => lifecycle.inFlight,
            totals: () => store.run('readTotals', undefined),
          })
    if (metrics !== null) {
      closers.push(() => metrics.close())
      store.on('batch', metrics.observer.batch)
    }

    const services: Services = {
      config,
      keys,
      store,
      ledger,
      door,
      directory: new Directory(store, keys),
      roster,
      rosterEditions,
      regions: new RegionTables(config.dataDir),
      sources,
      get source() {
        return parts.source ?? sources.current
      },
      sandbox: sandbox(),
      screen: parts.screen ?? OPEN_SCREEN,
      usage: new UsageMeter(store),
      outbox: new OutboxWorker({ store, log, now, consumers: [logConsumer(log)] }),
      get batches() {
        return batches
      },
      log: metrics === null ? log : observed(log, metrics.observer),
      operatorToken,
      now,
      lifecycle,
    }
    const batches = new Batches(services)
    closers.push(async () => {
      if (!store.isUsable) return
      await services.usage.flush()
      await store.check()
    })
    const app = await buildApp(services)
    const connections = openConnections(app)
    await listen(app, config)
    closers.push(() => app.close())
    closers.push(() => batches.close())
    closers.push(startJobs(services))
    return {
      app,
      services,
      url: addressOf(app, config.host),
      tokenFile: operatorTokenFile(config.dataDir),
      metricsPort: metrics?.port ?? null,
      demo,
      close: async () => {
        await drain(app, services, connections, parts.drainNoticeMs ?? DRAIN_NOTICE_MS)
        await closeAll()
      },
    }
  } catch (error) {
    // What stood in the way first is what is told.
    await closeAll().catch(() => undefined)
    throw error
  }
}

async function openStore(config: Config, master: Buffer, now: () => number): Promise<Store> {
  const { databaseFile, databaseUrl } = config
  if (databaseFile !== null) return Store.open({ file: databaseFile, lockFile: `${databaseFile}.lock`, master, now })
  if (databaseUrl === null) throw new Error('there is no place for the store')
  try {
    return await Store.open({ url: databaseUrl, master, now })
  } catch (error) {
    // Without the address, which may hold a password.
    throw new SettingError(`DATABASE_URL: the store cannot be opened: ${messageOf(error)}`)
  }
}

/** The connections of a listener, for as long as they are open. */
function openConnections(app: FastifyInstance): ReadonlySet<Socket> {
  const connections = new Set<Socket>()
  app.server.on('setSecureContext' in app.server ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  return connections
}

/**
 * First every answer tells its connection that it will close, so that callers go elsewhere by themselves. Then nobody new is let
 * in, and what is under way is answered. A connection that has not said a word after that, or is not done in time, is cut off.
 */
async function drain(
  app: FastifyInstance,
  { lifecycle, door }: Services,
  connections: ReadonlySet<Socket>,
  noticeMs: number,
): Promise<void> {
  lifecycle.isDraining = true
  door.open()
  const begun = performance.now()
  const until = begun + DRAIN_MAX_MS
  app.server.prependListener('request', (_request: unknown, response: ServerResponse) =>
    response.setHeader('Connection', 'close'),
  )
  // Where nobody is connected there is nobody to tell. Where somebody was, the time is given whole: a proxy whose connections were
  // all closed just now comes back with the next request, until it has asked whether this server is ready.
  if (connections.size > 0) await wait(noticeMs)
  let isClosed = false
  const closed = app.close().finally(() => {
    isClosed = true
  })
  if (connections.size > 0) await wait(DRAIN_SILENCE_MS)
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy()
  while (!isClosed && performance.now() < until) await wait(10)
  app.server.closeAllConnections()
  await closed
}

async function metricsOn(metricsPort: number, host: string, sources: SourceRegistry, doors: DoorParts) {
  const { startMetrics } = await import('./telemetry/metrics.js')
  return startMetrics({ host, metricsPort }, sources, doors)
}

/** Every request is counted where it is logged: each door does that once. */
function observed(log: Log, observer: DoorObserver): Log {
  return {
    ...log,
    request(line) {
      observer.request(line)
      log.request(line)
    },
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function prepareDirectory(directory: string): void {
  try {
    makeDirectories(directory)
    accessSync(`${directory}/.`, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new SettingError(`DATA_DIR cannot be written: ${directory} (${codeOf(error)})`)
  }
}

/** Each for its owner only. Not Node's `recursive`: where no directory can be, as in /proc, that tries for ever. */
function makeDirectories(directory: string): void {
  if (existsSync(directory)) return
  makeDirectories(dirname(directory))
  mkdirSync(directory, { mode: PRIVATE_DIRECTORY_MODE })
}

function masterKeyOf({ masterKeyFile, mayCreateMasterKey }: Config): Buffer {
  try {
    return readMasterKey(masterKeyFile, mayCreateMasterKey)
  } catch (error) {
    const setting = mayCreateMasterKey ? 'DATA_DIR' : 'MASTER_KEY_FILE'
    throw new SettingError(`${setting}: the master key cannot be had: ${messageOf(error)}`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port, backlog: LISTEN_BACKLOG })
  } catch (error) {
    await app.close()
    const code = codeOf(error)
    if (code === 'EADDRINUSE') throw new SettingError(`PORT ${port} on ${host} is taken: set PORT to another one`)
    if (code === 'EACCES')
      throw new SettingError(`PORT ${port} on ${host} may not be used by this user: set PORT to another one`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new SettingError(`HOST is no address of this machine: ${host}`)
    throw error
  }
}
