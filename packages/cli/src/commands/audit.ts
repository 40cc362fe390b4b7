import { existsSync } from 'node:fs'
import { readConfig } from '@heyan/server/operator'
import { Command } from 'commander'
import { print } from '../print.js'

export function auditCommand(): Command {
  return new Command('audit')
    .description('adds up the whole ledger again, also beside a running server; exit code 1 where it does not add up')
    .option('--json', 'one JSON value')
    .action(async ({ json }) => {
      const { databaseFile, databaseUrl, masterKeyFile } = readConfig(process.env)
      if (databaseFile !== null && !existsSync(databaseFile)) throw new Error(`there is no store at ${databaseFile}`)
      // Loaded here: no other command waits for a database.
      const { audit, auditShared, readMasterKey } = await import('@heyan/store')
      const master = existsSync(masterKeyFile) ? readMasterKey(masterKeyFile, false) : null
      const report = databaseUrl === null ? audit(databaseFile ?? '', master) : await auditShared(databaseUrl, master)
      const words = `${report.entries} entries, ${report.lots} lots: ${report.ok ? 'adds up' : 'does NOT add up'}`
      print(json, report, [words, ...report.problems.map((problem) => `  ${problem}`)].join('\n'))
      process.exitCode = report.ok ? 0 : 1
    })
}
