// Charges against several nodes' stores, remembered one by one, and held against what the database says afterwards.
import { auditShared, newCallId } from '@heyan/store'
import pg from 'pg'

const MATCH = { source: 'record', isNoRecord: false, free: null }

/** An application of so many calls, made on one node. */
export async function applicationOf(store, calls) {
  const application = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'campaign',
    mode: 'live',
    fields: 'masked',
    validDays: 30,
    isNoRecordFree: false,
    calls,
  })
  if (typeof application === 'string') throw new Error(application)
  return application
}

/** Asks without a pause until it is stopped, half of the calls in one step and half in two. */
export function startTraffic(stores, application, clients) {
  const said = { charged: new Set(), refused: 0, fenced: 0, failed: new Set(), nonceTwice: 0 }
  let isOver = false
  let lastChargedAt = performance.now()
  const one = async (client) => {
    for (let turn = 0; !isOver; turn++) {
      const store = stores[client % stores.length]
      const at = Date.now()
      const id = newCallId(at)
      const call = {
        id,
        at,
        accountId: application.accountId,
        applicationId: application.appId,
        credentialId: 'campaign',
        nonce: turn % 3 === 0 ? id : null,
        repeat: null,
      }
      try {
        let outcome = null
        if (turn % 2 === 0) outcome = await store.charge(call, MATCH)
        else {
          const held = await store.reserve(call, null)
          outcome = held.kind === 'reserved' ? await store.settle(call, MATCH) : held
        }
        if (outcome.kind === 'charged') {
          said.charged.add(id)
          lastChargedAt = performance.now()
        } else if (outcome.kind === 'fenced') said.fenced++
        else if (outcome.kind === 'refused' && outcome.problem === 'nonce_used') said.nonceTwice++
        else said.refused++
      } catch {
        // Whoever asked is told of a problem: then it must be free.
        said.failed.add(id)
      }
    }
  }
  const running = Array.from({ length: clients }, (_, client) => one(client))
  return {
    said,
    get lastChargedAt() {
      return lastChargedAt
    },
    async stop() {
      isOver = true
      await Promise.all(running)
    },
  }
}

/** What clients were told against what is in the database. Every figure but `charged` must be 0. */
export async function verdictOn(url, master, application, said) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query('SELECT id, charged, state FROM calls WHERE account_id = $1', [
    application.accountId,
  ])
  await client.end()
  const charged = new Set(rows.filter((row) => Number(row.charged) === 1).map((row) => row.id))
  const { problems } = await auditShared(url, master)
  return {
    charged: said.charged.size,
    failed: said.failed.size,
    lost: [...said.charged].filter((id) => !charged.has(id)).length,
    phantom: [...charged].filter((id) => !said.charged.has(id) && !said.failed.has(id)).length,
    chargedProblems: [...said.failed].filter((id) => charged.has(id)).length,
    noncesTwice: said.nonceTwice,
    auditProblems: problems.length,
    problems,
  }
}

export const ZEROS = ['lost', 'phantom', 'chargedProblems', 'noncesTwice', 'auditProblems']
