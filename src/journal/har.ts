import { STATUS_CODES } from 'node:http'
import { type Static, Type } from '@sinclair/typebox'
import { serverName, version } from '../values/package.js'
import { queryParameters } from '../values/url.js'
import { JournalEntry } from './entry.js'

const Pairs = Type.Array(Type.Object({ name: Type.String(), value: Type.String() }))
const message = {
  httpVersion: Type.String(),
  cookies: Type.Array(Type.Unknown()),
  headers: Pairs,
  headersSize: Type.Integer(),
  bodySize: Type.Integer(),
}

/** An entry of the journal as HTTP Archive 1.2 has it; http://www.softwareishard.com/blog/har-12-spec. */
const ArchiveEntry = Type.Object({
  startedDateTime: JournalEntry.properties.time,
  time: Type.Number({ description: 'Milliseconds' }),
  request: Type.Object({
    method: Type.String(),
    url: Type.String(),
    ...message,
    queryString: Pairs,
    postData: Type.Optional(Type.Object({ mimeType: Type.String(), text: Type.String() })),
  }),
  response: Type.Object({
    status: Type.Integer({ description: '0 when a fault left it without an answer' }),
    statusText: Type.String(),
    ...message,
    content: Type.Object({
      size: Type.Integer(),
      mimeType: Type.String(),
      text: Type.Optional(Type.String()),
    }),
    redirectURL: Type.String(),
  }),
  cache: Type.Object({}),
  timings: Type.Object({ send: Type.Number(), wait: Type.Number(), receive: Type.Number() }),
  _id: JournalEntry.properties.id,
  _operation: JournalEntry.properties.operation,
  _credential: JournalEntry.properties.credential,
  _errorCode: JournalEntry.properties.errorCode,
  _fault: JournalEntry.properties.fault,
  _replayOf: JournalEntry.properties.replayOf,
  _advice: JournalEntry.properties.advice,
})

/** The journal as an HTTP Archive. */
export const Archive = Type.Object({
  log: Type.Object({
    version: Type.Literal('1.2'),
    creator: Type.Object({ name: Type.String(), version: Type.String() }),
    entries: Type.Array(ArchiveEntry),
  }),
})

/** What goes before the entries of a HAR 1.2 file, and what goes behind. */
export const harStart = `{"log":{"version":"1.2","creator":${JSON.stringify({ name: serverName, version })},"entries":[`
export const harEnd = ']}}\n'

/**
 * One entry of the journal as HTTP Archive 1.2 has it. What the format has no place for is under names with an underscore.
 * @param scheme how the emulator is reached
 */
export function toHarEntry(entry: JournalEntry, scheme: string): Static<typeof ArchiveEntry> {
  const { requestHeaders, responseHeaders, requestBody, responseBody, status, duration, method } = entry
  const sent = textOf(requestBody)
  const answered = textOf(responseBody)
  const isAbsolute = /^https?:/i.test(entry.url)
  return {
    startedDateTime: entry.time,
    time: duration,
    request: {
      method,
      url: isAbsolute ? entry.url : `${scheme}://${requestHeaders.host ?? 'localhost'}${entry.url}`,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: listOf(requestHeaders),
      queryString: queryParameters(entry.url).map(({ name, value }) => ({ name, value })),
      ...(sent !== '' && { postData: { mimeType: requestHeaders['content-type'] ?? '', text: sent } }),
      headersSize: -1,
      bodySize: Buffer.byteLength(sent),
    },
    response: {
      // A browser writes 0 where there was no answer.
      status: status ?? 0,
      statusText: STATUS_CODES[status ?? 0] ?? '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: listOf(responseHeaders),
      content: {
        size: Buffer.byteLength(answered),
        mimeType: responseHeaders['content-type'] ?? '',
        ...(answered !== '' && { text: answered }),
      },
      redirectURL: responseHeaders.location ?? '',
      headersSize: -1,
      bodySize: Buffer.byteLength(answered),
    },
    cache: {},
    timings: { send: 0, wait: duration, receive: 0 },
    _id: entry.id,
    _operation: entry.operation,
    _credential: entry.credential,
    _errorCode: entry.errorCode,
    _fault: entry.fault,
    _replayOf: entry.replayOf,
    _advice: entry.advice,
  }
}

function listOf(headers: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value }))
}

/** A body as text; empty for none. */
function textOf(body: unknown): string {
  if (body === null) return ''
  return typeof body === 'string' ? body : JSON.stringify(body)
}
