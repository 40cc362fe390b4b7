// node appcode.mjs（Node 18 起；TypeScript 里照写）
const address = 'http://127.0.0.1:8080'
const appCode = 'YOUR_APPCODE'
const name = '李三'
const number = '11010519491231002X'

const response = await fetch(`${address}/idcard?${new URLSearchParams({ xm: name, sfz: number })}`, {
  headers: { authorization: `APPCODE ${appCode}` },
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
