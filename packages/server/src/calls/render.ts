import { type MarketProblem, PROBLEM_STATUS, problemBody, VERDICT_TEXTS, verdictBody } from '@heyan/contract'
import {
  formatBirthday,
  fullAddress,
  maskBirthday,
  maskedAddress,
  maskName,
  maskNumber,
  type Outcome,
  type Regions,
} from '@heyan/core'
import type { Caller } from '../directory.js'

/** An answer of the market door: marketplaces bill by status, 2xx is charged and 666 is not. */
export interface MarketAnswer {
  readonly status: number
  readonly body: string
  /** Null on a problem. */
  readonly billing: '0' | '1' | null
}

type VerdictOutcome = Extract<Outcome, { kind: 'verdict' }>

/** A verdict as the application may see it: masked, or in full. */
export function renderVerdict(
  { verdict, subject, charge }: VerdictOutcome,
  isFull: boolean,
  regions: Regions,
): MarketAnswer {
  const { name, number } = subject
  const region = regions.of(number)
  const body = verdictBody({
    verdict,
    name: isFull ? name.text : maskName(name.text),
    number: isFull ? number.text : maskNumber(number.text),
    birthday: isFull ? formatBirthday(number.birthday) : maskBirthday(number.birthday),
    sex: number.sex,
    address: isFull ? fullAddress(region) : maskedAddress(region),
  })
  return { status: 200, body, billing: charge.kind === 'charged' ? '1' : '0' }
}

const UNCHARGED_NO_RECORD: MarketAnswer = {
  status: PROBLEM_STATUS,
  body: JSON.stringify({ ok: 0, msg: VERDICT_TEXTS.no_record }),
  billing: null,
}

/** As above; but where a gateway in front charges by status, a no-record that shall be free goes out as a problem does. */
export function renderFor(outcome: VerdictOutcome, caller: Caller, regions: Regions): MarketAnswer {
  const { free, standing, isFull } = caller
  const isFreeThere = free === 'elsewhere' && standing.isNoRecordFree && outcome.verdict === 'no_record'
  return isFreeThere ? UNCHARGED_NO_RECORD : renderVerdict(outcome, isFull, regions)
}

const PROBLEMS = new Map<MarketProblem, MarketAnswer>()

export function renderProblem(problem: MarketProblem): MarketAnswer {
  let answer = PROBLEMS.get(problem)
  if (answer === undefined) {
    answer = { status: PROBLEM_STATUS, body: problemBody(problem), billing: null }
    PROBLEMS.set(problem, answer)
  }
  return answer
}
