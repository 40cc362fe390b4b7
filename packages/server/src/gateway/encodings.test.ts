import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MATCH, TestServer } from '../testing/server.js'
import { turn, Wire } from '../testing/wire.js'

/** Each name in UTF-8 and in GB18030: the common characters of GBK, a point between, and one that takes four bytes. */
const NAMES: readonly (readonly [name: string, gb18030: string])[] = [
  ['李三', 'c0eec8fd'],
  ['阿卜杜拉·买买提', 'b0a2b2b7b6c5c0ada1a4c2f2c2f2cce1'],
  ['李𠮷', 'c0ee9534b235'],
]
const RATE_PER_SECOND = 1_000_000

let on: TestServer
let headers: string
beforeAll(async () => {
  on = await TestServer.start({ calls: 10_000, fields: 'full' })
  await on.operate('PATCH', `/applications/${on.application.appId}`, { ratePerSecond: RATE_PER_SECOND })
  headers = `Host: a\r\nAuthorization: APPCODE ${on.application.appCode}\r\n`
})
afterAll(() => on.close())

type Answer = readonly [status: number, body: Record<string, unknown>]

/** One request byte for byte, as no client of Node's would write it. */
async function ask(target: Buffer, type: string | null = null, body: Buffer = Buffer.alloc(0)): Promise<Answer> {
  const wire = new Wire(on.app.server)
  const post = `Content-Length: ${body.length}\r\n${type === '' ? '' : `Content-Type: ${type}\r\n`}`
  await wire.send([
    Buffer.concat([
      Buffer.from(`${type === null ? 'GET' : 'POST'} /idcard`),
      target,
      Buffer.from(` HTTP/1.1\r\n${headers}${type === null ? '' : post}\r\n`),
      body,
    ]),
  ])
  while (!/\r\n\r\n.+$/s.test(wire.received)) await turn()
  wire.destroy()
  const [head = '', text = ''] = Buffer.from(wire.received, 'latin1').toString().split('\r\n\r\n')
  return [Number(head.slice(9, 12)), JSON.parse(text)]
}

const escaped = (bytes: Buffer) =>
  Buffer.from([...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''))
const pairs = (name: Buffer, number = MATCH.number) =>
  Buffer.concat([Buffer.from('xm='), name, Buffer.from(`&sfz=${number}`)])
const inQuery = (parameters: Buffer) => Buffer.concat([Buffer.from('?'), parameters])
const json = (name: Buffer) => Buffer.concat([Buffer.from('{"xm":"'), name, Buffer.from(`","sfz":"${MATCH.number}"}`)])
const FORM = 'application/x-www-form-urlencoded'
const NOTHING = Buffer.alloc(0)

const WAYS: Readonly<Record<string, (name: Buffer) => Promise<Answer>>> = {
  'escaped in the query': (name) => ask(inQuery(pairs(escaped(name)))),
  'raw in the query': (name) => ask(inQuery(pairs(name))),
  'half raw, half escaped in the query': (name) =>
    ask(inQuery(pairs(Buffer.concat([name.subarray(0, 1), escaped(name.subarray(1))])))),
  'escaped in the query of a POST': (name) => ask(inQuery(pairs(escaped(name))), FORM),
  'raw in the query of a POST': (name) => ask(inQuery(pairs(name)), 'text/plain', Buffer.from('x')),
  'escaped in a form': (name) => ask(NOTHING, FORM, pairs(escaped(name))),
  'raw in a form': (name) => ask(NOTHING, `${FORM}; charset=gb2312`, pairs(name)),
  'in JSON': (name) => ask(NOTHING, 'application/json', json(name)),
  'in JSON behind a BOM': (name) =>
    ask(
      NOTHING,
      'application/json',
      Buffer.concat([Buffer.from(name.equals(Buffer.from(name.toString())) ? '\uFEFF' : ''), json(name)]),
    ),
  'in a body that nobody named': (name) => ask(NOTHING, '', pairs(escaped(name))),
}

describe.each(Object.entries(WAYS))('a name %s', (_way, send) => {
  test.each(NAMES)('is %s, whether its bytes are UTF-8 or GB18030', async (name, gb18030) => {
    for (const bytes of [Buffer.from(name), Buffer.from(gb18030, 'hex')]) {
      const [status, body] = await send(bytes)
      expect([status, body.xm, body.msg]).toEqual([200, name, '实名信息正确'])
    }
  })
})

