import type { BatchPlace } from '@heyan/store'
import type { BatchFiles } from './files.js'

/** What the rest of the process asks of batches. */
export interface BatchWork {
  readonly files: BatchFiles
  /** Takes up what is due, as far as there is room. Asked from time to time, and whenever something was started. */
  runDue(): Promise<void>
  /** Somebody has changed a batch: whoever is at it here knows when this resolves; another node when it next writes. */
  changed(batchId: string): Promise<void>
  /** Of what is past its time no key is left, and no file. */
  destroyExpired(): Promise<void>
  /** False: there was none, or not any more. */
  destroy(place: BatchPlace): Promise<boolean>
  /** Everything under way is kept, and given back to be gone on with. */
  close(): Promise<void>
}
