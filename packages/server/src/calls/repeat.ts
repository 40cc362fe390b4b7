import { createHmac } from 'node:crypto'
import type { Repeat } from '@heyan/core'
import type { Keys } from '@heyan/store'
import { IDEMPOTENCY_KEY_MAX_BYTES } from '../limits.js'

/** What an Idempotency-Key stands for: keyed digests, so that neither the key nor the request is kept. */
export function repeatOf(key: string | undefined, request: unknown, { repeatKey }: Keys): Repeat | null {
  if (key === undefined) return null
  const digest = (text: string) => createHmac('sha256', repeatKey).update(text).digest('base64url')
  return { keyDigest: digest(`key ${key}`), fingerprint: digest(`request ${JSON.stringify(request)}`) }
}

export function isKeyInvalid(key: string | undefined): boolean {
  return key !== undefined && (key === '' || key.length > IDEMPOTENCY_KEY_MAX_BYTES)
}
