import { Command } from 'commander'
import { AdminClient } from '../admin-client.js'
import { fileToSend } from '../file-to-send.js'
import { print } from '../print.js'

export function regionsCommand(): Command {
  const regions = new Command('regions').description('the table of administrative divisions')
  regions
    .command('import <file>')
    .description(
      'takes a newer table (CSV: code,name,from,to,successor) over the built-in one; it is kept across restarts',
    )
    .option('--json', 'one JSON value')
    .action(async (file: string, { json }) => {
      let taken: { records: number } | null = null
      for await (const line of new AdminClient(process.env).upload('/regions', fileToSend(file).open()))
        taken = line as { records: number }
      print(json, taken, `${taken?.records ?? 0} records are in use`)
    })
  regions
    .command('reset')
    .description('goes back to the built-in table')
    .option('--json', 'one JSON value')
    .action(async ({ json }) => {
      const now = await new AdminClient(process.env).delete('/regions')
      print(json, now, 'the built-in table is in use')
    })
  return regions
}
