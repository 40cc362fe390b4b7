import type { Region } from './division.js'

/** Province, prefecture and county in full: `福建省泉州市惠安县`, `北京市朝阳区`, `广东省东莞市`. */
export function fullAddress(region: Region): string {
  return region.province + (region.prefecture ?? '') + (region.county ?? '')
}

/**
 * Province and prefecture in full, the county as `**` and its last character: `福建省泉州市**县`, `湖北省**市`. What is
 * known of a county's prefecture alone, or of a special administrative region, stays as it is.
 */
export function maskedAddress(region: Region): string {
  const county = region.county === null ? '' : `**${region.county.slice(-1)}`
  return region.province + (region.prefecture ?? '') + county
}
