// node signed.mjs（Node 18 起；TypeScript 里照写）
import { createHmac, randomUUID } from 'node:crypto'

const address = 'http://127.0.0.1:8080'
const appKey = 'YOUR_APPKEY'
const appSecret = 'YOUR_APPSECRET'
const name = '李三'
const number = '11010519491231002X'

const signed = { 'x-ca-key': appKey, 'x-ca-nonce': randomUUID(), 'x-ca-timestamp': String(Date.now()) }
const text = [
  'GET',
  'application/json',
  '', // Content-MD5
  '', // Content-Type
  '', // Date
  ...Object.entries(signed).map(([key, value]) => `${key}:${value}`),
  `/idcard?sfz=${number}&xm=${name}`, // 参数按名排序，不编码
].join('\n')

const response = await fetch(`${address}/idcard?${new URLSearchParams({ xm: name, sfz: number })}`, {
  headers: {
    ...signed,
    accept: 'application/json',
    'x-ca-signature-headers': Object.keys(signed).join(','),
    'x-ca-signature': createHmac('sha256', appSecret).update(text).digest('base64'),
  },
  signal: AbortSignal.timeout(5_000),
})
if (response.status === 200) {
  const { msg, match } = await response.json() // 有结果，计费
  console.log(200, msg, `match=${match}`)
} else if (response.status === 666) {
  const { msg } = await response.json() // 没有结果，不计费
  console.log(666, msg)
} else {
  console.log(response.status, response.headers.get('x-ca-error-message')) // 网关拒绝，不计费
}
