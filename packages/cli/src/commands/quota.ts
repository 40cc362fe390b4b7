import { Command } from 'commander'
import { AdminClient } from '../admin-client.js'
import { count } from '../arguments.js'
import { print, table } from '../print.js'
import { applicationPath } from './app.js'

export function grantCommand(): Command {
  return new Command('grant')
    .description("one more subscription for an application's account")
    .argument('<appid>')
    .requiredOption('--calls <k>', 'its calls', count)
    .option('--days <d>', 'days until it expires (365 by default)', count)
    .option('--json', 'one JSON value')
    .action(async (appId: string, { calls, days, json }) => {
      const granted = (await new AdminClient(process.env).post(`${applicationPath(appId)}/lots`, {
        calls,
        ...(days === undefined ? {} : { days }),
      })) as { lotId: string; calls: number; expiresAt: number | null }
      const until =
        granted.expiresAt === null ? 'never expires' : `expires ${new Date(granted.expiresAt).toISOString()}`
      print(json, granted, `${granted.calls} calls, ${until}`)
    })
}

export function usageCommand(): Command {
  return new Command('usage')
    .description("an application's calls: what its account has, and what it used")
    .argument('<appid>')
    .option('--json', 'one JSON value')
    .action(async (appId: string, { json }) => {
      const usage = (await new AdminClient(process.env).get(`${applicationPath(appId)}/usage`)) as Record<
        string,
        number
      >
      print(json, usage, table(usage))
    })
}
