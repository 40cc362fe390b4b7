import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Installed on demand: the linter is larger than all that runs here. */
const LINTER = '@redocly/cli@2'

const CONFIGURATION = `extends: [recommended-strict]
rules:
  # Nothing that a caller does can make these two answer with a 4xx: /healthz and /readyz.
  operation-4xx-response: off
`

/** The description of a running server, held against the linter's strict rules. Exit code of the linter. */
export async function run() {
  const { quietLog, readConfig, startServer } = await import('../packages/server/dist/index.js')
  const directory = mkdtempSync(join(tmpdir(), 'heyan-lint-'))
  const config = readConfig({ DATA_DIR: join(directory, 'data'), PORT: '0', DEMO: 'off' })
  const server = await startServer(config, { log: quietLog() })
  try {
    const file = join(directory, 'openapi.json')
    writeFileSync(file, await (await fetch(`${server.url}/openapi.json`)).text())
    const configuration = join(directory, 'redocly.yaml')
    writeFileSync(configuration, CONFIGURATION)
    const { status } = spawnSync('npx', ['--yes', LINTER, 'lint', file, '--config', configuration], {
      stdio: 'inherit',
    })
    return status ?? 1
  } finally {
    await server.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

if (import.meta.url === `file://${process.argv[1]}`) process.exitCode = await run()
