const MILLISECONDS_PER_DAY = 86_400_000
/** China has had one offset and no summer time since 1991. */
const SHANGHAI_OFFSET_MS = 8 * 3_600_000

/** The billing day that holds a moment (epoch ms): whole days since 1970-01-01 in Asia/Shanghai. */
export function billingDay(epochMs: number): number {
  return Math.floor((epochMs + SHANGHAI_OFFSET_MS) / MILLISECONDS_PER_DAY)
}

/** The moment (epoch ms) at which a billing day begins. */
export function startOfBillingDay(day: number): number {
  return day * MILLISECONDS_PER_DAY - SHANGHAI_OFFSET_MS
}
