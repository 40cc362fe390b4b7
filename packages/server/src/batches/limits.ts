/** Every limit of a batch. Sizes in bytes, times in ms. */
export const UPLOAD_MAX_BYTES = 20 * 1024 * 1024
export const JSON_ROWS_MAX_BYTES = 24 * 1024 * 1024
export const ROWS_MAX = 100_000
/** How long an upload may take. */
export const UPLOAD_MAX_MS = 10 * 60_000
/** Batches that one process works at: each of an account of its own. */
export const BATCHES_AT_ONCE = 4
/** Sheets read or written for somebody at a time; and of one account. */
export const SHEETS_AT_ONCE = 4
export const SHEETS_OF_ACCOUNT = 1
/** Rows under way: of a source on this machine enough to fill a group commit, of another what a supplier bears. */
export const LOCAL_ROWS_IN_FLIGHT = 256
export const REMOTE_ROWS_IN_FLIGHT = 16
export const ROWS_IN_FLIGHT_MIN = 4
/** So many live calls under way halve what a batch may have. */
export const LIVE_CALLS_HALVE = 4
/** What of an application's rate its live calls always find. */
export const LIVE_RATE_SHARE = 0.5
/** Rows begun before others are let in. */
export const ROWS_BETWEEN_YIELDS = 64
/** Answers are put on the disk when there are so many, or when the oldest is so old. */
export const ANSWERS_PER_FLUSH = 1_000
export const FLUSH_AFTER_MS = 500
/** How long a batch is ours; and how often that is told although there is nothing else to tell. */
export const LEASE_MS = 30_000
export const HEARTBEAT_MS = 5_000
/** While another account waits, a batch gives way after this. */
export const TURN_MS = 30_000
/** A source that is silent is asked again about a row after these. */
export const ROW_RETRIES_MS: readonly number[] = [200, 1_000]
/** So long until a batch whose source is silent, or that met a fault, is gone on with; times the number of tries. */
export const TRY_AGAIN_MS = 5_000
/** Tries without one answer, after which a silent source is taken to be silent about these rows only; and a fault for good. */
export const SILENT_TRIES_MAX = 5
export const FAULT_TRIES_MAX = 20
/** A call of a row that another node holds is given back by then. */
export const IN_FLIGHT_TRIES_MAX = 60
export const IN_FLIGHT_AGAIN_MS = 1_000
/** Streams of progress at a time, and how often they look. */
export const STREAMS_MAX = 500
export const STREAMS_OF_ACCOUNT = 20
export const STREAM_LOOK_MS = 1_000
export const STREAM_IDLE_MS = 15_000
