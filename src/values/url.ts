/** One parameter of a URL's query: as sent, and decoded. */
export interface QueryParameter {
  readonly raw: string
  readonly name: string
  readonly value: string
}

const origin = /^https?:\/\/[^/?]*/i

/** The request target without its query, undecoded; of an absolute one, the path in it. */
export function pathOf(url: string): string {
  const target = url.startsWith('/') ? url : url.replace(origin, '')
  const end = target.indexOf('?')
  return (end === -1 ? target : target.slice(0, end)) || '/'
}

/** The request target undecoded; of an absolute one, the path and query in it. */
export function pathAndQueryOf(url: string): string {
  const start = url.indexOf('?')
  return start === -1 ? pathOf(url) : pathOf(url) + url.slice(start)
}

/** The query's parameters in the order of the URL; empty ones (`&&`) are none. */
export function queryParameters(url: string): QueryParameter[] {
  const start = url.indexOf('?')
  if (start === -1) return []
  return url
    .slice(start + 1)
    .split('&')
    .filter((raw) => raw !== '')
    .map((raw) => {
      const equals = raw.indexOf('=')
      if (equals === -1) return { raw, name: decode(raw), value: '' }
      return { raw, name: decode(raw.slice(0, equals)), value: decode(raw.slice(equals + 1)) }
    })
}

/** Form decoding; text that cannot be decoded stays as it is. */
function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** The text without slashes at its end. */
export function withoutSlash(text: string): string {
  let end = text.length
  while (text[end - 1] === '/') end -= 1
  return text.slice(0, end)
}

/** Host and port as a URL has them: an IPv6 address in brackets. */
export function authority(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}
