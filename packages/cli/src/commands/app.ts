import { Command } from 'commander'
import { AdminClient } from '../admin-client.js'
import { count, countOrNone, oneOf } from '../arguments.js'
import { print, table } from '../print.js'

interface Created {
  accountId: string
  appId: string
  appKey: string
  appSecret: string
  appCode: string
}

export function appCommand(): Command {
  const app = new Command('app').description('applications: the programs that call')

  app
    .command('create')
    .description(
      'an application with its credentials (shown once), an account where none is named, and a subscription of K calls',
    )
    .requiredOption('--name <name>', 'what people call it')
    .option('--account <id>', 'the account it belongs to; a new one where none is named')
    .option('--calls <k>', 'calls of its subscription', count)
    .option('--days <d>', 'days until the subscription expires (365 by default)', count)
    .option('--fields <fields>', 'what answers show of a person: masked (default) or full', oneOf('masked', 'full'))
    .option('--sandbox', 'asks the sandbox and is never charged')
    .option('--json', 'one JSON value')
    .action(async ({ name, account, calls, days, fields, sandbox, json }) => {
      const created = (await new AdminClient(process.env).post('/applications', {
        name,
        ...(account === undefined ? {} : { accountId: account }),
        ...(calls === undefined ? {} : { calls }),
        ...(days === undefined ? {} : { days }),
        ...(fields === undefined ? {} : { fields }),
        ...(sandbox ? { mode: 'sandbox' } : {}),
      })) as Created
      print(json, created, table({ ...created }))
    })

  const change = (path: string, summary: string, status: 'active' | 'suspended') =>
    app
      .command(`${path} <appid>`)
      .description(summary)
      .option('--json', 'one JSON value')
      .action(async (appId: string, { json }) => {
        const changed = await new AdminClient(process.env).patch(applicationPath(appId), { status })
        print(json, changed, `${appId} is ${status}`)
      })
  change('suspend', 'refuses every call of an application from now on', 'suspended')
  change('resume', 'serves a suspended application again', 'active')

  app
    .command('allow <appid> [cidr...]')
    .description('the addresses an application may call from; none given: from anywhere')
    .option('--json', 'one JSON value')
    .action(async (appId: string, allowList: string[], { json }) => {
      const changed = await new AdminClient(process.env).patch(applicationPath(appId), { allowList })
      print(
        json,
        changed,
        allowList.length === 0 ? `${appId} may call from anywhere` : `${appId} may call from ${allowList.join(', ')}`,
      )
    })

  app
    .command('limit <appid>')
    .description('how fast and how often an application may call; `none` lifts a limit')
    .option('--rate <n>', 'calls a second', countOrNone)
    .option('--daily <n>', 'charged calls a day (Asia/Shanghai)', countOrNone)
    .option('--total <n>', 'charged calls in all', countOrNone)
    .option('--json', 'one JSON value')
    .action(async (appId: string, { rate, daily, total, json }) => {
      const changed = await new AdminClient(process.env).patch(applicationPath(appId), {
        ...(rate === undefined ? {} : { ratePerSecond: limitOf(rate) }),
        ...(daily === undefined ? {} : { capDaily: limitOf(daily) }),
        ...(total === undefined ? {} : { capTotal: limitOf(total) }),
      })
      const { ratePerSecond, capDaily, capTotal } = changed as Record<string, number | null>
      print(
        json,
        changed,
        table({ rate: ratePerSecond ?? 'none', daily: capDaily ?? 'none', total: capTotal ?? 'none' }),
      )
    })

  app
    .command('list')
    .description('the applications there are')
    .option('--json', 'one JSON value')
    .action(async ({ json }) => {
      const listed = (await new AdminClient(process.env).get('/applications')) as {
        applications: Record<string, string>[]
      }
      const lines = listed.applications.map(
        ({ appId, accountId, status, mode, name }) => `${appId}  ${accountId}  ${status}  ${mode}  ${name}`,
      )
      print(json, listed, lines.length === 0 ? 'none' : lines.join('\n'))
    })

  return app
}

/** The operator's API lifts a limit by null. */
function limitOf(given: number | 'none'): number | null {
  return given === 'none' ? null : given
}

export function applicationPath(appId: string): string {
  return `/applications/${encodeURIComponent(appId)}`
}
