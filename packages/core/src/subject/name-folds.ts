/**
 * Private-use code points of GBK, GB 18030-2000 and GB 18030-2005, and the characters that GB 18030-2022 gives in their
 * place, as pairs of hexadecimal code points.
 */
const PRIVATE_USE =
  'E5E5:3000 E76C:20AC E78D:FE10 E78E:FE12 E78F:FE11 E790:FE13 E791:FE14 E792:FE15 E793:FE16 E794:FE17 E795:FE18 ' +
  'E796:FE19 E7C7:1E3F E7C8:1F9 E7E7:303E E7E8:2FF0 E7E9:2FF1 E7EA:2FF2 E7EB:2FF3 E7EC:2FF4 E7ED:2FF5 E7EE:2FF6 ' +
  'E7EF:2FF7 E7F0:2FF8 E7F1:2FF9 E7F2:2FFA E7F3:2FFB ' +
  'E815:2E81 E816:20087 E817:20089 E818:200CC E819:2E84 E81A:3473 E81B:3447 E81C:2E88 E81D:2E8B E81E:9FB4 ' +
  'E81F:359E E820:361A E821:360E E822:2E8C E823:2E97 E824:396E E825:3918 E826:9FB5 E827:39CF E828:39DF ' +
  'E829:3A73 E82A:39D0 E82B:9FB6 E82C:9FB7 E82D:3B4E E82E:3C6E E82F:3CE0 E830:2EA7 E831:215D7 E832:9FB8 ' +
  'E833:2EAA E834:4056 E835:415F E836:2EAE E837:4337 E838:2EB3 E839:2EB6 E83A:2EB7 E83B:2298F E83C:43B1 ' +
  'E83D:43AC E83E:2EBB E83F:43DD E840:44D6 E841:4661 E842:464C E843:9FB9 E844:4723 E845:4729 E846:477C ' +
  'E847:478D E848:2ECA E849:4947 E84A:497A E84B:497D E84C:4982 E84D:4983 E84E:4985 E84F:4986 E850:499F ' +
  'E851:499B E852:49B7 E853:49B6 E854:9FBA E855:241FE E856:4CA3 E857:4C9F E858:4CA0 E859:4CA1 E85A:4C77 ' +
  'E85B:4CA2 E85C:4D13 E85D:4D14 E85E:4D15 E85F:4D16 E860:4D17 E861:4D18 E862:4D19 E863:4DAE E864:9FBB'

/**
 * Radicals (U+2E80–2EF3) that are whole characters and look like them, so that text copied out of a PDF has them in
 * their place. By EquivalentUnifiedIdeograph of the Unicode Character Database; radicals that are only part of a
 * character stay out, and are refused.
 */
const RADICALS =
  '2E9C:65E5 2E9D:6708 2E9F:6BCD 2EA0:6C11 2EA9:738B 2EBC:8089 2EC4:897F 2EC5:89C1 2EC6:89D2 2EC9:8D1D 2ECB:8F66 ' +
  '2ED1:9577 2ED3:957F 2ED4:95E8 2ED7:96E8 2ED8:9752 2ED9:97E6 2EDA:9875 2EDB:98CE 2EDC:98DE 2EDD:98DF 2EE2:9A6C ' +
  '2EE3:9AA8 2EE4:9B3C 2EE5:9C7C 2EE6:9E1F 2EE7:5364 2EE8:9EA6 2EE9:9EC4 2EEA:9EFE 2EEB:6589 2EEC:9F50 2EED:6B6F ' +
  '2EEE:9F7F 2EEF:7ADC 2EF0:9F99 2EF1:9F9C 2EF2:4E80 2EF3:9F9F'

/** What people type for the separator of a name when they mean U+00B7. Folded only between two Hanzi. */
const DOTS =
  '\u0387\u1427\u16eb\u2022\u2024\u2027\u2219\u22c5\u25cf\u26ab\u2981\u2e31\u2e33\u3002\u30fb\u318d\ufe52\uff0e\uff65.'

/** U+00B7, the separator of minority names (民委发〔2016〕33号). */
export const SEPARATOR = 0xb7

let privateUse: Map<number, number> | null = null
let radicals: Map<number, number> | null = null

/** The public character of a private-use code point, or null where the standard gives none. */
export function fromPrivateUse(code: number): number | null {
  privateUse ??= readPairs(PRIVATE_USE)
  return privateUse.get(code) ?? null
}

/** The private-use code point that older systems may hold in place of a character, or null. */
export function toPrivateUse(code: number): number | null {
  privateUse ??= readPairs(PRIVATE_USE)
  for (const [from, to] of privateUse) if (to === code) return from
  return null
}

/** The unified ideograph of a compatibility ideograph or of a radical that stands for a character; others unchanged. */
export function toUnified(code: number): number {
  // Single characters only: normalising a whole name changes what must stay.
  if ((code >= 0xf900 && code <= 0xfaff) || (code >= 0x2f800 && code <= 0x2fa1f)) return normalised(code, 'NFC')
  if (code >= 0x2f00 && code <= 0x2fd5) return normalised(code, 'NFKC')
  if (code < 0x2e80 || code > 0x2ef3) return code
  radicals ??= readPairs(RADICALS)
  return radicals.get(code) ?? code
}

/** Whether a code point is one of the dots that stand for the separator. */
export function isDot(code: number): boolean {
  return code <= 0xffff && DOTS.includes(String.fromCharCode(code))
}

export function isPrivateUse(code: number): boolean {
  return (code >= 0xe000 && code <= 0xf8ff) || code >= 0xf0000
}

/** Controls (Cc), line and paragraph separators, and marks that turn the direction of writing. */
export function isControl(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true
  if (code === 0x61c || code === 0x200e || code === 0x200f) return true
  return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)
}

/** Characters that show nothing and mean nothing in a name: marks of order and width, soft hyphen, variation selectors. */
export function isInvisible(code: number): boolean {
  if (code === 0xfeff || code === 0x2060 || code === 0xad || (code >= 0x200b && code <= 0x200d)) return true
  return (
    (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef) || (code >= 0x180b && code <= 0x180f)
  )
}

/** Space separators (Zs). */
export function isSpace(code: number): boolean {
  if (code === 0x20 || code === 0xa0 || code === 0x3000) return true
  return code === 0x1680 || (code >= 0x2000 && code <= 0x200a) || code === 0x202f || code === 0x205f
}

function normalised(code: number, form: 'NFC' | 'NFKC'): number {
  return String.fromCodePoint(code).normalize(form).codePointAt(0) ?? code
}

function readPairs(text: string): Map<number, number> {
  return new Map(
    text.split(' ').map((pair) => {
      const [from = '', to = ''] = pair.split(':')
      return [Number.parseInt(from, 16), Number.parseInt(to, 16)]
    }),
  )
}
