import type { SampleSubject } from '@heyan/contract'
import { checkDigit } from '@heyan/core'
import type { Roster } from '@heyan/sources'
import type { Store } from '@heyan/store'

/** The setting that names the demo application. */
const DEMO_APPLICATION = 'demo.application'
const DEMO_CALLS = 20

/** Whom the first start can verify; also what the printed curl line asks. */
export const DEMO_SUBJECT = { name: '李三', number: '11010519491231002X' } as const

/**
 * The standard's own two samples (GB 11643-1999) under invented names, then invented people whose birth in the 1880s makes a
 * living holder impossible: the first 17 characters, to which the check digit is added.
 */
const PEOPLE: readonly (readonly [name: string, number: string])[] = [
  [DEMO_SUBJECT.name, DEMO_SUBJECT.number],
  ['王五', '440524188001010014'],
  ['庆国安', '35052118850316001'],
  ['阿卜杜拉·买买提', '65312518860712001'],
  ['古丽米热·艾比布力', '65010318870308002'],
  ['欧阳若兰', '31010118820505004'],
  ['陈䶮', '33010218831120001'],
  ['赵一鸣', '11010118840229001'],
  ['钱多多', '12010118810909002'],
  ['孙小圣', '32010218891001003'],
  ['周文举', '42010218880618005'],
  ['吴用之', '37010218850101007'],
  ['郑成仁', '51010418861231009'],
  ['冯唐玉', '61010218870415006'],
  ['陈立秋', '44010318820807008'],
  ['褚时春', '53010218830204010'],
  ['卫青山', '14010518840930011'],
  ['蒋心悦', '43010218810520012'],
  ['沈默言', '34010218891111014'],
  ['韩冬雪', '23010218880222016'],
]

const LI_SI = { name: '李四', number: DEMO_SUBJECT.number } as const
/** Born in 1884, and in no list. */
const NOBODY = { name: '何无名', number: `11010118840229999${checkDigit('11010118840229999')}` } as const

/** What pages offer to click: how the demo roster answers. */
export const DEMO_SAMPLES: readonly SampleSubject[] = [
  { ...DEMO_SUBJECT, ending: 'match' },
  { ...LI_SI, ending: 'mismatch' },
  { ...NOBODY, ending: 'no_record' },
]

function demoList(): Uint8Array {
  const rows = PEOPLE.map(([name, number]) => `${name},${number.length === 17 ? number + checkDigit(number) : number}`)
  return new TextEncoder().encode(`姓名,身份证号码\n${rows.join('\n')}\n`)
}

export interface DemoCredentials {
  readonly appCode: string
  readonly appKey: string
  readonly appSecret: string
}

/**
 * At the first start: an account with an application and some calls, and a roster of people nobody is. Afterwards the same
 * again, looked up. Null where an operator has made the system theirs without a demo.
 */
export async function openDemo(store: Store, roster: Roster): Promise<DemoCredentials | null> {
  const known = await store.run('readSetting', DEMO_APPLICATION)
  if (known !== null) return store.run('revealCredentials', { actor: 'system', appId: known, reason: 'demo' })
  if (!(await store.run('isEmpty', undefined))) return null
  if (roster.count() === 0) {
    const imported = await roster.import([demoList()])
    if (!('count' in imported)) throw new Error('the demo roster was refused')
  }
  const created = await store.run('createApplication', {
    actor: 'system',
    accountId: null,
    name: '演示',
    mode: 'live',
    fields: 'masked',
    calls: DEMO_CALLS,
    validDays: 365,
    isNoRecordFree: false,
  })
  if (typeof created === 'string') throw new Error(created)
  await store.run('writeSetting', { key: DEMO_APPLICATION, value: created.appId })
  return created
}
