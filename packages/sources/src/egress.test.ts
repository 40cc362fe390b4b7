import type { LookupAddress, LookupOptions } from 'node:dns'
import { createServer, connect as dial, type LookupFunction } from 'node:net'
import { describe, expect, test } from 'vitest'
import { egressLookup, egressProblem, isPrivateAddress } from './egress.js'
import { HttpClient } from './http-client.js'

/** Forms of one address that programs have been talked into calling. All of them are 127.0.0.1, 169.254.169.254 or 10.0.0.1. */
const DISGUISED_HOSTS = `
127.0.0.1 127.1 127.0.1 127.000.000.001 2130706433 017700000001 0x7f000001 0x7f.1 0x7F.0x0.0x0.0x1 0177.0.0.1 0177.1
127.0.0.1. 2130706433. ①②⑦.0.0.1 １２７.０.０.１ 127。0。0。1 127．0．0．1 127｡0｡0｡1 %31%32%37.0.0.1 127.0.0.%31
0x7f.0.0.0x1 0000177.0.0.01 127.255.255.254 0 0.0 0.0.0.0 0x0 00 0x00000000
169.254.169.254 2852039166 0xa9fea9fe 025177524776 0251.0376.0251.0376 0xa9.0xfe.0xa9.0xfe 169.254.43518 169.16689662
①⑥⑨.②⑤④.①⑥⑨.②⑤④ １６９.２５４.１６９.２５４ 169.254.0.23 100.100.100.200 1684300999 0x64.0x64.0x64.0xc8 0144.0144.0144.0310
10.0.0.1 10.1 167772161 0xa000001 012.0.0.1 012.1
[::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::] [0::0] [::ffff:127.0.0.1] [::ffff:7f00:1]
[0:0:0:0:0:ffff:127.0.0.1] [::FFFF:169.254.169.254] [::ffff:a9fe:a9fe] [::ffff:10.0.0.1] [::ffff:0a00:0001] [::127.0.0.1] [::7f00:1]
[64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1] [2002:7f00:1::] [2002:a9fe:a9fe::1] [2002:c0a8:101::] [2001::1]
[2001:0:7f00:1::] [2001:10::1] [2001:20::1] [2001:db8::1] [fe80::1] [febf::1] [fec0::1] [fc00::1] [fd00:ec2::254] [fdff::1]
[ff02::1] [ff0e::1] [100::1] [3fff::1] [5f00::1] [4000::1] [::ffff:8.8.8.8]
`
  .trim()
  .split(/\s+/)

/** The first and the last address of each range that is not public. */
const PRIVATE_ADDRESSES = `
0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.100.100.200 100.127.255.255 127.0.0.0 127.255.255.255
169.254.0.0 169.254.0.23 169.254.169.254 169.254.170.2 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.192 192.0.0.255
192.0.2.0 192.0.2.255 192.88.99.0 192.88.99.255 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255
203.0.113.0 203.0.113.255 224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255 192.31.196.1 192.52.193.1 192.175.48.1
:: ::1 ::ffff:1.1.1.1 ::ffff:0:1.1.1.1 64:ff9b::1 100:: fc00:: fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80:: fe80::1%eth0
febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff ff00:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:: 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff
2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2002:: 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff 3fff:: 1fff:: 4000::
`
  .trim()
  .split(/\s+/)
  .concat([
    '',
    'localhost',
    '127.1',
    '0x7f.0.0.1',
    ' 8.8.8.8',
    '8.8.8.8 ',
    '1.2.3',
    '[2400:3200::1]',
    '8.8.8.8/32',
    '::g',
  ])

/** Just outside those ranges, and well-known ones. */
const PUBLIC_ADDRESSES = `
1.0.0.0 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0
172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255
198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.5.5.5 223.255.255.255 114.114.114.114 47.93.0.1
2400:3200::1 2001:4860:4860::8888 2606:4700:4700::1111 2001:200:: 2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9:: 2003:: 2a00::
3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:ffff::1
`
  .trim()
  .split(/\s+/)

const BAD_URLS: readonly [string, string][] = [
  ['', 'url_invalid'],
  ['supplier.example', 'url_invalid'],
  ['https://', 'url_invalid'],
  ['https://256.1.1.1/', 'url_invalid'],
  ['https://1.2.3.4.5/', 'url_invalid'],
  ['https://[::1/', 'url_invalid'],
  ['https://[fe80::1%25eth0]/', 'url_invalid'],
  ['http://supplier.example/', 'scheme'],
  ['ftp://supplier.example/', 'scheme'],
  ['file:///etc/passwd', 'scheme'],
  ['gopher://supplier.example/', 'scheme'],
  ['data:text/plain,x', 'scheme'],
  ['javascript:alert(1)', 'scheme'],
  ['ws://supplier.example', 'scheme'],
  ['https://user@supplier.example/', 'credentials_in_url'],
  ['https://user:pass@supplier.example/', 'credentials_in_url'],
  ['https://8.8.8.8@127.0.0.1/', 'credentials_in_url'],
  ['https://supplier.example:22/', 'port'],
  ['https://supplier.example:6379/', 'port'],
  ['https://supplier.example:80/', 'port'],
]

