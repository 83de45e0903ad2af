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

/** The headers of the answer to a method that a path does not have, and of OPTIONS. */
export const methodHeaders = { notAllowed: withoutFrames, options: always } as const
