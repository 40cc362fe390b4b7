/** Every limit of the process on what comes in. Sizes in bytes, times in ms. */
export const BODY_MAX_BYTES = 64 * 1024
/** A body of `/v1`: one verification. */
export const V1_BODY_MAX_BYTES = 16 * 1024
export const URL_MAX_BYTES = 16 * 1024
export const HEADERS_MAX_BYTES = 16 * 1024
/** What the parser takes at all: a request line and headers of which each is just too large still get their answer. */
export const REQUEST_HEAD_MAX_BYTES = 64 * 1024
export const HEADERS_MAX_COUNT = 100
export const CONNECTIONS_MAX = 20_000
/** Connections that wait to be accepted: a crowd that comes at once, as after a restart, is not turned away. */
export const LISTEN_BACKLOG = 4_096
/** A request's headers, and a request as a whole, arrive within these. */
export const HEADERS_TIMEOUT_MS = 10_000
export const REQUEST_TIMEOUT_MS = 15_000
export const KEEP_ALIVE_TIMEOUT_MS = 65_000
/** How long a connection that was refused may still send, so that its refusal is read. */
export const LINGER_MS = 1_000
/** Verifications under way at a time; more are told to come back. */
export const IN_FLIGHT_MAX = 16_384
/** Charges and reservations that the store is asked for at a time: as many as one commit takes well. */
export const LEDGER_TURNS = 128
/** How long one waits for its turn, and how many do; the others are told to come back. */
export const LEDGER_WAIT_MAX_MS = 350
export const LEDGER_WAITING_MAX = 8_192
/** Where so many of an account's calls stand in line at the ledger, its connections' next requests wait unread. */
export const LEDGER_LINE_MAX = 16
/** How often it is looked which of those have waited too long, and how many at a time are told so: telling takes the others' time. */
export const HELD_SWEEP_MS = 10
export const HELD_LATE_MAX = 32
/**
 * How many are let in before other connections are heard again. Node accepts one new connection each time it looks around: where
 * looking around takes long, whoever comes new waits for seconds.
 */
export const HELD_LET_IN_MAX = 8
/** And where somebody came meanwhile whose account has no long line. */
export const HELD_LET_IN_BESIDE_OTHERS = 4
/** How long a shed request waits for its refusal: an instant one invites the next at once, and starves the others. */
export const SHED_DELAY_MS = 1_000
/** What it is told to wait. */
export const SHED_RETRY_SECONDS = 1
/** The time a verification may take in all, from its sources' point of view. */
export const VERIFY_BUDGET_MS = 3_000
/**
 * From SIGTERM until whoever is still not answered is cut off: more than twice the time of a verification. What is left of ten
 * seconds is for adding up and closing.
 */
export const DRAIN_MAX_MS = 7_000
/** How long a keep-alive connection is told to close before it is closed. */
export const DRAIN_NOTICE_MS = 1_000
/** How long a connection that has just come has to say its first word, once nobody new is let in. */
export const DRAIN_SILENCE_MS = 100
/** Callers remembered between requests. */
export const CALLERS_MAX = 10_000
/** Blocks in one application's allow list. */
export const ALLOW_LIST_MAX = 200
/** A header's value of ours. */
export const IDEMPOTENCY_KEY_MAX_BYTES = 255
export const NONCE_MAX_BYTES = 255
/** How far a signed request's clock may be off. */
export const TIMESTAMP_TOLERANCE_MS = 15 * 60_000
/** A roster uploaded in one piece. */
export const ROSTER_MAX_BYTES = 4 * 1024 * 1024 * 1024
/** How long the upload of a roster may take. */
export const ROSTER_TIMEOUT_MS = 3_600_000
