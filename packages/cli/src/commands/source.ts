import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { AdminClient, AdminError } from '../admin-client.js'
import { count, countOrNone, oneOf } from '../arguments.js'
import { print, table } from '../print.js'
import { reconcileCommand } from './source-reconcile.js'

const CENTIFEN_PER_FEN = 100
const ROSTER = 'roster'
const STANDARD_INPUT = '-'

interface Listed {
  readonly sources: readonly Source[]
  readonly roster: { readonly priority: number | null; readonly isAsked: boolean; readonly ready: boolean }
  readonly ready: boolean
}
interface Source {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly state: string
  readonly problem: string | null
  readonly priority: number
  readonly weight: number
  readonly costCentifen: number
  readonly sinceStart: {
    readonly attempts: number
    readonly classes: Readonly<Record<string, number>>
    readonly costCentifen: number
    readonly durationMs: number
    readonly lateAnswers: number
    readonly alert: { readonly reason: string } | null
  }
}

interface TermOptions {
  readonly priority?: number | 'none'
  readonly weight?: number
  readonly cost?: number
  readonly noRecordCost?: number | 'none'
  readonly secondQuestion?: 'never' | 'on_mismatch'
  readonly timeout?: number | 'none'
  readonly settings?: string
  readonly secrets?: string
}

export function sourceCommand(): Command {
  const source = new Command('source').description(
    'who is asked: suppliers across a network, and the roster among them',
  )

  withTerms(
    source
      .command('add <name>')
      .description('describes a source; it stays disabled: test it, then enable it')
      .requiredOption(
        '--kind <kind>',
        'aliyun-market: a supplier of the public marketplace; http: any vendor, described',
      )
      .option('--url <url>', 'where it is; a setting like any other'),
  ).action(async (name: string, { kind, url, json, ...terms }) => {
    const settings = { ...(url === undefined ? {} : { url }), ...settingsIn(terms.settings) }
    const given = { name, kind, ...termsOf(terms), settings }
    const added = (await new AdminClient(process.env).post('/sources', given)) as Source
    print(json, added, `${name} is added and disabled: heyan source test ${name}, then heyan source enable ${name}`)
  })

  source
    .command('list')
    .description('sources in the order in which they are asked, with their health and what they cost since the start')
    .option('--json', 'one JSON value')
    .action(async ({ json }) => {
      const listed = (await new AdminClient(process.env).get('/sources')) as Listed
      print(json, listed, words(listed))
    })

  source
    .command('test <name>')
    .description('asks one source, enabled or not: charged to nobody here, but its supplier may charge')
    .option('--name <name>', 'whom to ask about; an invented person by default')
    .option('--number <number>', 'the identity number')
    .option('--json', 'one JSON value')
    .action(async (of: string, { name, number, json }) => {
      const client = new AdminClient(process.env)
      const { id } = await found(client, of)
      const tested = (await client.post(`/sources/${id}/test`, {
        ...(name === undefined ? {} : { name }),
        ...(number === undefined ? {} : { number }),
      })) as { verdict: string | null; reason: string | null; elapsedMs: number; reference: string | null }
      const { verdict, reason, elapsedMs, reference } = tested
      print(
        json,
        tested,
        table({ answer: verdict ?? `none: ${reason}`, ms: elapsedMs, reference: reference ?? 'none' }),
      )
      if (verdict === null) process.exitCode = 1
    })

  const change = (verb: string, summary: string, status: 'enabled' | 'disabled') =>
    source
      .command(`${verb} <name>`)
      .description(summary)
      .option('--json', 'one JSON value')
      .action(async (name: string, { json }) => {
        const client = new AdminClient(process.env)
        const { id } = await found(client, name)
        print(json, await client.patch(`/sources/${id}`, { status }), `${name} is ${status}`)
      })
  change('enable', 'asks it from the next call on', 'enabled')
  change('disable', 'asks it no more; calls under way end with it', 'disabled')

  withTerms(
    source
      .command('set <name>')
      .description(
        `changes what is given; ${ROSTER} has a priority only, and none takes it off the route of the others`,
      ),
  ).action(async (name: string, { json, ...terms }) => {
    const client = new AdminClient(process.env)
    const set = termsOf(terms)
    if (name === ROSTER) {
      if (terms.priority === undefined || Object.keys(set).some((term) => term !== 'priority'))
        throw new AdminError('roster_terms', 'the roster has a --priority and nothing else')
      const placed = await client.patch(`/sources/${ROSTER}`, {
        priority: terms.priority === 'none' ? null : terms.priority,
      })
      print(
        json,
        placed,
        terms.priority === 'none' ? 'the roster is asked where no source is enabled' : 'the roster is placed',
      )
      return
    }
    if (terms.priority === 'none') throw new AdminError('priority_missing', 'only the roster can be without a priority')
    const { id } = await found(client, name)
    print(json, await client.patch(`/sources/${id}`, set), `${name} is changed`)
  })

  source
    .command('remove <name>')
    .description('forgets a source and its secrets; its attempts stay')
    .option('--json', 'one JSON value')
    .action(async (name: string, { json }) => {
      const client = new AdminClient(process.env)
      const { id } = await found(client, name)
      await client.delete(`/sources/${id}`)
      print(json, { removed: name }, `${name} is removed`)
    })

  source.addCommand(reconcileCommand())
  return source
}

