import type { ResultColumn } from '@heyan/contract'
import {
  ADVICE,
  checkIdNumber,
  foldNumberText,
  NAME_ADVICE,
  NUMBER_ADVICE,
  type ProblemCode,
  parseName,
} from '@heyan/core'
import type { Tone } from '@heyan/sheets'
import type { BatchStatus } from '@heyan/store'
import { todayInShanghai } from '../calls/today.js'
import { isVerdict, type RowOutcome } from './row-result.js'

/** Headings of what stands behind a sheet's own columns. */
export const RESULT_TITLES: Readonly<Record<ResultColumn, string>> = {
  result: '结果',
  note: '说明',
  advice: '建议',
  sex: '性别',
  birthday: '出生日期',
  region: '地区',
  charged: '是否计费',
  callId: '流水号',
}

export const SHEET_WORDS = {
  results: '结果',
  summary: '汇总',
  summaryTitle: '批量核验汇总',
  chart: '各结果的行数',
  label: '结果',
  count: '行数',
  rows: '总行数',
  charged: '计费次数',
  duplicates: '重复行',
  purpose: '用途',
  made: '生成时间',
  yes: '是',
  no: '否',
  male: '男',
  female: '女',
} as const

/** What a row came to, in one word. */
export type Result = '一致' | '不一致' | '查无记录' | '信息有误' | '未核验'

const VERDICTS = { match: '一致', mismatch: '不一致', no_record: '查无记录' } as const
/** What is no fault of the row's. */
const UNVERIFIED: ReadonlySet<RowOutcome> = new Set(['source_unavailable', 'caller_blocked'])

export function resultOf(outcome: RowOutcome | null): Result {
  if (outcome === null || UNVERIFIED.has(outcome)) return '未核验'
  return isVerdict(outcome) ? VERDICTS[outcome] : '信息有误'
}

export const TONES: Readonly<Record<Result, Tone>> = {
  一致: 'good',
  不一致: 'bad',
  查无记录: 'unsure',
  信息有误: 'bad',
  未核验: 'quiet',
}

const MESSAGES: Readonly<Partial<Record<RowOutcome, string>>> = {
  match: '姓名与身份证号码一致',
  mismatch: '姓名与身份证号码不一致',
  no_record: '查无记录',
  name_missing: '姓名为空',
  number_missing: '身份证号码为空',
  name_too_long: '姓名超过50个字符',
  number_too_long: '身份证号码超过18个字符',
  name_invalid: '姓名有误',
  number_invalid: '身份证号码有误',
  number_damaged: '号码被表格软件当成了数字，末几位已经丢失',
  caller_blocked: '请求已被阻止',
  source_unavailable: '核验服务暂不可用',
}

const WAITING: Readonly<Record<BatchStatus, string>> = {
  uploaded: '尚未开始',
  queued: '排队中，尚未核验',
  running: '尚未核验',
  paused: '已暂停，尚未核验',
  out_of_quota: '剩余次数已用完，尚未核验',
  completed: '未核验',
  cancelled: '已取消，未核验',
  failed: '处理失败，未核验',
}

/** What happened, for people. */
export function messageOf(outcome: RowOutcome | null, status: BatchStatus): string {
  return outcome === null ? WAITING[status] : (MESSAGES[outcome] ?? '未核验')
}

export function duplicateNote(row: number): string {
  return `与第${row}行相同，未重复计费`
}

const DAMAGED = ['请把号码一列设为“文本”格式，照证件重新填写后再上传。']

/** What to do next; of a name or a number that is none, as exactly as can be told. */
export function adviceOn(
  outcome: RowOutcome | null,
  { name, number }: { readonly name: string; readonly number: string },
  at: number,
): readonly string[] {
  if (outcome === null) return []
  if (outcome === 'number_damaged') return DAMAGED
  const folded = foldNumberText(number)
  if (outcome === 'number_invalid') {
    const reason = checkIdNumber(folded, todayInShanghai(at))
    return reason === null ? ADVICE.number_invalid.zh : NUMBER_ADVICE[reason].zh
  }
  if (outcome === 'name_invalid') {
    const parsed = parseName(name.trim(), { allowLatin: folded.startsWith('9') })
    return parsed.ok ? ADVICE.name_invalid.zh : NAME_ADVICE[parsed.reason].zh
  }
  return ADVICE[outcome as ProblemCode].zh
}