const told = async (answer: Promise<Answer>) => {
  const [status, { msg, xm, sfz }] = await answer
  return status === 200 ? [status, xm, sfz] : [status, msg]
}
const query = (text: string) => ask(inQuery(Buffer.from(text)))
const asJson = (text: string | Buffer) => ask(NOTHING, 'application/json', Buffer.from(text))
const li = (number: string) => `xm=%E6%9D%8E%E4%B8%89&sfz=${number}`
const ANSWER = [200, '李三', MATCH.number]
const NAME_WRONG = [666, '姓名有误']
const NAME_MISSING = [666, '未传入真实姓名xm']
const NAME_LONG = [666, '传入真实姓名xm字符串长度超限']

describe('the contract’s list of what callers send', () => {
  test.each<[string, () => Promise<Answer>, readonly unknown[]]>([
    ['a plus is a space, and is trimmed', () => query(`xm=+%E6%9D%8E%E4%B8%89+&sfz=+${MATCH.number}+`), ANSWER],
    ['a wide space is trimmed', () => query(`xm=%E3%80%80%E6%9D%8E%E4%B8%89%E3%80%80&sfz=${MATCH.number}`), ANSWER],
    ['a lone % stays one', () => query(`xm=%E6%9D%8E%&sfz=${MATCH.number}`), NAME_WRONG],
    ['a % before no digits stays one', () => query(`xm=%E6%9D%8E%zz&sfz=${MATCH.number}`), NAME_WRONG],
    ['full-width digits are digits', () => query(li('４４０５２４１８８００１０１００１４')), ANSWER],
    ['a full-width X is an X', () => query(li('11010519491231002Ｘ')), [200, '李三', '11010519491231002X']],
    ['a lower-case x is an X', () => query(li('11010519491231002x')), [200, '李三', '11010519491231002X']],
    ['null in JSON is absent', () => asJson('{"xm":null,"sfz":"1"}'), NAME_MISSING],
    ['a number in JSON is no name', () => asJson('{"xm":1,"sfz":"1"}'), NAME_WRONG],
    ['a number in JSON is no number', () => asJson(`{"xm":"李三","sfz":${MATCH.number}}`), [666, '身份证号码有误']],
    ['malformed JSON says nothing', () => asJson('{"xm":"李三"'), NAME_MISSING],
    ['the first of two in JSON wins', () => asJson(`{"xm":"李三","sfz":"${MATCH.number}","xm":"1"}`), ANSWER],
    ['an unknown type says nothing', () => ask(NOTHING, 'text/xml', Buffer.from(li(MATCH.number))), NAME_MISSING],
    ['a BOM alone is no name', () => query(`xm=%EF%BB%BF&sfz=${MATCH.number}`), NAME_MISSING],
    ['a NUL is in no name', () => query(`xm=%E6%9D%8E%00&sfz=${MATCH.number}`), NAME_WRONG],
    ['a NUL is in no number', () => query(li('%00')), [666, '身份证号码有误']],
    ['50 kB are too long', () => ask(NOTHING, FORM, Buffer.from(`xm=${'a'.repeat(50_000)}&sfz=1`)), NAME_LONG],
    ['50 kB of GBK are too long', () => ask(NOTHING, FORM, pairs(Buffer.alloc(50_000, 0xc0))), NAME_LONG],
    [
      'fifty-one characters of four bytes are too long',
      () => query(`xm=${'%F0%A0%AE%B7'.repeat(51)}&sfz=1`),
      NAME_LONG,
    ],
    ['an asterisk is in no name', () => query(`xm=%E6%9D%8E*&sfz=${MATCH.number}`), NAME_WRONG],
    ['an asterisk is in no number', () => query(li('4405*****14')), [666, '身份证号码有误']],
    ['the first of a repeated one wins', () => query(`${li(MATCH.number)}&xm=1&sfz=2`), ANSWER],
    ['a blank one is missing', () => query('xm=%20&sfz=1'), NAME_MISSING],
  ])('%s', async (_name, send, wanted) => {
    expect(await told(send())).toEqual(wanted)
  })

  test('fifty code points are a name’s length, however many bytes each takes', async () => {
    const [, body] = await query(`xm=${'%F0%A0%AE%B7'.repeat(50)}&sfz=1`)
    expect(body.msg).not.toBe(NAME_LONG[1])
  })
})
