#!/usr/bin/env node
import { Command } from 'commander'
import { AdminError } from './admin-client.js'
import { appCommand } from './commands/app.js'
import { auditCommand } from './commands/audit.js'
import { batchCommand } from './commands/batch.js'
import { explainCommand } from './commands/explain.js'
import { explainNameCommand } from './commands/explain-name.js'
import { grantCommand, usageCommand } from './commands/quota.js'
import { regionsCommand } from './commands/regions.js'
import { rosterCommand } from './commands/roster.js'
import { signCommand } from './commands/sign.js'
import { siteCommand } from './commands/site.js'
import { sourceCommand } from './commands/source.js'
import { backupCommand, migrateCommand, restoreCommand } from './commands/store-files.js'
import { verifyCommand } from './commands/verify.js'

const EXIT_FAILED = 1

// Whoever reads the output may stop at any line.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const program = new Command('heyan')
  .description('Heyan 核验: identity two-element verification')
  .addCommand(
    new Command('serve').description('the server; SIGTERM drains it').action(async () => {
      const { main } = await import('@heyan/server/main')
      await main(process.env)
    }),
  )
  .addCommand(appCommand())
  .addCommand(grantCommand())
  .addCommand(usageCommand())
  .addCommand(sourceCommand())
  .addCommand(rosterCommand())
  .addCommand(regionsCommand())
  .addCommand(siteCommand())
  .addCommand(verifyCommand())
  .addCommand(batchCommand())
  .addCommand(explainCommand())
  .addCommand(explainNameCommand())
  .addCommand(signCommand())
  .addCommand(auditCommand())
  .addCommand(backupCommand())
  .addCommand(restoreCommand())
  .addCommand(migrateCommand())

for (const command of commandsOf(program)) {
  command.configureOutput({ outputError: (text) => tell(text.replace(/^error: /, '')) })
}

try {
  await program.parseAsync()
} catch (error) {
  // With `--json` too: standard output has the one value, or nothing.
  tell(error instanceof Error ? error.message : String(error))
  if (!(error instanceof AdminError) && process.env.LOG_LEVEL === 'debug' && error instanceof Error)
    process.stderr.write(`${error.stack}\n`)
  process.exitCode = EXIT_FAILED
}

function* commandsOf(command: Command): Generator<Command> {
  yield command
  for (const part of command.commands) yield* commandsOf(part)
}

/** What went wrong, in one line. */
function tell(message: string): void {
  process.stderr.write(`heyan: ${message.trim().replace(/\s*\n\s*/g, ' ')}\n`)
}
