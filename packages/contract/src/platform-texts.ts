import { PROBLEM_TEXTS } from './market.js'

/** The door of a supplier's own platform: appid, sendtime and sign beside the name and the number. */
export const PLATFORM_PATH = '/open/idcard'

/** Problems of this door beside those of the market door; all are answered with 666. */
export const PLATFORM_TEXTS = {
  appid_missing: '未传入开发者账号appid',
  appid_too_long: '传入开发者账号appid字符串长度超限',
  sendtime_missing: '未传入查询时间sendtime',
  sendtime_malformed: '传入查询时间sendtime字符串长度超限',
  sendtime_expired: '时间戳超时，请重新请求',
  sign_missing: '未传入签名sign',
  sign_too_long: '传入签名sign字符串长度超限',
  sign_wrong: '签名校验失败',
  address_not_allowed: PROBLEM_TEXTS.caller_blocked,
  debug: '存在*字符，视为调试数据。止于当前结果。',
  nonce_too_long: '传入随机数nonce字符串长度超限',
  nonce_used: '随机数nonce已使用，请重新请求',
} as const

export type PlatformProblem = keyof typeof PLATFORM_TEXTS

/** 解决方式 of the problems above; XXXXXXX stands for the caller's own appid. */
export const PLATFORM_ADVICE_TEXTS: Readonly<Record<PlatformProblem | 'suspended', string>> = {
  appid_missing: '请传入appid开发者账号。',
  appid_too_long: 'appid字符串长度不得超过32个字符。',
  sendtime_missing: '请传入sendtime时间戳。',
  sendtime_malformed: '请检查传入sendtime时间戳的长度。',
  sendtime_expired: '传入sendtime时间戳误差不得超过5分钟。',
  sign_missing: '请传入sign签名结果。',
  sign_too_long: '请检查传入sign签名的长度。',
  sign_wrong: '请参照平台签名校验流程进行对比调试。',
  address_not_allowed: '禁止将API用于任何形式的攻击行为，请注意。',
  suspended: 'XXXXXXX开发者已被停止调用。',
  debug: '传入的参数值包含*字符，都将视为测试数据，仅用于调试。',
  nonce_too_long: 'nonce字符串长度不得超过128个字符。',
  nonce_used: '每次请求请传入不同的nonce。',
}
