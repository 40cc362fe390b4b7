// How each published client, as its users have it, asks `/idcard` and sees what comes back. `saw` is what a program can read of an
// answer without going around the client: its status, and its message where there is one.
import { execFile } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { Client, SimpleClient } from 'aliyun-api-gateway'
import axios from 'axios'
import { request } from 'undici'

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const WRITE_OUT = '\n%header{x-ca-error-message}\n%{http_code}'
/** 李三 and 李3; a program cannot be given bytes that are no UTF-8 as an argument. */
const GBK = { 李三: Buffer.from([0xc0, 0xee, 0xc8, 0xfd]), 李3: Buffer.from([0xc0, 0xee, 0x33]) }
const runFile = promisify(execFile)

/**
 * Each asks with `{ url, application, way, xm, sfz }`; `way` is `get`, `form`, `json` or `put`. `isSigned` where the client signs, or is
 * handed a signature; `seesMessage` where a program reads the message of a 666.
 */
export const CLIENTS = [
  {
    name: 'aliyun-api-gateway Client (signed)',
    ways: ['get', 'form', 'json', 'put'],
    seesMessage: false,
    ask: ({ application, ...asked }) => askGateway(new Client(application.appKey, application.appSecret), asked),
  },
  {
    name: 'aliyun-api-gateway SimpleClient (AppCode)',
    ways: ['get', 'form', 'json', 'put'],
    seesMessage: false,
    ask: ({ application, ...asked }) => askGateway(new SimpleClient(application.appCode), asked),
  },
  ...both('curl', askCurl),
  {
    name: 'curl, AppCode, the name in the URL as it is',
    ways: ['raw UTF-8', 'raw GBK'],
    seesMessage: true,
    ask: askCurlRaw,
  },
  ...both('fetch of Node', askFetch),
  ...both('axios', askAxios),
  ...both('undici', askUndici),
]

/** The headers of a signed GET, as the documents tell to make them: a blank value stands as its key alone. */
function signedHeaders({ appKey, appSecret }, parameters) {
  const headers = {
    'x-ca-key': appKey,
    'x-ca-nonce': randomUUID(),
    'x-ca-stage': 'RELEASE',
    'x-ca-timestamp': String(Date.now()),
  }
  const names = Object.keys(headers).sort()
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('')
  const shown = Object.keys(parameters)
    .sort()
    .map((name) => (parameters[name] === '' ? name : `${name}=${parameters[name]}`))
  const text = `GET\napplication/json\n\n\n\n${lines}/idcard?${shown.join('&')}`
  return {
    ...headers,
    accept: 'application/json',
    'x-ca-signature-headers': names.join(','),
    'x-ca-signature': createHmac('sha256', appSecret).update(text).digest('base64'),
  }
}

/** By AppCode in every way; signed as a GET. */
function both(name, ask) {
  const byCode = ({ application }) => ({ authorization: `APPCODE ${application.appCode}` })
  const bySignature = ({ application, xm, sfz }) => signedHeaders(application, { xm, sfz })
  return [
    { name: `${name}, AppCode`, ways: ['get', 'form', 'json', 'put'], headersOf: byCode },
    { name: `${name}, signed`, ways: ['get'], headersOf: bySignature },
  ].map(({ headersOf, ...client }) => ({
    ...client,
    seesMessage: true,
    ask: (asked) => ask(wireOf(asked, headersOf(asked))),
  }))
}

/** A request in the words of any client: GET by its query, else a body. */
function wireOf({ url, way, xm, sfz }, headers) {
  const parameters = new URLSearchParams({ xm, sfz })
  if (way === 'get') return { method: 'GET', url: `${url}/idcard?${parameters}`, headers }
  const isForm = way === 'form'
  return {
    method: way === 'put' ? 'PUT' : 'POST',
    url: `${url}/idcard`,
    headers: { ...headers, 'content-type': isForm ? FORM : JSON_TYPE },
    body: isForm ? parameters.toString() : JSON.stringify({ xm, sfz }),
  }
}

/** Both clients of this library throw what is not 2xx, and do not read its body. */
async function askGateway(client, { url, way, xm, sfz }) {
  const data = { xm, sfz }
  const options = way === 'form' ? { data, headers: { 'content-type': FORM } } : { data }
  const method = way === 'get' ? 'get' : way === 'put' ? 'put' : 'post'
  try {
    const { msg } = await client[method](`${url}/idcard`, options)
    return { status: 200, message: msg }
  } catch (error) {
    if (typeof error.code !== 'number') throw error
    return {
      status: error.code,
      message: /error message: (.+)$/.exec(error.message)?.[1].replace('undefined', '') ?? '',
    }
  }
}

async function askCurl({ method, url, headers, body }) {
  const all = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const data = body === undefined ? [] : ['--data-binary', body]
  const { stdout } = await runFile('curl', [
    '-sS',
    '--max-time',
    '10',
    '-X',
    method,
    ...all,
    ...data,
    '-w',
    WRITE_OUT,
    url,
  ])
  return sawByCurl(stdout)
}

function askCurlRaw({ url, application, way, xm, sfz }) {
  const name = way === 'raw GBK' ? GBK[xm] : Buffer.from(xm)
  return new Promise((resolve, reject) => {
    const options = [
      '-sS',
      '--max-time',
      '10',
      '-H',
      `authorization: APPCODE ${application.appCode}`,
      '-w',
      WRITE_OUT,
      '-K',
      '-',
    ]
    const child = execFile('curl', options, (error, stdout) => (error ? reject(error) : resolve(sawByCurl(stdout))))
    child.stdin.end(Buffer.concat([Buffer.from(`url = "${url}/idcard?xm=`), name, Buffer.from(`&sfz=${sfz}"\n`)]))
  })
}

function sawByCurl(stdout) {
  const [text = '', refusal = '', status] = stdout.split('\n')
  return { status: Number(status), message: text === '' ? refusal : JSON.parse(text).msg }
}

async function askFetch({ method, url, headers, body }) {
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
  const text = await answer.text()
  return { status: answer.status, message: messageOf(text, answer.headers.get('x-ca-error-message')) }
}

/** Throws what is not 2xx, with the answer beside. */
async function askAxios({ method, url, headers, body }) {
  try {
    const { status, data } = await axios.request({ method, url, headers, data: body })
    return { status, message: data.msg }
  } catch (error) {
    if (error.response === undefined) throw error
    const { status, data, headers: told } = error.response
    return { status, message: data.msg ?? told['x-ca-error-message'] }
  }
}

async function askUndici({ method, url, headers, body }) {
  const answer = await request(url, { method, headers, ...(body === undefined ? {} : { body }) })
  return {
    status: answer.statusCode,
    message: messageOf(await answer.body.text(), answer.headers['x-ca-error-message']),
  }
}

const messageOf = (text, refusal) => (text === '' ? refusal : JSON.parse(text).msg)
