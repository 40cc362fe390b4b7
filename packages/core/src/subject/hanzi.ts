/**
 * Whether a code point is a Hanzi: the unified ideographs of GB 18030-2022 and Unicode 17 by explicit ranges, 〇, and
 * the twelve of the compatibility block that are unified in truth. Not `\p{Script=Han}`, which varies with the build of
 * the runtime and holds 々, Hangzhou numerals and radicals.
 */
export function isHanzi(code: number): boolean {
  if (code >= 0x4e00 && code <= 0x9fff) return true
  if (code < 0x3400) return code === 0x3007
  if (code <= 0x4dbf) return true
  if (code < 0x20000) return code >= 0xfa0e && code <= 0xfa29 && isUnifiedCompatibility(code)
  return code <= 0x2a6df || (code >= 0x2a700 && code <= 0x2ee5d) || (code >= 0x30000 && code <= 0x33479)
}

function isUnifiedCompatibility(code: number): boolean {
  switch (code) {
    case 0xfa0e:
    case 0xfa0f:
    case 0xfa11:
    case 0xfa13:
    case 0xfa14:
    case 0xfa1f:
    case 0xfa21:
    case 0xfa23:
    case 0xfa24:
    case 0xfa27:
    case 0xfa28:
    case 0xfa29:
      return true
    default:
      return false
  }
}
