import { STATUS_CODES } from 'node:http'
import { serverName, version } from '../values/package.js'
import { queryParameters } from '../values/url.js'
import type { JournalEntry } from './entry.js'

/** What goes before the entries of a HAR 1.2 file, and what goes behind. */
export const harStart = `{"log":{"version":"1.2","creator":${JSON.stringify({ name: serverName, version })},"entries":[`
export const harEnd = ']}}\n'

/**
 * One entry of the journal as HTTP Archive 1.2 has it. What the format has no place for is under names with an underscore.
 * @param scheme how the emulator is reached
 */
export function toHarEntry(entry: JournalEntry, scheme: string): object {
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
