// `npm run bench -- ledger [--engine sqlite|postgres|both] [--rows N] [--seconds N] [--json]`: exact charges a second, on both engines,
// at 1, 8 and 64 in flight and over 1, 10 and 1,000 accounts; against bare inserts of the same rows, as durable and as many at a time,
// in the same run; and once more in a store that holds `--rows` charges already.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { newCallId, Store } from '@heyan/store'
import { startPostgres } from '../scripts/postgres/server.mjs'
import { fillPostgres, fillSqlite } from './ledger/fill.mjs'
import { postgresInserts, sqliteInserts } from './ledger/inserts.mjs'
import { median } from './load/median.mjs'

const MASTER = Buffer.alloc(32, 7)
const MATCH = { source: 'bench', isNoRecord: false, free: null }
const IN_FLIGHT = [1, 8, 64]
const ACCOUNTS = [1, 10, 1_000]
const CALLS = 100_000_000
const SMALL_ROWS = 10_000
/** Each figure is the middle one of so many, taken in turns. */
const ROUNDS = 3

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      engine: { type: 'string', default: 'both' },
      rows: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  })
  const spanMs = Number(values.seconds) * 1_000
  const rows = Number(values.rows)
  const result = {}
  if (values.engine !== 'postgres') result.sqlite = await benchSqlite(spanMs, rows)
  if (values.engine !== 'sqlite') result.postgres = await benchPostgres(spanMs, rows)
  const parts = Object.values(result)
  result.hotVsSpread = Math.min(...parts.map((part) => part.hotVsSpread))
  result.flat = Math.min(...parts.map((part) => part.flat))
  process.stdout.write(`${values.json ? JSON.stringify(result) : words(result, rows)}\n`)
  return 0
}

async function benchSqlite(spanMs, rows) {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-ledger-'))
  const place = (name) => ({
    file: join(folder, name),
    lockFile: join(folder, `${name}.lock`),
    master: MASTER,
    now: Date.now,
  })
  try {
    return await measure({
      small: () => Store.open(place('small')),
      async large(application) {
        await fillSqlite(place('large').file, application, rows)
        return Store.open(place('large'))
      },
      prepareLarge: () => Store.open(place('large')),
      inserts: (batch) => sqliteInserts(join(folder, `bare-${batch}.sqlite`), batch, spanMs),
      spanMs,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function benchPostgres(spanMs, rows) {
  const server = await startPostgres()
  try {
    const [small, large, bare] = [
      await server.createDatabase(),
      await server.createDatabase(),
      await server.createDatabase(),
    ]
    const open = (url) => Store.open({ url, master: MASTER, now: Date.now })
    return await measure({
      small: () => open(small),
      async large(application) {
        await fillPostgres(large, application, rows)
        return open(large)
      },
      prepareLarge: () => open(large),
      inserts: (batch) => postgresInserts(bare, batch, spanMs),
      spanMs,
    })
  } finally {
    await server.close()
  }
}

async function measure({ small, large, prepareLarge, inserts, spanMs }) {
  const store = await small()
  const applications = []
  for (let place = 0; place < Math.max(...ACCOUNTS); place++) applications.push(await applicationOn(store))
  await charges(store, applications.slice(0, 1), 64, spanMs)
  const perSecond = {}
  const bare = {}
  for (const inFlight of IN_FLIGHT) {
    const [ours, theirs] = [[], []]
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await charges(store, applications.slice(0, 1), inFlight, spanMs))
      theirs.push(await inserts(inFlight))
    }
    perSecond[inFlight] = median(ours)
    bare[inFlight] = median(theirs)
  }
  const byAccounts = Object.fromEntries(ACCOUNTS.map((count) => [count, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const count of ACCOUNTS) byAccounts[count].push(await charges(store, applications.slice(0, count), 64, spanMs))
  }
  const accounts = Object.fromEntries(ACCOUNTS.map((count) => [count, median(byAccounts[count])]))
  await store.close()

  const filled = await prepareLarge()
  const application = await applicationOn(filled)
  const few = []
  await charges(filled, [application], 64, spanMs)
  for (let round = 0; round < ROUNDS; round++) few.push(await charges(filled, [application], 64, spanMs))
  await filled.close()
  const full = await large(application)
  const many = []
  await charges(full, [application], 64, spanMs)
  for (let round = 0; round < ROUNDS; round++) many.push(await charges(full, [application], 64, spanMs))
  const problems = await full.check()
  await full.close()
  if (problems.length > 0) throw new Error(`the store does not add up after it was filled: ${problems.join('; ')}`)
  const vsInserts = Object.fromEntries(
    IN_FLIGHT.map((inFlight) => [inFlight, ratio(perSecond[inFlight], bare[inFlight])]),
  )
  return {
    perSecond,
    bareInsertsPerSecond: bare,
    vsInserts,
    accounts,
    hotVsSpread: ratio(accounts[1], accounts[1_000]),
    flat: ratio(median(many), median(few)),
  }
}

async function applicationOn(store) {
  const application = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'bench',
    mode: 'live',
    fields: 'masked',
    validDays: null,
    isNoRecordFree: false,
    calls: CALLS,
  })
  if (typeof application === 'string') throw new Error(application)
  return application
}

/** Charges a second, so many at a time, in turns over these applications. */
async function charges(store, applications, inFlight, spanMs) {
  let turn = 0
  let count = 0
  const begun = performance.now()
  const one = async () => {
    while (performance.now() - begun < spanMs) {
      const { accountId, appId: applicationId } = applications[turn++ % applications.length]
      const at = Date.now()
      const call = { id: newCallId(at), at, accountId, applicationId, credentialId: 'bench', nonce: null, repeat: null }
      const { kind } = await store.charge(call, MATCH)
      if (kind !== 'charged') throw new Error(`a call was ${kind}`)
      count++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, one))
  return Math.round((count * 1_000) / (performance.now() - begun))
}

const ratio = (one, other) => Math.round((one / other) * 100) / 100

function words({ sqlite, postgres, hotVsSpread, flat }, rows) {
  const of = (name, part) =>
    part === undefined
      ? []
      : [
          `${name}: charges a second ${IN_FLIGHT.map((n) => `${part.perSecond[n]} (${n} in flight, ${part.vsInserts[n]} of bare inserts)`).join(', ')}`,
          `  at 64 in flight over accounts: ${ACCOUNTS.map((n) => `${n}: ${part.accounts[n]}`).join(', ')}; one against a thousand ${part.hotVsSpread}`,
          `  with ${rows} charges in the store ${part.flat} of what it is with ${SMALL_ROWS} or so`,
        ]
  return [
    ...of('SQLite', sqlite),
    ...of('PostgreSQL', postgres),
    `hot against spread ${hotVsSpread}, flat ${flat}`,
  ].join('\n')
}
