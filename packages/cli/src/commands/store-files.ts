import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readConfig } from '@heyan/server/operator'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { print } from '../print.js'

const PERCENT = 100

/** The commands that work on the store itself. Each loads a database only when it runs. */
export function backupCommand(): Command {
  return new Command('backup')
    .argument('<file>', 'where the copy goes; nothing may be there yet')
    .description(
      'copies the embedded store as it is now, beside a running server too; the master key is not in the copy',
    )
    .option('--json', 'one JSON value')
    .action(async (file: string, { json }) => {
      const { backup } = await import('@heyan/store/maintenance')
      const { databaseFile, master, masterKeyFile } = await embedded()
      const bar = progressBar('copied', json)
      bar?.start(PERCENT, 0)
      const report = await backup({
        file: databaseFile,
        copy: resolve(file),
        master,
        onProgress: (share) => bar?.update(Math.floor(share * PERCENT)),
      }).finally(() => bar?.stop())
      const words = [
        `${file}: ${report.entries} entries, ${report.lots} lots: adds up`,
        `Without the master key it cannot be used, and the key is not in it: keep ${masterKeyFile} elsewhere.`,
      ]
      print(json, { file: resolve(file), entries: report.entries, lots: report.lots }, words.join('\n'))
    })
}

export function restoreCommand(): Command {
  return new Command('restore')
    .argument('<file>', 'a copy that `heyan backup` made')
    .description('puts a backup in the place of the embedded store, when it adds up; no server may be running')
    .option('--force', 'also where a store is: that one is kept beside it')
    .option('--json', 'one JSON value')
    .action(async (file: string, { json, force }) => {
      const { restore } = await import('@heyan/store/maintenance')
      const { databaseFile, master, masterKeyFile } = await embedded({ mayBeMissing: true })
      if (master === null)
        throw new Error(`there is no master key at ${masterKeyFile}: a backup is of no use without its own`)
      const restored = restore({
        backup: resolve(file),
        file: databaseFile,
        lockFile: `${databaseFile}.lock`,
        master,
        isReplacing: force === true,
        now: Date.now(),
      })
      const { entries, lots, kept } = restored
      const words = `${databaseFile}: ${entries} entries, ${lots} lots: adds up${kept === null ? '' : `\nThe store that was there is kept: ${kept}`}`
      print(json, { file: databaseFile, entries, lots, kept }, words)
    })
}

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('brings the store to this version; with --to moves it to PostgreSQL. No server may be running')
    .option('--to <url>', 'postgres://USER:PASSWORD@HOST:PORT/DATABASE, an empty database')
    .option('--json', 'one JSON value')
    .action(async ({ to, json }: { to?: string; json?: boolean }) => {
      const { appliedMigrations, isMoved, moveToPostgres } = await import('@heyan/store/maintenance')
      const { Store } = await import('@heyan/store')
      const { databaseFile, master, masterKeyFile } = await embedded()
      if (master === null) throw new Error(`there is no master key at ${masterKeyFile}`)
      const lockFile = `${databaseFile}.lock`
      const before = appliedMigrations(databaseFile)
      // Opening it brings it up to date, gives back what a dead process held, and adds it up.
      // A store whose move did not arrive is up to date already, and is opened by nobody.
      if (to === undefined || !isMoved(databaseFile))
        await (await Store.open({ file: databaseFile, lockFile, master, now: Date.now })).close()
      const migrated = appliedMigrations(databaseFile).filter((name) => !before.includes(name))
      if (to === undefined) {
        const words = migrated.length === 0 ? 'nothing to do' : migrated.map((name) => `${name}: done`).join('\n')
        return print(json === true, { migrated }, words)
      }
      const bar = progressBar('{table}', json === true)
      bar?.start(PERCENT, 0, { table: '' })
      const moved = await moveToPostgres({
        file: databaseFile,
        lockFile,
        url: to,
        master,
        onProgress: ({ table, rows, of }) =>
          bar?.update(of === 0 ? PERCENT : Math.floor((rows / of) * PERCENT), { table }),
      }).finally(() => bar?.stop())
      const { tables, rows, audit } = moved
      const words = [
        `${rows} rows of ${tables} tables: ${audit.entries} entries, ${audit.lots} lots: adds up on both sides`,
        `From now on set DATABASE_URL to the new address and MASTER_KEY_FILE to ${masterKeyFile}. ${databaseFile} is marked as moved: no server opens it again.`,
      ]
      print(json === true, { migrated, tables, rows, entries: audit.entries, lots: audit.lots }, words.join('\n'))
    })
}

async function embedded({ mayBeMissing = false } = {}) {
  const { databaseFile, masterKeyFile } = readConfig(process.env)
  if (databaseFile === null)
    throw new Error('the store is on PostgreSQL: its own tools copy it (see docs/guides/backup.md)')
  if (!mayBeMissing && !existsSync(databaseFile)) throw new Error(`there is no store at ${databaseFile}`)
  const { readMasterKey } = await import('@heyan/store')
  return { databaseFile, masterKeyFile, master: existsSync(masterKeyFile) ? readMasterKey(masterKeyFile, false) : null }
}

/** On a terminal only. */
function progressBar(what: string, isJson: boolean): SingleBar | null {
  if (isJson || !process.stderr.isTTY) return null
  return new SingleBar({ format: `{bar} {percentage} % ${what}`, stream: process.stderr, hideCursor: true })
}
