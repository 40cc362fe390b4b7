import {
  type CivilDate,
  explainNumber,
  foldNumberText,
  NUMBER_ADVICE,
  type NumberExplanation,
  type NumberKind,
  type NumberWarning,
  parseIdNumber,
  shanghaiDate,
} from '@heyan/core'
import { Command } from 'commander'
import { print, table } from '../print.js'
import { explainLines } from './explain-lines.js'

const EXIT_INVALID = 1
const KINDS: Readonly<Record<NumberKind, string>> = {
  resident: '居民身份证',
  hmt: '港澳台居民居住证',
  foreign: '外国人永久居留身份证',
}
const SEXES = { male: '男', female: '女' } as const
const WARNINGS: Readonly<Record<NumberWarning, string>> = {
  first_generation: '由一代证15位号码升位',
  county_unknown: '行政区划表中没有该县级代码',
  division_not_in_force: '出生时该行政区划代码已撤销，或从未列入国家标准',
  division_began_later: '该行政区划代码在出生之后才启用',
  nationality_unknown: '国籍代码不在 ISO 3166-1 中',
}

export function explainCommand(): Command {
  return new Command('explain')
    .description('tells what an identity number says, without a server; exit code 0 valid, 1 not')
    .argument('[number]', 'the number; trimmed and folded as the service does')
    .option('--json', 'one JSON value')
    .option('--jsonl', 'reads one JSON value a line on standard input, answers one JSON object a line')
    .action(async (number: string | undefined, { json = false, jsonl = false }) => {
      const today = shanghaiDate(Date.now())
      if (jsonl) {
        const none = { kind: null, birthday: null, sex: null, region: null }
        await explainLines(
          process.stdin,
          process.stdout,
          (value) => explainNumber(value, today),
          (reason) => ({ valid: false, ...none, reason, warnings: [] }),
        )
        return
      }
      if (number === undefined) throw new Error('explain needs a number, or --jsonl')
      const text = foldNumberText(number)
      const said = explainNumber(text, today)
      print(json, said, said.valid ? table(rowsOf(text, said, today)) : refusal(said))
      if (!said.valid) process.exitCode = EXIT_INVALID
    })
}

function rowsOf(text: string, said: NumberExplanation, today: CivilDate): Record<string, string> {
  const parsed = parseIdNumber(text, { today, accept15: true })
  return {
    号码: parsed.ok ? parsed.value.text : text,
    种类: said.kind === null ? '' : KINDS[said.kind],
    生日: said.birthday ?? '',
    性别: said.sex === null ? '' : SEXES[said.sex],
    区划: said.region ?? '',
    ...(said.warnings.length > 0 ? { 注意: said.warnings.map((warning) => WARNINGS[warning]).join('；') } : {}),
  }
}

function refusal({ reason }: NumberExplanation): string {
  return `不是有效的身份证号码：${reason === null ? '' : NUMBER_ADVICE[reason].zh.join('')}`
}
