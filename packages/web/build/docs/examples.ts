import { type ANSWER_FIELDS, verdictBody } from '@heyan/contract'
import {
  formatBirthday,
  fullAddress,
  lookupRegion,
  maskBirthday,
  maskedAddress,
  maskName,
  maskNumber,
  parseSubject,
  regionOf,
} from '@heyan/core'
import type { Language } from '../../src/docs/shapes.ts'

/** The standard's own sample under an invented name, as answers show it masked and in full. */
const SUBJECT = parseSubject('李三', '11010519491231002X', {
  today: { year: 2026, month: 1, day: 1 },
  isFifteenDigitAccepted: false,
})

function bodies(): Record<'masked' | 'full', Record<string, unknown>> {
  if (!SUBJECT.ok) throw new Error('the sample is no subject')
  const { name, number } = SUBJECT.value
  const region = regionOf(number)
  const verdict = { verdict: 'match', sex: number.sex } as const
  const read = (body: string) => JSON.parse(body) as Record<string, unknown>
  return {
    masked: read(
      verdictBody({
        ...verdict,
        name: maskName(name.text),
        number: maskNumber(number.text),
        birthday: maskBirthday(number.birthday),
        address: maskedAddress(region),
      }),
    ),
    full: read(
      verdictBody({
        ...verdict,
        name: name.text,
        number: number.text,
        birthday: formatBirthday(number.birthday),
        address: fullAddress(region),
      }),
    ),
  }
}

/** A field of the answer about the sample: masked, and in full. */
export function answerRows(field: (typeof ANSWER_FIELDS)[number]['name']): [string, string] {
  const { masked, full } = bodies()
  return [String(masked[field]), String(full[field])]
}

export function maskRows(language: Language): [what: string, full: string, masked: string][] {
  const { masked, full } = bodies()
  const pair = (field: string): [string, string] => [String(full[field]), String(masked[field])]
  const [name, number, birthday, address] =
    language === 'zh' ? ['姓名', '号码', '生日', '地区'] : ['name', 'number', 'birthday', 'region']
  return [
    [name ?? '', ...pair('xm')],
    [name ?? '', '阿卜杜拉·买买提', maskName('阿卜杜拉·买买提')],
    [number ?? '', ...pair('sfz')],
    [birthday ?? '', ...pair('birthday')],
    [address ?? '', ...pair('address')],
  ]
}

/** A code and a year of birth for every form of a masked address. */
const PLACES: readonly (readonly [division: string, year: number])[] = [
  ['350521', 1990],
  ['110105', 1990],
  ['429004', 2005],
  ['441900', 2005],
  ['810000', 1990],
]

export function addressRows(): [full: string, masked: string][] {
  return PLACES.map(([division, year]) => {
    const region = lookupRegion(division, year)
    if (region === null) throw new Error(`${division} is no division`)
    return [fullAddress(region), maskedAddress(region)]
  })
}
