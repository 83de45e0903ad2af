const removed = '[removed]'
/** Headers that hold secrets, in lower case; of the first, the scheme stays. */
const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])
/** Form fields, query parameters and JSON attributes that hold secrets. */
const secretNames = [
  'access_token',
  'client_assertion',
  'client_secret',
  'clientSecret',
  'password',
  'privateKey',
  'refresh_token',
  'token',
]
const secretPairs = new RegExp(`(^|[?&])(${secretNames.join('|')})=[^&#]*`, 'gi')

/** The text with a secret blotted out, as it is and as URLs and forms write it. */
function blot(text: string, secret: string | undefined): string {
  if (!secret) return text
  return text.replaceAll(secret, removed).replaceAll(encodeURIComponent(secret), removed)
}

/** A URL, or a form, without its secrets. */
export function redactUrl(url: string, secret: string | undefined): string {
  return blot(url.replace(secretPairs, `$1$2=${removed}`), secret)
}

/** Headers without secrets, whose names are in lower case; one that came several times, as one. */
export function redactHeaders(
  headers: Iterable<readonly [name: string, value: unknown]>,
  secret: string | undefined,
): Record<string, string> {
  const told = new Map<string, string>()
  for (const [name, value] of headers) {
    const text = redactHeader(name, [value].flat().join(', '), secret)
    const earlier = told.get(name)
    told.set(name, earlier === undefined ? text : `${earlier}, ${text}`)
  }
  return Object.fromEntries(told)
}

function redactHeader(name: string, text: string, secret: string | undefined): string {
  if (!secretHeaders.has(name)) return blot(text, secret)
  const [scheme, ...rest] = text.split(' ')
  return name.endsWith('authorization') && rest.length > 0 ? `${scheme} ${removed}` : removed
}

/** A body without its secrets: parsed where it is JSON, null where there is none. */
export function redactBody(text: string, secret: string | undefined): unknown {
  if (text === '') return null
  const blotted = blot(text, secret)
  try {
    return JSON.parse(blotted, (name, value) => {
      if (typeof value !== 'string') return value
      // The links of a list repeat the query that was sent.
      return secretNames.includes(name) ? removed : redactUrl(value, undefined)
    })
  } catch {
    return redactUrl(blotted, undefined)
  }
}
