// Load from another process: wrk where it is installed, else autocannon, which is fetched when first needed.
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = fileURLToPath(new URL('..', import.meta.url))
const MAX_OUTPUT_BYTES = 1024 * 1024

export const loader = spawnSync('wrk', ['-v']).error ? 'autocannon' : 'wrk'

/** `{ answered, notFine, rps, p50Ms, p99Ms }` of `seconds` of load over so many connections. */
export function load(options) {
  return loader === 'wrk' ? byWrk(options) : byAutocannon(options)
}

async function byWrk({ url, connections, seconds, headers = {}, requestsFile }) {
  const script = fileURLToPath(new URL('wrk.lua', import.meta.url))
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script]
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`)
  const env = { ...process.env, ...(requestsFile ? { REQUESTS_FILE: requestsFile } : {}) }
  const { stdout } = await run('wrk', [...args, url], { env, maxBuffer: MAX_OUTPUT_BYTES })
  const report = JSON.parse(/REPORT (.*)/.exec(stdout)[1])
  return {
    answered: report.requests,
    notFine: report.notFine,
    rps: (report.requests * 1e6) / report.us,
    p50Ms: report.p50Us / 1000,
    p99Ms: report.p99Us / 1000,
  }
}

async function byAutocannon({ url, connections, seconds, headers, requests }) {
  if (!existsSync(`${here}node_modules/autocannon`)) await run('npm', ['install', '--no-save'], { cwd: here })
  const { default: autocannon } = await import('autocannon')
  // Left to itself, each connection sends the same list from its beginning; a signed request is good for one time.
  let place = 0
  const next = (request) => Object.assign(request, requests[Math.min(place++, requests.length - 1)])
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    headers,
    ...(requests ? { requests: [{ method: 'GET', setupRequest: next }] } : {}),
  })
  return {
    answered: result.requests.total,
    notFine: result.non2xx + result.errors,
    rps: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }
}
