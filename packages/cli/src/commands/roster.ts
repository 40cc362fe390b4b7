import { Transform } from 'node:stream'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { AdminClient, AdminError } from '../admin-client.js'
import { fileToSend } from '../file-to-send.js'
import { print } from '../print.js'

/** Problems of rows shown to people; `--json` has all that the server told. */
const PROBLEMS_SHOWN = 10

interface Outcome {
  readonly kind?: string
  readonly count?: number
  readonly accepted?: number
  readonly refused?: number
  readonly problems?: readonly { line: number; reason: string }[]
  readonly reason?: string
}

export function rosterCommand(): Command {
  const roster = new Command('roster').description("an organisation's own authoritative list")

  roster
    .command('import <file>')
    .description('replaces the list by a CSV file (UTF-8 or GBK); the old one serves until the new one is complete')
    .option('--name-column <name>', 'the heading of the names')
    .option('--number-column <name>', 'the heading of the numbers')
    .option('--json', 'one JSON value')
    .action(async (file: string, { nameColumn, numberColumn, json }) => {
      const query = new URLSearchParams({
        ...(nameColumn === undefined ? {} : { nameColumn }),
        ...(numberColumn === undefined ? {} : { numberColumn }),
      })
      const { size, open } = fileToSend(file)
      const client = new AdminClient(process.env)
      const bar =
        json || !process.stderr.isTTY
          ? null
          : new SingleBar({ format: '{bar} {percentage}% {eta_formatted}', clearOnComplete: true })
      bar?.start(size, 0)
      const counted = new Transform({
        transform(chunk, _encoding, done) {
          bar?.increment(chunk.length)
          done(null, chunk)
        },
      })
      const stream = open()
      stream.on('error', (error) => counted.destroy(error))
      let outcome: Outcome | null = null
      for await (const line of client.upload(`/roster?${query}`, stream.pipe(counted))) {
        const { outcome: last, fault } = line as { outcome?: Outcome; fault?: string }
        if (fault !== undefined) throw new AdminError('import_failed', fault)
        if (last !== undefined) outcome = last
      }
      bar?.stop()
      if (outcome === null)
        throw new AdminError('import_failed', 'the server ended before the import did; the old list goes on serving')
      print(json, outcome, words(outcome))
      if (outcome.count === undefined) process.exitCode = 1
    })

  roster
    .command('count')
    .description('the people on the list')
    .option('--json', 'one JSON value')
    .action(async ({ json }) => {
      const { count } = (await new AdminClient(process.env).get('/roster')) as { count: number }
      print(json, { count }, String(count))
    })

  return roster
}

function words(outcome: Outcome): string {
  if (outcome.count === undefined)
    return `refused: ${outcome.reason ?? 'the file cannot be read'}; the old list goes on serving`
  const problems = (outcome.problems ?? [])
    .slice(0, PROBLEMS_SHOWN)
    .map(({ line, reason }) => `  line ${line}: ${reason}`)
  return [`${outcome.count} people; ${outcome.refused ?? 0} rows refused`, ...problems].join('\n')
}
