import { serverName } from '../values/package.js'

/** The headers that every API answer carries, but for the 401 challenge. */
const always = {
  'referrer-policy': 'strict-origin-when-cross-origin',
  server: serverName,
  'strict-transport-security': 'max-age=31536000; includeSubdomains;',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
}
const alwaysAndVary = { ...always, vary: 'Accept-Encoding' }

/** The headers of any answer to a request with this method. */
export function answerHeaders(method: string): Readonly<Record<string, string>> {
  return method === 'GET' || method === 'HEAD' || method === 'POST' ? alwaysAndVary : always
}
