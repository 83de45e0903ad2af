import { test } from 'tap'
import { parseRecording } from '../../src/responses/recording.js'

const parse = (text: string) => parseRecording(Buffer.from(text))
const noJson = 'found a body that is no JSON, or compressed; allowed: JSON as text, or no body'
const lines = (...all: string[]) => all.join('\n')

const recorded = lines(
  'HTTP/2.0 200 OK',
  'Content-Length: 7',
  'Content-Type: application/vnd.atlas.2023-02-01+json;charset=utf-8',
  'Date: Mon, 10 Aug 2026 03:27:12 GMT',
  'Deprecation: Mon, 5 Aug 2024 00:00:00 GMT',
  'Ratelimit-Limit: 10000',
  'Sunset: Thu, 1 Jul 2027 00:00:00 GMT',
  'Location: http://localhost:8080//api/atlas/v1.0',
  'X-Java-Method: x::y',
  '',
  '{"diskSizeGB":10.0,"name":"ä"}',
)

test('a recorded answer gives its status, version, announcements, Location and body [own-answers-recorded]', async (t) => {
  const expected = {
    version: '2023-02-01',
    status: 200,
    headers: {
      deprecation: 'Mon, 5 Aug 2024 00:00:00 GMT',
      location: 'http://localhost:8080//api/atlas/v1.0',
      sunset: 'Thu, 1 Jul 2027 00:00:00 GMT',
    },
    text: '{"diskSizeGB":10.0,"name":"ä"}',
  }
  t.strictSame(parse(recorded), expected)
  t.strictSame(parse(recorded.replaceAll('\n', '\r\n')), expected, 'with CRLF')
  t.strictSame(parse(`\uFEFF${recorded}\n`), expected, 'with a byte order mark, and a line break at the end')
})

test('a recorded answer without a version, or without a body, is one as well', async (t) => {
  const error = '{"detail":"No.","error":404}'
  t.strictSame(parse(lines('HTTP/1.1 404 Not Found', 'Content-Type: application/json', '', error)), {
    status: 404,
    text: error,
  })
  const none = lines('HTTP/1.1 204 No Content', 'Content-Type: application/vnd.atlas.2023-01-01+json;charset=utf-8')
  for (const end of ['', '\n', '\n\n', '\r\n\r\n', '\n\n\n']) {
    t.strictSame(parse(none + end), { version: '2023-01-01', status: 204 }, JSON.stringify(end))
  }
  t.strictSame(parse('HTTP/1.1 200'), { status: 200 })
})

test('of several answers in a recording, as of a challenge and what followed, the last one counts', async (t) => {
  const challenge = lines('HTTP/1.1 401 Unauthorized', 'WWW-Authenticate: Digest realm="MMS Public API"', '', '')
  t.strictSame(parse(challenge + recorded), parse(recorded))
  t.strictSame(parse(`HTTP/1.1 100 Continue\r\n\r\n${recorded}`), parse(recorded))
})

test('a recorded body may still be in its chunks', async (t) => {
  const head = lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '')
  t.strictSame(parse(`${head}{"a":1}`), { status: 200, text: '{"a":1}' }, 'or may not')
  const bytes = Buffer.from('{"a":"ä"}')
  const chunk = (part: Buffer, end: string) => [
    Buffer.from(`${part.length.toString(16)}${end}`),
    part,
    Buffer.from(end),
  ]
  for (const end of ['\r\n', '\n']) {
    const parts = [bytes.subarray(0, 7), bytes.subarray(7)].flatMap((part) => chunk(part, end))
    const whole = Buffer.concat([Buffer.from(head), ...parts, Buffer.from(`0${end}${end}`)])
    t.strictSame(parseRecording(whole), { status: 200, text: '{"a":"ä"}' }, JSON.stringify(end))
  }
  for (const broken of ['9\n{"a":1', '7\n{"a":1}', '-1\nx', 'x']) {
    t.equal(parse(head + broken), noJson, broken)
  }
})

test('what is no recorded answer is told with what is allowed', async (t) => {
  const cases: [string, string][] = [
    ['', 'found "" as status line; allowed: one such as HTTP/1.1 200 OK'],
    ['{"a":1}', 'found "{\\"a\\":1}" as status line; allowed: one such as HTTP/1.1 200 OK'],
    ['HTTP/1.1 20 OK', 'found "HTTP/1.1 20 OK" as status line; allowed: one such as HTTP/1.1 200 OK'],
    ['HTTP/1.1 100 Continue\n\n', 'found the status 100; allowed: from 200 to 599'],
    ['HTTP/1.1 600 X\n\n', 'found the status 600; allowed: from 200 to 599'],
    ['HTTP/1.1 200 OK\n{"a":1}', 'found "{\\"a\\":1}" as header; allowed: a name, a colon and a value'],
    ['HTTP/1.1 200 OK\n\n<html>', noJson],
  ]
  for (const [text, message] of cases) t.equal(parse(text), message, text)
  const zipped = Buffer.from([...Buffer.from('HTTP/1.1 200 OK\n\n'), 0x1f, 0x8b, 0xff])
  t.equal(parseRecording(zipped), noJson)
})
