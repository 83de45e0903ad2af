import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { serverName } from '../values/package.js'

const withoutFrames = {
  'referrer-policy': 'strict-origin-when-cross-origin',
  server: serverName,
  'strict-transport-security': 'max-age=31536000; includeSubdomains;',
  'x-content-type-options': 'nosniff',
  'x-permitted-cross-domain-policies': 'none',
}
const always = { ...withoutFrames, 'x-frame-options': 'DENY' }
const alwaysAndVary = { ...always, vary: 'Accept-Encoding' }

/** Whether answers to a request with this method may be compressed, and say so [vary-on-get-and-post]. */
export function varies(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'POST'
}

/** The headers of any answer to a request with this method, but for the 401 challenge and a 405 [security-headers]. */
export function answerHeaders(method: string): Readonly<Record<string, string>> {
  return varies(method) ? alwaysAndVary : always
}

/**
 * A `writeHead` for one response, which writes these headers before those that it is given. Fastify takes each header that
 * is always the same through two objects, which is a thirtieth of all that a get costs.
 */
export function headWriter(headers: Readonly<Record<string, string>>): ServerResponse['writeHead'] {
  const always = Object.entries(headers).flat()
  return function writeHead(this: ServerResponse, status: number, others: OutgoingHttpHeaders) {
    // One that has failed since has all of its headers from its error.
    const all: OutgoingHttpHeader[] = status < 400 ? always.slice() : []
    for (const name in others) all.push(name, others[name] as OutgoingHttpHeader)
    return Object.getPrototypeOf(this).writeHead.call(this, status, all)
  } as ServerResponse['writeHead']
}

/** The headers of the answer to a method that a path does not have, and of OPTIONS. */
export const methodHeaders = { notAllowed: withoutFrames, options: always } as const
