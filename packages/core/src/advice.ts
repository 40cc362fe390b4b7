import type { ProblemCode } from './problem.js'
import type { NumberReason } from './subject/check-number.js'
import type { NameReason } from './subject/person-name.js'
import type { Verdict } from './verification/source.js'

/** What a person can do next: short sentences, the likeliest first, in each language that faces speak. */
export interface Advice {
  readonly zh: readonly string[]
  readonly en: readonly string[]
}

/** Advice for each way a verification can end. Data only: faces choose the language and the place. */
export const ADVICE: Readonly<Record<Verdict | ProblemCode, Advice>> = {
  match: {
    zh: ['姓名与身份证号码一致，无需处理。'],
    en: ['Name and number belong together. There is nothing to do.'],
  },
  mismatch: {
    zh: [
      '请对照证件逐字核对姓名，注意同音字、形近字和繁简体。',
      '少数民族姓名请使用间隔号“·”，并按证件填写全名。',
      '生僻字请使用支持 GB 18030-2022 的输入法重新输入；旧系统中可能登记为其他写法，可按证件上的写法再试一次。',
      '改过姓名的，请使用最新证件上的姓名；刚改名的，数据更新需要时间，请过几天再试。',
      '请核对号码每一位，确认没有用了别人的证件。',
    ],
    en: [
      'Compare the name with the card character by character: look for homophones, look-alikes and traditional forms.',
      'Names of ethnic minorities take the separator “·”; write the whole name as on the card.',
      'Type rare characters again with an input method for GB 18030-2022; an older record may spell one otherwise, so try the form on the card.',
      'After a change of name, use the name on the newest card; a recent change takes some days to reach the record.',
      'Check every digit of the number, and that the card is this person’s own.',
    ],
  },
  no_record: {
    zh: [
      '请先核对号码每一位；查无记录不代表证件是假的。',
      '户口刚迁移、新生儿或首次办证的，数据可能尚未更新，请过几天再试。',
      '现役军人、退役不久的人员可能没有记录，请使用军官证等其他证件，或到户籍地派出所恢复户口登记后再试。',
      '使用15位一代证号码的，请改用18位号码；一代证已于2013年1月1日停止使用。',
      '号码变更过、长期在国外或已注销户口的，请向户籍所在地派出所查询。',
    ],
    en: [
      'Check every digit first; having no record does not mean that the card is false.',
      'A household that has just moved, a newborn, or a first card may not be in the record yet: try again in some days.',
      'Those in military service or just out of it may have no record: use another document, or have the household registration restored first.',
      'Use the 18-digit number instead of the 15 digits of a first-generation card, which ended on 1 January 2013.',
      'After a change of number, long stays abroad or a cancelled registration, ask the police station of the household.',
    ],
  },
  name_missing: { zh: ['请填写姓名。'], en: ['Enter the name.'] },
  number_missing: { zh: ['请填写身份证号码。'], en: ['Enter the identity number.'] },
  name_too_long: {
    zh: ['姓名不得超过50个字符，请检查是否填入了其他内容。'],
    en: ['A name has at most 50 characters: check that nothing else is in the field.'],
  },
  number_too_long: {
    zh: ['身份证号码为18位，请删除多余的字符。'],
    en: ['An identity number has 18 characters: remove what is too many.'],
  },
  name_invalid: {
    zh: [
      '请填写证件上的中文姓名，不含空格、数字、字母和标点。',
      '少数民族姓名的间隔号请使用“·”，不要放在开头或结尾。',
      '生僻字显示为方框或问号时，请重新输入该字。',
    ],
    en: [
      'Write the Chinese name as on the card, without spaces, digits, letters or punctuation.',
      'Use “·” as the separator of a minority name, and not at its beginning or end.',
      'Where a rare character shows as a box or a question mark, type it again.',
    ],
  },
  number_invalid: {
    zh: ['请对照证件逐位核对号码，最后一位可能是 X。', '一代证15位号码请改用18位号码。', '请勿填写带星号的号码。'],
    en: [
      'Compare the number with the card digit by digit; the last one may be X.',
      'Use 18 digits instead of the 15 of a first-generation card.',
      'Do not enter a number with asterisks.',
    ],
  },
  caller_blocked: {
    zh: ['请求已被阻止，请联系服务管理员。'],
    en: ['The request was blocked. Ask the operator of the service.'],
  },
  quota_exhausted: { zh: ['剩余次数已用完，请续购套餐。'], en: ['No calls are left. Buy another plan.'] },
  quota_expired: { zh: ['套餐已到期，请续购。'], en: ['The plan has expired. Renew it.'] },
  nonce_used: {
    zh: ['同一随机数不能重复使用，请重新生成后再试。'],
    en: ['A nonce can be used once. Make a new one and try again.'],
  },
  repeat_in_flight: {
    zh: ['同一请求正在处理中，请稍候。'],
    en: ['The same request is under way. Wait a moment.'],
  },
  repeat_differs: {
    zh: ['同一幂等键对应了不同的内容，请更换幂等键。'],
    en: ['The idempotency key was used for other content. Use a new key.'],
  },
  replay_limit: {
    zh: ['同一请求重复次数过多，请更换幂等键后再试。'],
    en: ['The same request was repeated too often. Use a new key.'],
  },
  source_unavailable: {
    zh: ['核验服务暂不可用，本次不计费，请稍后重试。'],
    en: ['No source can answer at the moment. This was free: try again later.'],
  },
  overloaded: {
    zh: ['服务繁忙，本次不计费，请稍后重试。'],
    en: ['The service is busy. This was free: try again later.'],
  },
}

