import { readConfig, SettingError } from './config.js'
import { DEMO_SUBJECT } from './demo.js'
import type { RunningServer } from './serve.js'

/** sysexits.h: a fault of ours or of the disk; a supervisor may start again, and recovery reads what is really there. */
const EXIT_FAULT = 70
const EXIT_SETTING = 1
/** Whatever the process writes is its owner's alone, also in a directory that others may read. */
const OWNER_ONLY = 0o077

/** The server as a process: starts, says where it is, and ends on SIGTERM or SIGINT. The only file that owns a signal handler. */
export async function main(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  process.umask(OWNER_ONLY)
  let server: RunningServer
  try {
    const config = readConfig(environment)
    // Loaded once the settings are known to be good: it takes much longer than they do.
    const { startServer } = await import('./serve.js')
    server = await startServer(config)
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ')
    process.stderr.write(error instanceof SettingError ? `heyan: ${message}\n` : `heyan: cannot start: ${message}\n`)
    process.exit(EXIT_SETTING)
  }
  process.stdout.write(greeting(server))

  const { log, store } = server.services
  const endAtOnce = (message: string) => (error: unknown) => {
    log.error(message, error)
    log.flush()
    process.exit(EXIT_FAULT)
  }
  store.on('fatal', endAtOnce('the store cannot go on'))
  // By itself Node would write the whole error to the terminal, with whatever is in it.
  process.on('uncaughtException', endAtOnce('a fault that nobody was there to take'))
  let isEnding = false
  const end = async (signal: string) => {
    if (isEnding) return
    isEnding = true
    log.info('draining', { signal })
    try {
      await server.close()
    } catch (error) {
      endAtOnce('the end was not a clean one')(error)
    }
    process.exit(0)
  }
  process.on('SIGTERM', () => void end('SIGTERM'))
  process.on('SIGINT', () => void end('SIGINT'))
}

function greeting({ url, services, demo, tokenFile }: RunningServer): string {
  const base = services.config.publicUrl ?? url
  const lines = ['', `核验 Heyan  ${base}/`, `operator's token: ${tokenFile}`]
  if (demo !== null) {
    const query = `xm=${encodeURIComponent(DEMO_SUBJECT.name)}&sfz=${DEMO_SUBJECT.number}`
    lines.push(
      `AppCode:   ${demo.appCode}`,
      `AppKey:    ${demo.appKey}`,
      `AppSecret: ${demo.appSecret}`,
      '',
      `curl -H 'Authorization: APPCODE ${demo.appCode}' '${base}/idcard?${query}'`,
    )
  } else {
    lines.push('make an application: npm run -s heyan -- app create --name NAME --calls 100')
  }
  return `${lines.join('\n')}\n\n`
}
