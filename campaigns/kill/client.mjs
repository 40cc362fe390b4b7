import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { VERDICT_TEXTS } from '@heyan/contract'
import { signedHeaders } from '../../bench/load/signing.mjs'
import { mistyped } from './people.mjs'

const SIGNED_SHARE = 0.3
const KEY_SHARE = 0.4
/** Of answered requests with a key: asked again under it. */
const REPEAT_SHARE = 0.3
/** Of requests with a key: sent twice at once. */
const TWICE_SHARE = 0.05
const MISTYPED_SHARE = 0.03
/** Of requests: by the application whose quota is nearly always used up. */
const POOR_SHARE = 0.1

const VERDICTS = new Map(Object.entries(VERDICT_TEXTS).map(([verdict, text]) => [text, verdict]))

/**
 * Asks one thing after another over connections of its own until the server is gone.
 *
 * @returns every whole answer, the signed requests among those answered, and the request that was cut off, if it had a key:
 *   it is to be sent again, since nobody can tell whether it was charged
 */
export async function client({ url, applications, random, nextPerson, cut }) {
  const agent = new http.Agent({ keepAlive: true })
  const record = { attempts: 0, answers: [], signed: [], cut: null }
  let request = cut ?? newRequest(applications, random, nextPerson)
  for (;;) {
    const times = request.key !== null && random() < TWICE_SHARE ? 2 : 1
    const sent = Array.from({ length: times }, () => sentOf(request, random))
    record.attempts += times
    const answers = await Promise.all(sent.map((each) => ask(url, each, agent).catch(() => null)))
    for (const [place, answer] of answers.entries()) {
      if (answer === null) continue
      record.answers.push({ ...answer, name: request.person.name })
      if (sent[place].isSigned) record.signed.push(sent[place])
    }
    if (answers.includes(null)) {
      if (request.key !== null) record.cut = request
      break
    }
    const isRepeated = request.key !== null && random() < REPEAT_SHARE
    if (!isRepeated) request = newRequest(applications, random, nextPerson)
  }
  agent.destroy()
  return record
}

function newRequest({ rich, poor }, random, nextPerson) {
  const person = nextPerson()
  return {
    application: random() < POOR_SHARE ? poor : rich,
    person: random() < MISTYPED_SHARE ? mistyped(person) : person,
    key: random() < KEY_SHARE ? randomUUID() : null,
  }
}

/** A request as it goes out: signed with a nonce of its own each time, or with the AppCode. */
function sentOf({ application, person: { name, number }, key }, random) {
  const isSigned = random() < SIGNED_SHARE
  const headers = isSigned
    ? signedHeaders(application, name, number)
    : { authorization: `APPCODE ${application.appCode}` }
  if (key !== null) headers['idempotency-key'] = key
  return { path: `/idcard?xm=${encodeURIComponent(name)}&sfz=${number}`, headers, isSigned }
}

/** Resolves with an answer that was received whole, and rejects without one. */
export function ask(url, { path, headers }, agent) {
  return new Promise((resolve, reject) => {
    const request = http.get(`${url}${path}`, { agent, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      answer.once('error', reject)
      answer.once('end', () => {
        if (!answer.complete) return reject(new Error('cut off'))
        resolve({
          id: answer.headers['x-ca-request-id'],
          status: answer.statusCode,
          billing: answer.headers['x-ca-market-billing-result'] ?? null,
          error: answer.headers['x-ca-error-message'] ?? null,
          verdict: answer.statusCode === 200 ? (VERDICTS.get(JSON.parse(text).msg) ?? 'none') : null,
        })
      })
    })
    request.once('error', reject)
  })
}