/** Advice for each reason why a number is none; more exact than `number_invalid`. */
export const NUMBER_ADVICE: Readonly<Record<NumberReason, Advice>> = {
  not_text: { zh: ['号码须为文本。'], en: ['The number has to be text.'] },
  length: { zh: ['身份证号码为18位，请补全或删去多余字符。'], en: ['An identity number has 18 characters.'] },
  character: {
    zh: ['只能包含数字，最后一位可为字母 X；请勿填写星号、空格或其他文字。'],
    en: ['Only digits, and perhaps X at the end: no asterisks, spaces or other letters.'],
  },
  province: { zh: ['前两位不是省级代码，请核对。'], en: ['The first two digits are no province: check them.'] },
  division: {
    zh: ['港澳台居民居住证号码应以810000、820000或830000开头。'],
    en: ['A residence permit’s number begins with 810000, 820000 or 830000.'],
  },
  date: { zh: ['第7至14位不是真实日期，请核对。'], en: ['Digits 7 to 14 are no real date: check them.'] },
  future: { zh: ['出生日期晚于今天，请核对。'], en: ['The birth date is after today: check it.'] },
  check_digit: {
    zh: ['校验码不符，至少有一位输入有误，请逐位核对。'],
    en: ['The check digit does not agree: at least one digit is wrong.'],
  },
  first_generation: {
    zh: ['这是一代证的15位号码，已于2013年停用，请使用18位号码。'],
    en: ['These are the 15 digits of a first-generation card, which ended in 2013. Use the 18.'],
  },
  foreign_legacy: {
    zh: ['这是旧版外国人永久居留身份证的15位号码，请使用新版证件上的18位号码。'],
    en: ['This is the number of an older permanent resident’s card. Use the 18 characters of the new one.'],
  },
}

/** Advice for each reason why a text is no name; more exact than `name_invalid`. */
export const NAME_ADVICE: Readonly<Record<NameReason, Advice>> = {
  not_text: { zh: ['姓名须为文本。'], en: ['The name has to be text.'] },
  empty: { zh: ['请填写姓名。'], en: ['Enter the name.'] },
  too_short: { zh: ['姓名至少两个字，请填写姓和名。'], en: ['A name has at least two characters.'] },
  too_long: { zh: ['姓名不得超过50个字符。'], en: ['A name has at most 50 characters.'] },
  surrogate: {
    zh: ['姓名中有不完整的字符，请重新输入生僻字。'],
    en: ['A character is broken in half: type the rare one again.'],
  },
  control: {
    zh: ['姓名中有不可见的控制字符，请手工重新输入。'],
    en: ['There are invisible control characters: type the name by hand.'],
  },
  private_use: {
    zh: ['姓名中的生僻字使用了自造字编码，请用支持 GB 18030-2022 的输入法重新输入。'],
    en: ['A rare character has a private code: type it again with an input method for GB 18030-2022.'],
  },
  separator: {
    zh: ['间隔号“·”只能放在两个汉字之间，且不能连用。'],
    en: ['The separator “·” stands between two Hanzi, one at a time.'],
  },
  letters: {
    zh: ['请填写中文姓名；拉丁字母姓名仅用于外国人永久居留身份证。'],
    en: ['Write the Chinese name; Latin letters are for foreign permanent residents only.'],
  },
  character: {
    zh: ['姓名只能包含汉字和间隔号“·”，请删去数字、标点和其他符号。'],
    en: ['Only Hanzi and “·” may be in a name: remove digits, punctuation and signs.'],
  },
}
