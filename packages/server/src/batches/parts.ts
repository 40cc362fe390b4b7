import type { Source } from '@heyan/core'
import type { Keys, Store } from '@heyan/store'
import type { FairLedger } from '../calls/fair-ledger.js'
import type { Config } from '../config.js'
import type { Directory } from '../directory.js'
import type { Lifecycle } from '../lifecycle.js'
import type { Log } from '../log.js'
import type { RegionTables } from '../region-table.js'
import type { Screen } from '../screen.js'
import type { UsageMeter } from '../usage-meter.js'

/** What working at batches needs of the process: a part of its services. */
export interface BatchParts {
  readonly config: Config
  readonly keys: Keys
  readonly store: Store
  readonly ledger: FairLedger
  readonly directory: Directory
  readonly regions: RegionTables
  readonly source: Source
  readonly sandbox: Source
  readonly screen: Screen
  readonly usage: UsageMeter
  readonly log: Log
  /** Epoch ms. */
  readonly now: () => number
  readonly lifecycle: Lifecycle
}
