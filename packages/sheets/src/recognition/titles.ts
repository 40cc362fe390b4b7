/** What people call the two columns, most telling first, as `plainTitle` leaves them. */
export const NAME_TITLES: readonly string[] = [
  '真实姓名',
  '姓名',
  '名字',
  '人员姓名',
  '证件姓名',
  '本人姓名',
  '被核验人',
  '考生姓名',
  '患者姓名',
  '员工姓名',
  '学生姓名',
  '客户姓名',
  'realname',
  'fullname',
  'name',
  'xm',
  'xingming',
]
export const NUMBER_TITLES: readonly string[] = [
  '公民身份号码',
  '公民身份证号码',
  '居民身份证号码',
  '居民身份证号',
  '身份证号码',
  '身份证号',
  '身份号码',
  '身份证',
  '证件号码',
  '证件号',
  '有效证件号码',
  '证照号码',
  'idnumber',
  'idcardnumber',
  'idcardno',
  'idcard',
  'idno',
  'identitynumber',
  'number',
  'sfzhm',
  'sfzh',
  'sfz',
  'zjhm',
]

/** Full-width to ASCII, small letters, without a star, a remark in brackets, spaces, `_` and `-`: `*姓名（必填）` is 姓名. */
export function plainTitle(title: string): string {
  return title
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\([^()]*\)|\[[^[\]]*\]/g, '')
    .replace(/[\s_\-*:\uFEFF]/g, '')
}
