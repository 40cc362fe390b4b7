import type { FastifyReply } from 'fastify'
import type { Caller } from '../directory.js'

const DAY_SECONDS = 86_400

/**
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): `quota`, the calls of the account's running
 * subscriptions; `cap`, the application's own; `rate`, calls a second. What is told is what was last heard of them.
 */
export function sendRateLimits(reply: FastifyReply, { free, quota, standing, caps, rateLimit }: Caller): void {
  const policies: string[] = []
  const limits: string[] = []
  if (free === null) {
    policies.push(`"quota";q=${standing.granted}`)
    limits.push(`"quota";r=${Math.max(0, quota.account.left)}`)
    if (caps.total !== null || caps.daily !== null) {
      const most = Math.min(caps.total ?? Number.MAX_SAFE_INTEGER, caps.daily ?? Number.MAX_SAFE_INTEGER)
      policies.push(`"cap";q=${most}${caps.daily === null ? '' : `;w=${DAY_SECONDS}`}`)
      limits.push(`"cap";r=${quota.application.left}`)
    }
  }
  if (rateLimit !== null) {
    policies.push(`"rate";q=${rateLimit.perSecond};w=1`)
    limits.push(`"rate";r=${rateLimit.left};t=1`)
  }
  if (policies.length === 0) return
  reply.header('ratelimit-policy', policies.join(', ')).header('ratelimit', limits.join(', '))
}
