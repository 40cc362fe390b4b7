import { randomUUID } from 'node:crypto'
import { sign } from '@heyan/contract'

/** The headers of a signed GET of `/idcard`, as the published clients make them. */
export function signedHeaders({ appKey, appSecret }, xm, sfz, at = Date.now()) {
  const headers = {
    'x-ca-key': appKey,
    'x-ca-nonce': randomUUID(),
    'x-ca-stage': 'RELEASE',
    'x-ca-timestamp': String(at),
  }
  const names = Object.keys(headers).sort()
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('')
  const text = `GET\napplication/json\n\n\n\n${lines}/idcard?sfz=${sfz}&xm=${xm}`
  return {
    ...headers,
    accept: 'application/json',
    'x-ca-signature-headers': names.join(','),
    'x-ca-signature': sign(text, appSecret, 'HmacSHA256'),
  }
}
