/** How long an AppCode is kept in this browser, where that was asked for. */
export const KEPT_MS = 24 * 60 * 60_000
const KEPT_UNDER = 'heyan.appcode'

/** Called for each use: a browser that was told to keep nothing throws at the mere mention. */
type Place = () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
const here: Place = () => localStorage

/** The AppCode that was kept, and until when (epoch ms); null where none was, or its time is over. */
export function readKept(now: number, place = here): { readonly appCode: string; readonly until: number } | null {
  try {
    const kept: unknown = JSON.parse(place().getItem(KEPT_UNDER) ?? 'null')
    if (kept === null) return null
    if (isKept(kept) && kept.until > now && kept.until <= now + KEPT_MS) return kept
    forget(place)
  } catch {
    forget(place)
  }
  return null
}

export function keep(appCode: string, now: number, place = here): void {
  try {
    place().setItem(KEPT_UNDER, JSON.stringify({ appCode, until: now + KEPT_MS }))
  } catch {
    // A browser that keeps nothing: the code is in memory, as it would be anyway.
  }
}

export function forget(place = here): void {
  try {
    place().removeItem(KEPT_UNDER)
  } catch {
    // What cannot be reached keeps nothing either.
  }
}

function isKept(value: unknown): value is { readonly appCode: string; readonly until: number } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'appCode' in value &&
    typeof value.appCode === 'string' &&
    'until' in value &&
    typeof value.until === 'number'
  )
}
