import {
  ADVICE_TEXTS,
  ANSWER_FIELDS,
  type GatewayErrorCode,
  gatewayError,
  HTTP_PROBLEMS,
  type HttpProblemCode,
  MARKET_HEADERS,
  PARAMETER_FIELDS,
  PLATFORM_ADVICE_TEXTS,
  PLATFORM_TEXTS,
  type PlatformProblem,
  PROBLEM_STATUS,
  PROBLEM_TEXTS,
  suspendedText,
  VERDICT_TEXTS,
} from '@heyan/contract'
import { ADVICE, NAME_ADVICE, NUMBER_ADVICE } from '@heyan/core'
import type { Language } from '../../src/docs/shapes.ts'
import { addressRows, answerRows, maskRows } from './examples.ts'
import {
  ANSWER_MEANINGS,
  CLASSIC_WHEN,
  COLUMNS,
  HEADER_MEANINGS,
  PARAMETER_MEANINGS,
  PLATFORM_EN,
  PROBLEM_EN,
  REFUSAL_ADVICE,
  VERDICT_MEANINGS,
} from './table-words.ts'

type Make = (language: Language) => string

/** Every table that documents show of what the code says, so that they cannot come apart. */
const TABLES = {
  parameters: (language) =>
    rows(COLUMNS.parameters[language], [
      ...PARAMETER_FIELDS.map(({ label, name, isRequired, type, example, description }) =>
        language === 'zh'
          ? [label, code(name), isRequired ? '是' : '否', type, example, description]
          : [
              PARAMETER_MEANINGS[name][0],
              code(name),
              isRequired ? 'yes' : 'no',
              type,
              example,
              PARAMETER_MEANINGS[name][1],
            ],
      ),
    ]),
  'answer-fields': (language) =>
    rows(COLUMNS.answer[language], [
      ...ANSWER_FIELDS.map(({ name, type, description }) => [
        code(name),
        type,
        language === 'zh' ? description : ANSWER_MEANINGS[name],
        ...answerRows(name).map(code),
      ]),
    ]),
  verdicts: (language) =>
    rows(
      COLUMNS.verdicts[language],
      (['match', 'mismatch', 'no_record'] as const).map((verdict) => [
        code(VERDICT_TEXTS[verdict]),
        code(String(verdict === 'match')),
        VERDICT_MEANINGS[verdict][language],
        (language === 'zh' ? ADVICE_TEXTS[verdict] : undefined) ?? ADVICE[verdict][language][0] ?? '',
      ]),
    ),
  problems: (language) =>
    rows(
      COLUMNS.problems[language],
      Object.entries(PROBLEM_TEXTS).map(([problem, text]) => [
        String(PROBLEM_STATUS),
        code(text),
        language === 'zh'
          ? (ADVICE_TEXTS[problem] ?? ADVICE[problem as keyof typeof ADVICE].zh.join(''))
          : PROBLEM_EN[problem as keyof typeof PROBLEM_EN],
      ]),
    ),
  refusals: (language) =>
    rows(
      COLUMNS.refusals[language],
      REFUSALS.map((refusal) => {
        const { status, message } = refusalOf(refusal, 'classic')
        return [String(status), code(message), CLASSIC_WHEN[refusal][language], REFUSAL_ADVICE[refusal][language]]
      }),
    ),
  profiles: (language) =>
    rows(
      COLUMNS.profiles[language],
      REFUSALS.map((refusal) => {
        const [classic, vpc] = [refusalOf(refusal, 'classic'), refusalOf(refusal, 'vpc')]
        return [
          CLASSIC_WHEN[refusal][language],
          `${classic.status} ${code(classic.message)}`,
          `${vpc.status} ${vpc.errorCode === null ? '' : `${code(vpc.errorCode)} `}${code(vpc.message)}`,
        ]
      }),
    ),
  'platform-problems': (language) =>
    rows(COLUMNS.platform[language], [
      ...PLATFORM_ORDER.flatMap((problem): string[][] => {
        const text = problem === 'suspended' ? suspendedText('XXXXXXX') : PLATFORM_TEXTS[problem]
        return [[code(text), language === 'zh' ? PLATFORM_ADVICE_TEXTS[problem] : PLATFORM_EN[problem]]]
      }),
    ]),
  'http-problems': (language) =>
    rows(
      COLUMNS.http[language],
      (Object.keys(HTTP_PROBLEMS) as HttpProblemCode[])
        .filter((problem) => !OPERATORS.test(problem))
        .map((problem) => [String(HTTP_PROBLEMS[problem].status), code(problem), HTTP_PROBLEMS[problem][language]]),
    ),
  'advice-mismatch': (language) => list(ADVICE.mismatch[language]),
  'advice-no-record': (language) => list(ADVICE.no_record[language]),
  'number-reasons': (language) => list(Object.values(NUMBER_ADVICE).flatMap((advice) => advice[language])),
  'name-reasons': (language) => list(Object.values(NAME_ADVICE).flatMap((advice) => advice[language])),
  masks: (language) =>
    rows(
      COLUMNS.masks[language],
      maskRows(language).map(([what, full, shown]) => [what, code(full), code(shown)]),
    ),
  addresses: (language) =>
    rows(
      COLUMNS.addresses[language],
      addressRows().map((pair) => pair.map(code)),
    ),
  headers: (language) =>
    rows(
      COLUMNS.headers[language],
      Object.entries(MARKET_HEADERS).map(([header, name]) => [
        code(name),
        HEADER_MEANINGS[header as keyof typeof MARKET_HEADERS][language],
      ]),
    ),
} as const satisfies Record<string, Make>

export function isTable(name: string): name is keyof typeof TABLES {
  return Object.hasOwn(TABLES, name)
}

export function table(name: keyof typeof TABLES, language: Language): string {
  return TABLES[name](language)
}

/** Problems of the operator's API, which callers never meet. */
const OPERATORS =
  /^(operator|account|application|credential_absent|plan|order|source_(unknown|exists|invalid)|setting|region_table|site)/

/** In the order in which they are looked for. */
const REFUSALS = Object.keys(CLASSIC_WHEN) as GatewayErrorCode[]
const PLATFORM_ORDER = Object.keys(PLATFORM_EN) as (PlatformProblem | 'suspended')[]

function refusalOf(refusal: GatewayErrorCode, profile: 'classic' | 'vpc') {
  return gatewayError(refusal, profile, { stringToSign: '…', method: 'HEAD', path: '/x', callId: '…' })
}

function rows(titles: readonly string[], cells: readonly (readonly string[])[]): string {
  const line = (each: readonly string[]) => `| ${each.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...cells.map(line)].join('\n')
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

/** Exact text. One that holds backticks needs longer ones around it. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}
