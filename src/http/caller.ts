import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { plainAddress } from '../values/ip-list.js'

/**
 * The address that a request is counted for: what a trusted proxy tells, where that is an address. Any other text could be of any
 * length, and another each time, so that the proxy's own address stands for it.
 */
export function callerOf({ ip, raw }: Pick<FastifyRequest, 'ip' | 'raw'>): string {
  return plainAddress(isIP(ip) === 0 ? (raw.socket.remoteAddress ?? '') : ip)
}
