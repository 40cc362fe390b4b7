import pino from 'pino'
import type { LogLevel } from './config.js'
import { faultText } from './fault-text.js'

/** Lines gather up to this size, or for this long, before they are written: a line a request must not cost a write a request. */
const BUFFER_BYTES = 8_192
const FLUSH_INTERVAL_MS = 250

const SERIALIZERS = { err: faultText }

export interface Log {
  /** One line a request: how it ended, and nothing of what it said. */
  request(line: RequestLine): void
  info(message: string, facts?: Facts): void
  warn(message: string, facts?: Facts): void
  /** A fault: what it is and where it happened, without anything that could be of a person. */
  error(message: string, error: unknown, facts?: Facts): void
  /** Writes what has gathered. */
  flush(): void
}

type Facts = Readonly<Record<string, string | number | boolean | null>>

/** `route` is a template, never a path as it came; `application` is absent until a credential proved it. */
export interface RequestLine {
  readonly requestId: string
  readonly method: string
  readonly route: string
  readonly status: number
  readonly application?: string
  readonly outcome?: string
  readonly ms: number
}

export function openLog(level: LogLevel): Log {
  const destination = pino.destination({ dest: 1, sync: false, minLength: BUFFER_BYTES })
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: SERIALIZERS },
    destination,
  )
  const isRequestLogged = log.isLevelEnabled('info')
  setInterval(() => destination.flush(), FLUSH_INTERVAL_MS).unref()
  return {
    request: isRequestLogged ? (line) => log.info(line, 'request') : () => undefined,
    info: (message, facts) => log.info(facts ?? {}, message),
    warn: (message, facts) => log.warn(facts ?? {}, message),
    error: (message, error, facts) => log.error({ ...facts, err: error }, message),
    flush: () => {
      try {
        destination.flushSync()
      } catch {
        // Standard output is gone or not ready yet: there is nowhere left to say so.
      }
    },
  }
}

/** For tests: says nothing, or hands each line to `write`. */
export function quietLog(write: (line: string) => void = () => undefined): Log {
  const log = pino({ base: null, serializers: SERIALIZERS }, { write })
  return {
    request: (line) => log.info(line, 'request'),
    info: (message, facts) => log.info(facts ?? {}, message),
    warn: (message, facts) => log.warn(facts ?? {}, message),
    error: (message, error, facts) => log.error({ ...facts, err: error }, message),
    flush: () => undefined,
  }
}
