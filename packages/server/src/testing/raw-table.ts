/**
 * Requests as they may stand on a bare connection, where two programs could read them differently or one reads too much. Behind
 * each comes `behind`, a good request that asks for the connection to be closed: that it is answered tells that the server ended the
 * first one where it should, and that it is not tells that the connection was closed.
 */
export interface RawRow {
  readonly name: string
  /** One byte a character; without the request behind. */
  request(credential: string, host: string): string
  readonly isBehindAnswered: boolean
  readonly is: RawAnswer
}

export type RawAnswer = 'fine' | 'bad' | 'method' | 'path' | 'url' | 'body'

const HEADERS_MAX = 100
const SIXTEEN_KB = 16 * 1024
const SIXTY_FOUR_KB = 64 * 1024
export const RAW_TARGET = '/idcard?xm=%E6%9D%8E%E4%B8%89&sfz=440524188001010014'
const HIDDEN = `GET ${RAW_TARGET} HTTP/1.1\r\nHost: hidden\r\n\r\n`
const FORM = `xm=%E6%9D%8E%E4%B8%89&sfz=440524188001010014`
const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded\r\n'

const row = (
  name: string,
  is: RawAnswer,
  request: RawRow['request'],
  // A request that is understood leaves the connection as it was; one that is not ends it.
  isBehindAnswered = is === 'fine',
): RawRow => ({ name, is, request, isBehindAnswered })
const get =
  (headers: string, target = RAW_TARGET) =>
  (credential: string, host: string) =>
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${credential}\r\n${headers}\r\n\r\n`
const post = (headers: string, body: string) => (credential: string, host: string) =>
  `POST ${RAW_TARGET} HTTP/1.1\r\nHost: ${host}\r\n${credential}\r\n${headers}\r\n\r\n${body}`
const line =
  (first: string, ending = '\r\n') =>
  (credential: string, host: string) =>
    `${first}${ending}Host: ${host}\r\n${credential}\r\n\r\n`
const chunked = (body: string) => post('Transfer-Encoding: chunked', body)
const fields = (count: number) => Array.from({ length: count }, (_, place) => `X-${place}: 1`).join('\r\n')
const padded = (bytes: number) => `${RAW_TARGET}&a=${'a'.repeat(bytes - RAW_TARGET.length - 3)}`

export const RAW_TABLE: readonly RawRow[] = [
  row('a request as it should be', 'fine', get('X-A: 1')),
  row('chunked and a length', 'bad', post('Transfer-Encoding: chunked\r\nContent-Length: 4', `0\r\n\r\n${HIDDEN}`)),
  row('a length and chunked', 'bad', post('Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${HIDDEN}`)),
  row('two lengths that differ', 'bad', post(`Content-Length: 0\r\nContent-Length: ${HIDDEN.length}`, HIDDEN)),
  row('two lengths that agree', 'bad', post('Content-Length: 0\r\nContent-Length: 0', '')),
  row('a list of lengths', 'bad', post('Content-Length: 0, 0', '')),
  row('a length with a sign', 'bad', post('Content-Length: +0', '')),
  row('a length below nought', 'bad', post('Content-Length: -1', '')),
  row('a length in hexadecimal', 'bad', post('Content-Length: 0x0', '')),
  row('an empty length', 'bad', post('Content-Length:', '')),
  row('a length beyond 64 bits', 'bad', post('Content-Length: 99999999999999999999', '')),
  row('xchunked', 'bad', post('Transfer-Encoding: xchunked', `0\r\n\r\n${HIDDEN}`)),
  row('identity', 'bad', post('Transfer-Encoding: identity', '')),
  row('chunked, then identity', 'bad', post('Transfer-Encoding: chunked, identity', `0\r\n\r\n${HIDDEN}`)),
  row('gzip, then chunked', 'bad', post('Transfer-Encoding: gzip, chunked', '0\r\n\r\n')),
  row('chunked twice', 'bad', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n')),
  row('a space before the colon', 'bad', post('Transfer-Encoding : chunked', `0\r\n\r\n${HIDDEN}`)),
  row('a vertical tab before chunked', 'bad', post('Transfer-Encoding:\x0bchunked', `0\r\n\r\n${HIDDEN}`)),
  row('a folded coding', 'bad', post('Transfer-Encoding:\r\n chunked', `0\r\n\r\n${HIDDEN}`)),
  row('a folded header', 'bad', get('X-A: b\r\n c')),
  row('a folded first header', 'bad', get('', `${RAW_TARGET} HTTP/1.1\r\n X-A: b\r\nX-B:`)),
  row('a host twice', 'bad', get('Host: other'), true),
  row('two credentials', 'bad', get('Authorization: APPCODE another'), true),
  row('no host', 'bad', (credential) => `GET ${RAW_TARGET} HTTP/1.1\r\n${credential}\r\n\r\n`, true),
  row(
    'no host, in HTTP/1.0',
    'fine',
    (credential) => `GET ${RAW_TARGET} HTTP/1.0\r\nConnection: keep-alive\r\n${credential}\r\n\r\n`,
  ),
  row('no version', 'bad', line(`GET ${RAW_TARGET}`)),
  row('HTTP/1.2', 'bad', line(`GET ${RAW_TARGET} HTTP/1.2`)),
  row('HTTP/2.0', 'bad', line(`GET ${RAW_TARGET} HTTP/2.0`)),
  row('the beginning of HTTP/2', 'bad', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  row('the version in lower case', 'bad', line(`GET ${RAW_TARGET} http/1.1`)),
  row('a line that ends with LF', 'bad', line(`GET ${RAW_TARGET} HTTP/1.1`, '\n')),
  row('a header that ends with LF', 'bad', get('X-A: b\nX-B: c')),
  row('a header with a CR in it', 'bad', get('X-A: b\rX-B: c')),
  row(
    'headers that end with two LF',
    'bad',
    (credential, host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n${credential}\n\n`,
  ),
  row('a header with a NUL in it', 'bad', get('X-A: b\0c')),
  row('a header without a colon', 'bad', get('X-A')),
  row('a header without a name', 'bad', get(': b')),
  row('a hundred headers', 'fine', get(fields(HEADERS_MAX - 2))),
  row('a hundred and one headers', 'bad', get(fields(HEADERS_MAX - 1)), true),
  row('more headers than Node tells of', 'bad', get(fields(2_500)), true),
  row('headers above 16 KB', 'url', get(`X-A: ${'a'.repeat(SIXTEEN_KB)}`), true),
  row('headers above 64 KB', 'url', get(`X-A: ${'a'.repeat(SIXTY_FOUR_KB)}`)),
  row('a URL of 16 KB', 'fine', get('X-A: 1', padded(SIXTEEN_KB))),
  row('a URL above 16 KB', 'url', get('X-A: 1', padded(SIXTEEN_KB + 1)), true),
  row('a URL above 64 KB', 'url', get('X-A: 1', padded(SIXTY_FOUR_KB + 1))),
  row('a body of 64 KB', 'fine', post(`Content-Length: ${SIXTY_FOUR_KB}`, 'a'.repeat(SIXTY_FOUR_KB))),
  row('a body above 64 KB', 'body', post(`Content-Length: ${SIXTY_FOUR_KB + 1}`, 'a'.repeat(SIXTY_FOUR_KB + 1))),
  row(
    'a chunk above 64 KB',
    'body',
    chunked(`${(SIXTY_FOUR_KB * 4).toString(16)}\r\n${'a'.repeat(SIXTY_FOUR_KB * 4)}`),
  ),
  row('a form', 'fine', post(`${FORM_TYPE}Content-Length: ${FORM.length}`, FORM)),
  row(
    'a body that looks like a request',
    'fine',
    post(`Content-Type: text/plain\r\nContent-Length: ${HIDDEN.length}`, HIDDEN),
  ),
  row(
    'a body of a GET',
    'fine',
    (credential, host) => `${get(`Content-Length: ${HIDDEN.length}`)(credential, host)}${HIDDEN}`,
  ),
  row('chunks', 'fine', chunked('5\r\naaaaa\r\n0\r\n\r\n')),
  row('a chunk’s extension', 'fine', chunked('5;a=b\r\naaaaa\r\n0\r\n\r\n')),
  row('a chunk’s extension above 16 KB', 'body', chunked(`5;a=${'b'.repeat(SIXTEEN_KB + 1)}\r\naaaaa\r\n0\r\n\r\n`)),
  row('a chunk’s extension that ends with LF', 'bad', chunked(`5;a\n${HIDDEN}\r\n0\r\n\r\n`)),
  row('a chunk’s size that ends with LF', 'bad', chunked('5\naaaaa\r\n0\r\n\r\n')),
  row('a chunk’s size with 0x', 'bad', chunked('0x5\r\naaaaa\r\n0\r\n\r\n')),
  row('a chunk’s size with a sign', 'bad', chunked('+5\r\naaaaa\r\n0\r\n\r\n')),
  row('a chunk’s size with a space', 'bad', chunked('5 \r\naaaaa\r\n0\r\n\r\n')),
  row('a chunk’s size beyond 64 bits', 'bad', chunked('fffffffffffffffff\r\naaaaa\r\n0\r\n\r\n')),
  row('a chunk longer than its size', 'bad', chunked('4\r\naaaaa\r\n0\r\n\r\n')),
  row('a length among the trailers', 'bad', chunked(`5\r\naaaaa\r\n0\r\nContent-Length: 5\r\n\r\n`)),
  row('a method of nobody’s', 'method', line(`BREW ${RAW_TARGET} HTTP/1.1`)),
  row('a method in lower case', 'method', line(`get ${RAW_TARGET} HTTP/1.1`)),
  row('a method that another door may take', 'method', line(`TRACE ${RAW_TARGET} HTTP/1.1`), true),
  row('CONNECT', 'method', line('CONNECT a:80 HTTP/1.1')),
  row('the beginning of TLS', 'method', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  row('a wish for another protocol', 'fine', get('Connection: Upgrade\r\nUpgrade: websocket')),
  row('an expectation of nobody’s', 'fine', get('Expect: more')),
  row('the whole URL', 'fine', get('X-A: 1', `http://a${RAW_TARGET}`)),
  row('a space in the URL', 'bad', get('X-A: 1', `${RAW_TARGET}& b`)),
  row('a tab in the URL', 'path', get('X-A: 1', `${RAW_TARGET}&\tb`)),
  row('a control character in the URL', 'path', get('X-A: 1', '/idcard\x01')),
  row('raw UTF-8 in the URL', 'fine', get('X-A: 1', '/idcard?xm=\xe6\x9d\x8e\xe4\xb8\x89&sfz=440524188001010014')),
  row('raw GBK in the URL', 'fine', get('X-A: 1', '/idcard?xm=\xc0\xee\xc8\xfd&sfz=440524188001010014')),
  row('raw bytes in the URL of another method', 'path', line('DELETE /idcard?xm=\xc0\xee HTTP/1.1')),
]

/** The good request behind; it closes the connection. */
export function behind(credential: string, host: string): string {
  return `GET ${RAW_TARGET} HTTP/1.1\r\nHost: ${host}\r\n${credential}\r\nConnection: close\r\n\r\n`
}