function withTerms(command: Command): Command {
  return command
    .option('--settings <file>', 'its settings as a JSON object; - reads standard input')
    .option('--secrets <file>', 'a JSON object, or lines of name=value; - reads standard input')
    .option('--priority <n>', 'lower is asked first', countOrNone)
    .option('--weight <n>', 'share among sources of the same priority', count)
    .option('--cost <fen>', 'what a verdict costs us, in fen: 3.3', centifen)
    .option('--no-record-cost <fen>', 'what a no-record costs us; none: as any verdict', centifenOrNone)
    .option(
      '--second-question <when>',
      'whether another spelling of a name is asked: never, or on_mismatch',
      oneOf('never', 'on_mismatch'),
    )
    .option('--timeout <ms>', 'the longest one attempt may take; none: as for all', countOrNone)
    .option('--json', 'one JSON value')
}

function termsOf({ priority, weight, cost, noRecordCost, secondQuestion, timeout, ...files }: TermOptions) {
  if (files.settings === STANDARD_INPUT && files.secrets === STANDARD_INPUT)
    throw new AdminError('input_twice', 'only one of --settings and --secrets can be read from standard input')
  return {
    ...(priority === undefined || priority === 'none' ? {} : { priority }),
    ...(weight === undefined ? {} : { weight }),
    ...(cost === undefined ? {} : { costCentifen: cost }),
    ...(noRecordCost === undefined ? {} : { noRecordCostCentifen: noRecordCost === 'none' ? null : noRecordCost }),
    ...(secondQuestion === undefined ? {} : { secondQuestion }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout === 'none' ? null : timeout }),
    ...(files.settings === undefined ? {} : { settings: settingsIn(files.settings) }),
    ...(files.secrets === undefined ? {} : { secrets: secretsIn(files.secrets) }),
  }
}

const read = new Map<string, string>()

/** What a file holds, or standard input; never from a terminal, which would show it. */
function textIn(file: string, option: string): string {
  const known = read.get(file)
  if (known !== undefined) return known
  if (file === STANDARD_INPUT && process.stdin.isTTY)
    throw new AdminError('input_shown', `${option} -: a terminal would show it; pipe it in, or name a file`)
  try {
    const text = readFileSync(file === STANDARD_INPUT ? 0 : file, 'utf8').replace(/^\uFEFF/, '')
    read.set(file, text)
    return text
  } catch {
    throw new AdminError('file_unreadable', `${option}: ${file} cannot be read`)
  }
}

function settingsIn(file: string | undefined): object {
  if (file === undefined) return {}
  const value = jsonIn(textIn(file, '--settings'))
  if (value === null) throw new AdminError('settings_unreadable', `--settings: ${file} is no JSON object`)
  return value
}

/** The message says which line is wrong, and never what it says. */
function secretsIn(file: string): object {
  const text = textIn(file, '--secrets')
  const object = jsonIn(text)
  if (object !== null) return object
  const lines = text.split(/\r?\n/).map((line, at) => ({ line: line.trim(), at: at + 1 }))
  return Object.fromEntries(
    lines
      .filter(({ line }) => line !== '')
      .map(({ line, at }) => {
        const [, name, value] = /^(\w+)\s*[=:]\s*(.+)$/.exec(line) ?? []
        if (name === undefined || value === undefined)
          throw new AdminError('secrets_unreadable', `--secrets: line ${at} is not name=value`)
        return [name, value]
      }),
  )
}

function jsonIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

async function found(client: AdminClient, name: string): Promise<Source> {
  const { sources } = (await client.get('/sources')) as Listed
  const source = sources.find((each) => each.name === name)
  if (source !== undefined) return source
  const names = sources.map((each) => each.name)
  throw new AdminError(
    'source_unknown',
    `there is no source called ${name}; ${names.length === 0 ? 'none is added' : `there are ${names.join(', ')}`}`,
  )
}

function centifen(text: string): number {
  const value = /^\d{1,7}(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * CENTIFEN_PER_FEN) : -1
  if (value < 0) throw new InvalidArgumentError('an amount in fen with at most two places is needed, such as 3.3.')
  return value
}

function centifenOrNone(text: string): number | 'none' {
  return text === 'none' ? 'none' : centifen(text)
}

function words({ sources, roster, ready }: Listed): string {
  const place =
    roster.priority === null ? (roster.isAsked ? 'asked alone' : 'not asked') : `priority ${roster.priority}`
  const rows = sources.map(({ name, kind, status, state, priority, weight, costCentifen, sinceStart, problem }) => {
    const { attempts, classes, durationMs, lateAnswers, alert } = sinceStart
    const mean = attempts === 0 ? '' : ` ${Math.round(durationMs / attempts)} ms each`
    const spent = `${sinceStart.costCentifen / CENTIFEN_PER_FEN} fen`
    return [
      `${name}  ${kind}  ${status}  ${state}  priority ${priority}  weight ${weight}  ${costCentifen / CENTIFEN_PER_FEN} fen`,
      `  since the start: ${attempts} attempts${mean}, ${classes.verdict ?? 0} verdicts, ${spent}, ${lateAnswers} late`,
      ...(alert === null ? [] : [`  look at it: ${alert.reason}`]),
      ...(problem === null ? [] : [`  left out: ${problem}`]),
    ].join('\n')
  })
  return [
    ...rows,
    `roster  ${roster.ready ? 'ready' : 'empty'}  ${place}`,
    ...(ready ? [] : ['nobody can answer now']),
  ].join('\n')
}
