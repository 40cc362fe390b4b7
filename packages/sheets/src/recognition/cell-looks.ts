/** 18 or 15 digits with a plausible month and day: GB 11643. Whether it is right is for the domain to say. */
const NUMBER =
  /^(?:[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]|[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})$/
const NAME = /^\p{Script=Han}{1,15}(?:[·•・.．‧∙]\p{Script=Han}{1,15}){0,6}$/u
/** Common family names: a column of Hanzi that begins with them is one of people, not of places or departments. */
const FAMILY_NAMES = new Set(
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧阳司上官诸葛甲乙',
)
const PLAIN_LENGTH_MAX = 4

export function looksLikeNumber(cell: string): boolean {
  return NUMBER.test(cell.normalize('NFKC').replace(/[\s'="-]/g, ''))
}

export function looksLikeName(cell: string): boolean {
  const text = cell.trim()
  if (!NAME.test(text)) return false
  if (/[·•・.．‧∙]/.test(text)) return true
  return text.length >= 2 && text.length <= PLAIN_LENGTH_MAX && FAMILY_NAMES.has(text.charAt(0))
}
