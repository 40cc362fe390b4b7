import type { Source } from '@heyan/core'
import type { Roster } from '@heyan/sources'
import type { Keys, Store } from '@heyan/store'
import type { BatchWork } from './batches/batch-work.js'
import type { FairLedger } from './calls/fair-ledger.js'
import type { Config } from './config.js'
import type { Directory } from './directory.js'
import type { HeldConnections } from './gateway/held-connections.js'
import type { OutboxWorker } from './jobs/outbox.js'
import type { Lifecycle } from './lifecycle.js'
import type { Log } from './log.js'
import type { RegionTables } from './region-table.js'
import type { RosterEditions } from './roster-editions.js'
import type { Screen } from './screen.js'
import type { SourceRegistry } from './source-registry.js'
import type { UsageMeter } from './usage-meter.js'

/** What a request may reach, built once. */
export interface Services {
  readonly config: Config
  readonly keys: Keys
  readonly store: Store
  /** The store's, as verifications may use it: in turns of their accounts. */
  readonly ledger: FairLedger
  /** Where requests wait that would only lengthen their account's line at the ledger. */
  readonly door: HeldConnections
  readonly directory: Directory
  readonly roster: Roster
  /** The same roster on every node. */
  readonly rosterEditions: RosterEditions
  readonly regions: RegionTables
  /** What operators have put on the route of live applications. */
  readonly sources: SourceRegistry
  /** Asked for live applications: what is on the route now. */
  readonly source: Source
  /** Asked for sandbox applications. */
  readonly sandbox: Source
  readonly screen: Screen
  readonly usage: UsageMeter
  /** What happened, on its way to whoever tells somebody. */
  readonly outbox: OutboxWorker
  /** Sheets of people, verified row by row. */
  readonly batches: BatchWork
  readonly log: Log
  /** What the operator's requests bear. */
  readonly operatorToken: string
  /** Epoch ms. */
  readonly now: () => number
  readonly lifecycle: Lifecycle
}
