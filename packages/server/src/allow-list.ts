import { BlockList, isIP, isIPv4 } from 'node:net'

/** An address or a CIDR block, taken apart; null where it is neither. */
function parseBlock(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | null {
  const [address = '', prefixText, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || address.includes('%')) return null
  const bits = version === 4 ? 32 : 128
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return null
  const prefix = prefixText === undefined ? bits : Number(prefixText)
  return prefix > bits ? null : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

export function isAddressBlock(text: string): boolean {
  return parseBlock(text) !== null
}

/** Null for an empty list: from anywhere. */
export function allowListOf(blocks: readonly string[]): BlockList | null {
  if (blocks.length === 0) return null
  const list = new BlockList()
  for (const text of blocks) {
    const block = parseBlock(text)
    if (block !== null) list.addSubnet(block.address, block.prefix, block.family)
  }
  return list
}

const IPV4_MAPPED = '::ffff:'

export function isAllowed(list: BlockList, address: string): boolean {
  const plain =
    address.startsWith(IPV4_MAPPED) && isIPv4(address.slice(IPV4_MAPPED.length))
      ? address.slice(IPV4_MAPPED.length)
      : address
  return list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
}
