import { BlockList, isIP, SocketAddress } from 'node:net'
import { rememberingTexts } from './remembering.js'

const mapped = new BlockList()
mapped.addSubnet('::ffff:0:0', 96, 'ipv6')

/**
 * The address in the form that lists and messages have: without a zone, and an IPv4-mapped IPv6 address (RFC 4291,
 * 2.5.5.2) as the IPv4 address that it stands for. Text that is no address stays as it is.
 */
export function plainAddress(text: string): string {
  const [address = ''] = text.split('%', 1)
  if (isIP(address) !== 6 || !mapped.check(address, 'ipv6')) return isIP(address) ? address : text
  const { address: written } = new SocketAddress({ address, family: 'ipv6' })
  return written.slice(written.lastIndexOf(':') + 1)
}

interface Block {
  readonly address: string
  readonly family: 'ipv4' | 'ipv6'
  readonly prefix: number
}

/** Undefined when `entry` is neither an address nor a CIDR block (RFC 4632, 3.1; RFC 4291, 2.3). */
function parseBlock(entry: string): Block | undefined {
  const [, text = '', length] = /^([^/%]+)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(entry) ?? []
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(text)] as number
  const prefix = Number(length ?? bits)
  if (bits === 0 || prefix > bits) return undefined
  const address = plainAddress(text)
  if (isIP(address) === 6) return { address, family: 'ipv6', prefix }
  // A block of mapped addresses that is wider than the mapped ones is one of IPv6.
  if (prefix < bits - 32) return { address: text, family: 'ipv6', prefix }
  return { address, family: 'ipv4', prefix: prefix - (bits - 32) }
}

export function isIpListEntry(text: string): boolean {
  return parseBlock(text) !== undefined
}

/** How many callers a list remembers its answer to: matching costs more than all the rest of the check. */
const rememberedAddresses = 1000

/** Addresses and CIDR blocks, IPv4 and IPv6; a block of one family has no address of the other. */
export class IpList {
  readonly #blocks = { ipv4: new BlockList(), ipv6: new BlockList() }

  /** @param entries texts that `isIpListEntry` */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const { address, family, prefix } = parseBlock(entry) as Block
      this.#blocks[family].addSubnet(address, prefix, family)
    }
  }

  /** False for a text that is no address. */
  readonly includes = rememberingTexts(rememberedAddresses, (text) => {
    const address = plainAddress(text)
    const version = isIP(address)
    if (version === 0) return false
    const family = version === 4 ? 'ipv4' : 'ipv6'
    return this.#blocks[family].check(address, family)
  })
}
