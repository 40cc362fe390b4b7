import { Command } from 'commander'
import { AdminClient } from '../admin-client.js'
import { print, table } from '../print.js'

interface Site extends Readonly<Record<string, unknown>> {
  readonly orderUrls: Readonly<Record<string, string>>
}

const PLAN = /^plan_/

export function siteCommand(): Command {
  const site = new Command('site').description('what the pages say of the operator, and where plans are ordered')
  site
    .command('show')
    .description('what is decided; empty lines are not on the pages')
    .option('--json', 'one JSON value')
    .action(async ({ json }) => tell(json, await new AdminClient(process.env).get('/site')))
  site
    .command('set <name> <value>')
    .description('decides one: a name of `show`, or the id of a plan for its order link')
    .option('--json', 'one JSON value')
    .action(async (name: string, value: string, { json }) => tell(json, await change(name, value)))
  site
    .command('unset <name>')
    .description('goes back to the default; takes an order link away')
    .option('--json', 'one JSON value')
    .action(async (name: string, { json }) => tell(json, await change(name, null)))
  site
    .command('plans')
    .description('the plans on sale, with their ids')
    .option('--json', 'one JSON value')
    .action(async ({ json }) => {
      const { plans } = (await new AdminClient(process.env).get('/plans')) as { plans: readonly Plan[] }
      const onSale = plans.filter(({ status }) => status === 'on_sale')
      print(json, onSale, table(Object.fromEntries(onSale.map(({ id, label }) => [id, label]))))
    })
  return site
}

interface Plan {
  readonly id: string
  readonly label: string
  readonly status: string
}

function change(name: string, value: string | null): Promise<unknown> {
  const body = PLAN.test(name) ? { orderUrls: { [name]: value } } : { [name]: value }
  return new AdminClient(process.env).patch('/site', body)
}

function tell(isJson: boolean, answered: unknown): void {
  const { orderUrls, ...facts } = answered as Site
  print(isJson, answered, table({ ...(facts as Record<string, string>), ...orderUrls }))
}
