import { type Environment, readConfig } from '@heyan/server/operator'
import { AdminError } from './admin-error.js'

/** Where the server is, without a slash at its end: `HEYAN_URL`, else this host and `PORT`. */
export function serverUrl(environment: Environment): string {
  const config = readConfig(environment)
  const scheme = config.tls === null ? 'http' : 'https'
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host
  const here = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${config.port}`
  const url = (environment.HEYAN_URL || here).replace(/\/+$/, '')
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new AdminError('url_invalid', `HEYAN_URL is not an http or https address: ${url}`)
  return url
}