describe('egress', () => {
  test('has a table of two hundred cases and more', () => {
    const tables = [DISGUISED_HOSTS, PRIVATE_ADDRESSES, PUBLIC_ADDRESSES, BAD_URLS]
    expect(tables.reduce((sum, table) => sum + table.length, 0)).toBeGreaterThanOrEqual(200)
  })

  test.each(DISGUISED_HOSTS)('refuses the host %s', (host) => {
    expect(egressProblem(`https://${host}/`)).toBe('private_address')
    expect(egressProblem(`https://${host}/`, { allowPrivate: true })).toBeNull()
  })

  test.each(PRIVATE_ADDRESSES)('holds the address "%s" for private', (address) => {
    expect(isPrivateAddress(address)).toBe(true)
  })

  test.each(PUBLIC_ADDRESSES)('holds the address %s for public', (address) => {
    expect(isPrivateAddress(address)).toBe(false)
  })

  test.each(BAD_URLS)('refuses "%s": %s', (url, problem) => {
    expect(egressProblem(url)).toBe(problem)
  })

  test('allows https on 443 and 8443; http, 80 and 8080 or any port only where it is told to', () => {
    expect(egressProblem('https://supplier.example/idcard')).toBeNull()
    expect(egressProblem('https://supplier.example:8443/')).toBeNull()
    expect(egressProblem('http://supplier.example/', { allowHttp: true })).toBeNull()
    expect(egressProblem('http://supplier.example:8080/', { allowHttp: true })).toBeNull()
    expect(egressProblem('https://supplier.example:9000/', { ports: 'any' })).toBeNull()
    expect(egressProblem('https://supplier.example:9000/', { ports: [9000] })).toBeNull()
  })

  test('refuses a name if one of its addresses is private, in every look-up', () => {
    const says = (addresses: readonly string[]) =>
      egressLookup(
        {},
        resolver(() => addresses),
      )
    expect(answer(says(['8.8.8.8', '2400:3200::1']))).toEqual(['8.8.8.8', '2400:3200::1'])
    expect(answer(says(['8.8.8.8', '10.0.0.1']))).toBe('ERR_EGRESS_REFUSED')
    expect(answer(says(['2400:3200::1', '::ffff:127.0.0.1']))).toBe('ERR_EGRESS_REFUSED')
    expect(answer(says([]))).toBe('ERR_EGRESS_REFUSED')
    expect(
      answer(
        egressLookup(
          { allowPrivate: true },
          resolver(() => ['10.0.0.1']),
        ),
      ),
    ).toEqual(['10.0.0.1'])
  })

  test('reaches nothing on this machine through a name that changes its mind, nor through a plain address', async () => {
    let dialled = 0
    const canary = createServer((socket) => {
      dialled += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
    const address = canary.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    let time = 0
    const rebinding = resolver(() => (time++ % 2 === 0 ? ['192.0.2.1', '127.0.0.1'] : ['127.0.0.1']))
    for (const host of ['supplier.test', '127.0.0.1', '[::ffff:127.0.0.1]', 'localhost']) {
      const client = new HttpClient({ origin: `https://${host}:${port}`, resolve: rebinding })
      for (let call = 0; call < 3; call += 1) {
        const request = client.request({ method: 'GET', path: '/', headers: {}, signal: AbortSignal.timeout(2_000) })
        await expect(request).rejects.toMatchObject({ reason: 'untrusted', code: 'ERR_EGRESS_REFUSED' })
      }
      await client.close()
    }
    expect(dialled).toBe(0)
    await new Promise<void>((resolve) => dial(port, '127.0.0.1').once('close', () => resolve()))
    expect(dialled).toBe(1)
    canary.close()
  })
})

type Resolve = NonNullable<Parameters<typeof egressLookup>[1]>

/** A resolver of names that says what it is told to. */
function resolver(addresses: () => readonly string[]): Resolve {
  const resolve = (
    _: string,
    __: LookupOptions,
    callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
  ): void =>
    callback(
      null,
      addresses().map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  return resolve as Resolve
}

/** All the addresses a look-up hands out, or its error's code. */
function answer(look: LookupFunction): unknown {
  let given: unknown
  look('supplier.test', { all: true }, (error, found) => {
    given = error?.code ?? (Array.isArray(found) ? found.map(({ address }) => address) : found)
  })
  return given
}
