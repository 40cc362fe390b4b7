import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** What may be reached from here. Everything that is left out is forbidden. */
export interface EgressPolicy {
  /** Addresses of this machine and of private networks: only where the operator's own configuration file says so. */
  readonly allowPrivate?: boolean
  /** Without TLS: the name and the number would cross the network in the clear. */
  readonly allowHttp?: boolean
  /** Default: 443 and 8443, and 80 and 8080 where HTTP is allowed. */
  readonly ports?: readonly number[] | 'any'
}

export type EgressProblem = 'url_invalid' | 'scheme' | 'credentials_in_url' | 'port' | 'private_address'

const HTTPS_PORTS: readonly number[] = [443, 8443]
const HTTP_PORTS: readonly number[] = [80, 8080]

/** Not on the public internet: the IANA special-purpose registries (RFC 6890 and after), multicast, and what clouds add. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // Carrier-grade NAT; 100.100.100.200 is a cloud's metadata.
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // Link-local; 169.254.169.254 and 169.254.0.23 are clouds' metadata.
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/** Of IPv6 only 2000::/3 is public; within it, what tunnels to IPv4 or is reserved is not. */
const PUBLIC_V6: readonly [string, number] = ['2000::', 3]
const PRIVATE_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // Teredo, ORCHID, benchmarking.
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 carries any IPv4 address.
  ['3fff::', 20],
]

/** The connection's refusal. */
export const EGRESS_REFUSED = 'ERR_EGRESS_REFUSED'

export class EgressError extends Error {
  readonly code = EGRESS_REFUSED

  constructor() {
    super('the address is not on the public internet')
    this.name = 'EgressError'
  }
}

const privateV4 = blockList('ipv4', PRIVATE_V4)
const privateV6 = blockList('ipv6', PRIVATE_V6)
const publicV6 = blockList('ipv6', [PUBLIC_V6])

/** Whether an address is anything but a public one. What is no address counts as private. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return privateV4.check(address, 'ipv4')
  if (family !== 6 || address.includes('%')) return true
  return !publicV6.check(address, 'ipv6') || privateV6.check(address, 'ipv6')
}

/**
 * Reads a URL that is to be called. Null where it may be; a host that is a name is looked at again in every look-up. The
 * URL standard has turned decimal, octal, hexadecimal, short and circled forms of an address into the plain one.
 */
export function egressProblem(url: string, policy: EgressPolicy = {}): EgressProblem | null {
  if (!URL.canParse(url)) return 'url_invalid'
  const { protocol, username, password, port, hostname } = new URL(url)
  const isHttp = protocol === 'http:'
  if (protocol !== 'https:' && !(isHttp && policy.allowHttp === true)) return 'scheme'
  if (username !== '' || password !== '') return 'credentials_in_url'
  if (!isAllowedPort(port === '' ? (isHttp ? 80 : 443) : Number(port), policy)) return 'port'
  const address = bareHost(hostname)
  if (isIP(address) !== 0 && policy.allowPrivate !== true && isPrivateAddress(address)) return 'private_address'
  return null
}

/**
 * A `lookup` for `net.connect` that hands out public addresses only. Every address of every look-up is checked, and the
 * connection goes to those very addresses, so a name that changes its mind between check and call gains nothing.
 */
export function egressLookup(policy: EgressPolicy = {}, resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    const wanted = { ...options, all: true } as const
    resolve(hostname, wanted, (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
      const first = addresses?.[0]
      if (error !== null) return callback(error, '', 0)
      if (first === undefined) return callback(new EgressError(), '', 0)
      const isRefused = policy.allowPrivate !== true && addresses.some(({ address }) => isPrivateAddress(address))
      if (isRefused) return callback(new EgressError(), '', 0)
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}

/** A URL's host without the brackets of an IPv6 address. */
export function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

function isAllowedPort(port: number, { ports, allowHttp }: EgressPolicy): boolean {
  if (ports === 'any') return true
  return (ports ?? [...HTTPS_PORTS, ...(allowHttp === true ? HTTP_PORTS : [])]).includes(port)
}

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family)
  return list
}
