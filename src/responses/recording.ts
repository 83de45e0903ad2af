import type { ResponseEntry } from './response.js'

/** What a recorded answer says of the answer to give [own-answers-recorded]. */
export type Recorded = Pick<ResponseEntry, 'version' | 'status' | 'headers' | 'body' | 'text'>

/** The headers that are a part of the answer; all others are the emulator's own. */
const keptHeaders = ['deprecation', 'location', 'sunset']

const statusLine = /^HTTP\/[0-9](?:\.[0-9])? ([0-9]{3})(?: .*)?$/
/** RFC 9112, 5. */
const headerLine = /^([\w!#$%&'*+.^`|~-]+):\s*(.*?)\s*$/
const versioned = /^application\/vnd\.atlas\.([0-9]{4}-[0-9]{2}-[0-9]{2})\+json *(?:;|$)/i

/**
 * Reads an answer as HTTP/1 has it, with lines that end with LF or CRLF: status line, headers, an empty line, JSON or no
 * body. Of several, as of a challenge and what followed, the last one counts. What says how long the body is, or how it was
 * transferred, is not looked at, unless the body is still in chunks.
 * @returns what is wrong with it, when it cannot be read
 */
export function parseRecording(bytes: Buffer): Recorded | string {
  // As latin1, of which each character is a byte: a chunk may end within a character of UTF-8.
  let rest = bytes.toString('latin1').replace(/^\xEF\xBB\xBF/, '')
  let status = 0
  let headers = new Map<string, string>()
  do {
    const head = headOf(rest)
    const [line, ...lines] = head.split(/\r?\n/) as [string, ...string[]]
    const [, code] = statusLine.exec(line) ?? []
    if (code === undefined) return `found ${quote(line)} as status line; allowed: one such as HTTP/1.1 200 OK`
    status = Number(code)
    headers = new Map()
    for (const written of lines) {
      const [, name, value] = headerLine.exec(written) ?? []
      if (name === undefined) return `found ${quote(written)} as header; allowed: a name, a colon and a value`
      headers.set(name.toLowerCase(), value as string)
    }
    rest = rest.slice(head.length).replace(/^(?:\r?\n){1,2}/, '')
  } while (rest.startsWith('HTTP/'))
  if (status < 200 || status > 599) return `found the status ${status}; allowed: from 200 to 599`
  const kept = keptHeaders.filter((name) => headers.has(name))
  const [, version] = versioned.exec(headers.get('content-type') ?? '') ?? []
  const body = bodyOf(rest, headers.get('transfer-encoding') ?? '')
  if (!body) return 'found a body that is no JSON, or compressed; allowed: JSON as text, or no body'
  return {
    ...(version !== undefined && { version }),
    status,
    ...(kept.length > 0 && { headers: Object.fromEntries(kept.map((name) => [name, headers.get(name) as string])) }),
    ...body,
  }
}

/** What comes before the first empty line. */
function headOf(text: string): string {
  const end = /\r?\n\r?\n/.exec(text)?.index
  return end === undefined ? text.replace(/\r?\n$/, '') : text.slice(0, end)
}

function quote(line: string): string {
  return JSON.stringify(line.slice(0, 80))
}

/** Undefined for a body that is no JSON. */
function bodyOf(written: string, coding: string): Pick<Recorded, 'text'> | undefined {
  if (written.trim() === '') return {}
  for (const body of [written, ...(coding.toLowerCase() === 'chunked' ? [joined(written)] : [])]) {
    try {
      const text = utf8.decode(Buffer.from(body, 'latin1')).trim()
      JSON.parse(text)
      return { text }
    } catch {
      // The other form may do.
    }
  }
  return undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A body without the sizes of its chunks; RFC 9112, 7.1. Empty when it is no chunked one. */
function joined(chunked: string): string {
  let body = ''
  let at = 0
  for (;;) {
    const start = chunked.indexOf('\n', at) + 1
    const size = Number.parseInt(chunked.slice(at, start), 16)
    if (!(size > 0)) return body
    body += chunked.slice(start, start + size)
    at = chunked.indexOf('\n', start + size) + 1
    if (at === 0) return ''
  }
}
