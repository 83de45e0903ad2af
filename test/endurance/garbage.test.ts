import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { type Test, test } from 'tap'
import { regions } from '../../src/values/vocabulary.js'
import { accept, account, basic, path, project } from '../support/emulator.js'
import { connections, type Server, scaled, send, startServer } from './support.js'
import { objection, readAnswers, talk } from './wire.js'

/** What is sent, in packets; and the methods of its requests, where they are known. */
interface Stream {
  readonly parts: readonly Buffer[]
  readonly methods?: readonly string[]
}

const latin1 = (text: string) => Buffer.from(text, 'latin1')

const id = 'f'.repeat(24)
const paths = [
  path,
  `${path}/${id}`,
  '/api/atlas/v2/groups',
  `/api/atlas/v2/groups/${project}`,
  '/api/oauth/token',
  '/api/oauth/revoke',
  '/_emulator/health',
  '/_emulator/clock',
  '/_emulator/requests',
  '/_emulator/state',
  '/_emulator/snapshots/x',
  '/',
  '*',
]
const methods = ['GET', 'HEAD', 'POST', 'POST', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'PROPFIND']
/** Pieces of paths and queries that have hurt others. */
const pieces = [
  '%',
  '%zz',
  '%00',
  '%2f',
  '%252e%252e',
  '%c0%af',
  '%e0%80%af',
  '%ed%a0%80',
  '%f8%88%80%80%80',
  '..',
  '//',
  ';x=1',
  '\xff',
  '__proto__',
  'constructor',
  "'; DROP TABLE private_endpoint; --",
  'x'.repeat(3000),
  '?',
  '&',
  '=',
  '+',
]
const parameters = ['pretty', 'envelope', 'pageNum', 'itemsPerPage', 'includeCount', 'x', '__proto__', '%70retty', '']
const values = ['', 'true', 'FALSE', 'maybe', '0', '1', '500', '501', '999999999', '1e3', '-1', '٣', '%31', '%', '%00']

const json = JSON.stringify
const aws = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }
/** Bodies that are nearly right, or wrong in ways that have hurt others. */
const bodies: readonly (string | Buffer)[] = [
  '',
  '{}',
  'null',
  '[]',
  '"x"',
  '1e999',
  json(aws),
  ` \t\r\n${json(aws)}\n`,
  `\ufeff${json(aws)}`,
  json({ ...aws, vpcRegionName: 'US_WEST_2' }),
  json({ ...aws, id }),
  json({ ...aws, regionName: null }),
  json({ ...aws, regionName: '\ud800' }),
  '{"cloudProvider":"AWS","regionName":"\\ud800"}',
  '{"cloudProvider":"AWS","cloudProvider":"GCP","regionName":"US_EAST_1"}',
  '{"cloudProvider":1e400,"regionName":12345678901234567890123456789}',
  '{"__proto__":{"a":1},"cloudProvider":"AWS","regionName":"US_EAST_1"}',
  '{"constructor":{"prototype":{}},"cloudProvider":"AWS","regionName":"US_EAST_1"}',
  '{"toString":1,"hasOwnProperty":2}',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `{"cloudProvider":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)},"regionName":"US_EAST_1"}`,
  `{"${'k'.repeat(50_000)}":1}`,
  json(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i]))),
  '{"a":1',
  'grant_type=client_credentials',
  `grant_type=client_credentials&client_id=${account.id}&client_secret=${account.secret}`,
  'grant_type=a&grant_type=b',
  `token=x&client_id=${account.id}&client_secret=%zz`,
  '{"advance":"1s"}',
  '{"freeze":"2026-13-01T00:00:00Z"}',
  Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff]),
  Buffer.from([0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
  Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
]

const oneOf = <T>(...choices: readonly T[]) => fc.constantFrom(...choices)
const text = fc.string({ unit: 'binary-ascii', maxLength: 20 })

const target = fc
  .tuple(
    oneOf(...paths, path, path, `${path}/${id}`),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: fc.array(fc.oneof(oneOf(...pieces), fc.webSegment()), { maxLength: 2 }) },
    ),
    fc.array(fc.tuple(oneOf(...parameters), fc.option(oneOf(...values))), { maxLength: 4 }),
  )
  .map(([start, extra, query]) => {
    const pairs = query.map(([name, value]) => (value === null ? name : `${name}=${value}`))
    return `${start}${extra.length > 0 ? `/${extra.join('/')}` : ''}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`
  })

/** Headers that are seldom right. */
const oddHeader = fc.oneof(
  {
    weight: 5,
    arbitrary: oneOf(
      'Accept: */*',
      'Accept: application/vnd.atlas.2024-02-30+json',
      `Accept: text/plain;q=0.5, ${accept};q=0.1`,
      `Accept: ${'a,'.repeat(2000)}`,
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Type: text/plain; charset=utf-7',
      'Content-Type: ',
      'Content-Encoding: gzip',
      `Authorization: ${basic(account)}`,
      'Authorization: Basic %%%',
      'Authorization: Bearer x.y.z',
      'Authorization: Bearer eyJhbGciOiJub25lIn0.e30.',
      'Authorization: Digest username="emulator", realm="MMS Public API", nonce="x", uri="/", response="", qop=auth, nc=1, cnonce="',
      `Authorization: Digest ${'a="b", '.repeat(500)}`,
      'Expect: 100-continue',
      'Expect: tea',
      'Host: y',
      'Host: localhost',
      'Host: [',
      'Origin: null',
      'Connection: close',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Transfer-Encoding: gzip',
      'Content-Length: 5',
      'Content-Length: -1',
      'X-HTTP-Method-Override: DELETE',
      'X-Forwarded-For: 1.2.3.4, ::1, %',
      'X-Emulator-Fault: nonsense',
      'Cookie: a=b',
      `X: ${'x'.repeat(17_000)}`,
      'no colon',
      ' folded',
      'bad name : x',
      'X: \x00',
      'X: \x7f',
    ),
  },
  { weight: 1, arbitrary: fc.tuple(text, text).map(([name, value]) => `${name}: ${value}`) },
)

/** Mostly those that let a request in, and seldom more. */
const headers = fc
  .tuple(
    fc.integer({ min: 0, max: 9 }),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant<string[]>([]) },
      { weight: 2, arbitrary: fc.array(oddHeader, { maxLength: 3 }) },
    ),
  )
  .map(([dice, odd]) => [
    ...(dice > 0 ? [`Accept: ${accept}`] : []),
    ...(dice > 1 ? ['Content-Type: application/json'] : []),
    ...odd,
  ])

/** How a body is framed, rightly or not. */
type Frame = (body: Buffer) => [headers: string[], body: Buffer]
const framing = fc.oneof(
  {
    weight: 3,
    arbitrary: oneOf<Frame>(
      (body) => [[`Content-Length: ${body.length}`], body],
      (body) => [['Transfer-Encoding: chunked'], chunked(body)],
    ),
  },
  {
    weight: 1,
    arbitrary: oneOf<Frame>(
      (body) => [['Transfer-Encoding: chunked', `Content-Length: ${body.length}`], chunked(body)],
      (body) => [[`Content-Length: ${body.length + 3}`], body],
      (body) => [[`Content-Length: ${Math.max(0, body.length - 3)}`], body],
      (body) => [[`Content-Length: ${body.length}`, `Content-Length: ${body.length}`], body],
      (body) => [[], body],
      (body) => [['Transfer-Encoding: chunked'], body],
      (body) => [['Transfer-Encoding: chunked, chunked'], chunked(body)],
    ),
  },
)

function chunked(body: Buffer): Buffer {
  const half = Math.ceil(body.length / 2)
  const chunk = (bytes: Buffer) =>
    bytes.length === 0
      ? Buffer.alloc(0)
      : Buffer.concat([latin1(`${bytes.length.toString(16)};x=y\r\n`), bytes, latin1('\r\n')])
  return Buffer.concat([chunk(body.subarray(0, half)), chunk(body.subarray(half)), latin1('0\r\nTrailer: x\r\n\r\n')])
}

/** A body with which an endpoint can be created, mostly one that there is not yet. */
const creation = fc
  .tuple(oneOf(...regions), oneOf(...regions))
  .map(([regionName, vpcRegionName]) => json({ cloudProvider: 'AWS', regionName, vpcRegionName }))

const request = fc
  .record({
    method: fc.oneof({ weight: 9, arbitrary: oneOf(...methods) }, { weight: 1, arbitrary: text }),
    target,
    version: fc.oneof(
      { weight: 15, arbitrary: fc.constant('HTTP/1.1') },
      { weight: 1, arbitrary: oneOf('HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'http/1.1', '') },
    ),
    host: fc.oneof(
      { weight: 9, arbitrary: fc.constant(['Host: localhost']) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
    headers,
    body: fc.oneof(creation, oneOf(...bodies)),
    frame: framing,
  })
  .map(({ method, target, version, host, headers, body, frame }) => {
    const [framed, bytes] = frame(Buffer.from(body as string))
    const lines = [`${method} ${target} ${version}`, ...host, ...headers, ...framed]
    return { method, bytes: Buffer.concat([latin1(`${lines.join('\r\n')}\r\n\r\n`), bytes]) }
  })

/** Cuts bytes into packets at some places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...at, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : at[i - 1], end))
}

const places = fc.array(fc.nat(), { maxLength: 4 })

/** One request, cut anywhere. */
const single: fc.Arbitrary<Stream> = fc
  .tuple(request, places)
  .map(([{ method, bytes }, at]) => ({ parts: cut(bytes, at), methods: [method] }))

/** Several requests one behind the other. */
const pipelined: fc.Arbitrary<Stream> = fc
  .tuple(fc.array(request, { minLength: 2, maxLength: 5 }), places)
  .map(([requests, at]) => ({ parts: cut(Buffer.concat(requests.map(({ bytes }) => bytes)), at) }))

/** What was right before some of its bytes were changed, left out or doubled. */
const mutated: fc.Arbitrary<Stream> = fc
  .tuple(
    fc.array(request, { minLength: 1, maxLength: 2 }),
    fc.array(fc.tuple(oneOf('set', 'drop', 'double'), fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }),
    places,
  )
  .map(([requests, changes, at]) => {
    let bytes = Buffer.concat(requests.map(({ bytes }) => bytes))
    for (const [change, place, byte] of changes) {
      // Mostly in the head, where it hurts.
      const i = place % Math.min(bytes.length, 400)
      if (change === 'set') bytes[i] = byte
      const after = change === 'drop' ? i + 1 : i
      if (change !== 'set')
        bytes = Buffer.concat([bytes.subarray(0, i + (change === 'double' ? 1 : 0)), bytes.subarray(after)])
    }
    return { parts: cut(bytes, at) }
  })

/** No structure at all. */
const noise: fc.Arbitrary<Stream> = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), places)
  .map(([bytes, at]) => ({ parts: cut(Buffer.from(bytes), at) }))

/** Has the server answer a stream, and looks at all that comes. */
async function check(url: string, { parts, methods }: Stream, seen: Map<number, number>): Promise<void> {
  const isOld = Buffer.concat(parts).includes('HTTP/1.0')
  const answers = readAnswers(await talk(url, parts), methods, isOld)
  for (const answer of answers) {
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
    const found = objection(answer)
    if (found) throw new Error(`${found}: ${json(answer).slice(0, 1000)}`)
  }
}

/** Runs a property, and says how to run it again when it fails. */
async function holds(t: Test, server: Server, name: string, arbitrary: fc.Arbitrary<Stream>, numRuns: number) {
  const url = await server.url
  const seen = new Map<number, number>()
  const property = fc.asyncProperty(arbitrary, (stream) => check(url, stream, seen))
  const seed = process.env.ATLAS_ENDURANCE_SEED
  const result = await fc.check(property, { numRuns, ...(seed && { seed: Number(seed) }) })
  if (result.failed) {
    const [stream] = result.counterexample ?? []
    t.comment(`ATLAS_ENDURANCE_SEED=${result.seed}, path ${result.counterexamplePath}`)
    t.comment(String(result.errorInstance))
    t.comment(json(stream?.parts.map((part) => part.toString('latin1'))).slice(0, 3000))
  }
  t.notOk(result.failed, `${numRuns} of ${name}`)
  t.comment(`${name}: ${json([...seen].sort(([a], [b]) => a - b))}`)
  return seen
}

for (const auth of ['off', 'required']) {
  test(`whatever bytes are sent to a server with credentials ${auth}, every answer is one that Atlas might give`, async (t) => {
    // A cluster keeps the project from being deleted, so that what the others ask for stays.
    const world = JSON.parse(readFileSync(new URL('../../fixtures/default.json', import.meta.url), 'utf8'))
    world.projects[0].clusters = [{ id: '6650d5f4a6ed825fb2000001', name: 'main' }]
    const fixtures = `${t.testdir({ 'world.json': JSON.stringify({ ...world, $schema: undefined }) })}/world.json`
    const times = ['--provisioning', '0s', '--deletion', '0s']
    const server = startServer(t, ['--auth', auth, '--rate-limit', 'off', '--fixtures', fixtures, ...times])
    const runs = scaled(700, 20_000)
    const seen = new Set([
      ...(await holds(t, server, 'single requests', single, runs)).keys(),
      ...(await holds(t, server, 'pipelined requests', pipelined, runs)).keys(),
      ...(await holds(t, server, 'mutated requests', mutated, runs)).keys(),
      ...(await holds(t, server, 'noise', noise, runs)).keys(),
    ])
    const expected = auth === 'off' ? [200, 201, 400, 404, 405, 406, 417] : [200, 400, 401, 404, 405]
    for (const status of expected) t.ok(seen.has(status), `${status} was among the answers`)
    const answer = await send(connections(t, 1), await server.url, 'GET', '/_emulator/health')
    t.equal(answer.status, 200, 'and the server lives')
    server.child.kill('SIGTERM')
    t.equal(await server.exit, 0)
    t.equal(await server.stderr, '')
  })
}

test('requests that are known to hurt HTTP servers get the answers that are meant for them', async (t) => {
  const server = startServer(t, [
    '--auth',
    'off',
    '--rate-limit',
    'off',
    '--header-timeout',
    '200ms',
    '--request-timeout',
    '400ms',
  ])
  const url = await server.url
  const h = `Host: x\r\nAccept: ${accept}\r\n`
  const long = 'x'.repeat(64 * 1024)
  const post = (body: string | Buffer, headers = '') => {
    const bytes = Buffer.from(body as string)
    const head = `POST ${path} HTTP/1.1\r\n${h}Content-Type: application/json\r\n${headers}Content-Length: ${bytes.length}\r\n\r\n`
    return Buffer.concat([latin1(head), bytes])
  }
  const ok = json({ ...aws, regionName: regions[3] })
  const cases: [name: string, bytes: string | Buffer, statuses: number[], code?: string][] = [
    ['bad percent-encoding', `GET ${path}/%zz HTTP/1.1\r\n${h}\r\n`, [404], 'RESOURCE_NOT_FOUND'],
    ['overlong percent-encoding', `GET ${path}/%c0%af HTTP/1.1\r\n${h}\r\n`, [404], 'RESOURCE_NOT_FOUND'],
    ['double percent-encoding', `GET ${path}/%2566 HTTP/1.1\r\n${h}\r\n`, [404], 'RESOURCE_NOT_FOUND'],
    ['NUL in a path', `GET ${path}/%00 HTTP/1.1\r\n${h}\r\n`, [404], 'RESOURCE_NOT_FOUND'],
    ['a NUL byte', `GET ${path}/\0 HTTP/1.1\r\n${h}\r\n`, [400], 'VALIDATION_ERROR'],
    ['a URL of 64 KiB', `GET /${long} HTTP/1.1\r\n${h}\r\n`, [431], 'HEADERS_TOO_LARGE'],
    ['duplicated Host', `GET ${path} HTTP/1.1\r\nHost: x\r\n${h}\r\n`, [400], 'VALIDATION_ERROR'],
    ['no Host', `GET ${path} HTTP/1.1\r\nAccept: ${accept}\r\n\r\n`, [400], 'VALIDATION_ERROR'],
    [
      'Transfer-Encoding with Content-Length',
      `POST ${path} HTTP/1.1\r\n${h}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      [400],
      'VALIDATION_ERROR',
    ],
    [
      'two lengths',
      `POST ${path} HTTP/1.1\r\n${h}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
      [400],
      'VALIDATION_ERROR',
    ],
    ['a body over 1 MiB', post('x'.repeat(1024 * 1024 + 1)), [413], 'PAYLOAD_TOO_LARGE'],
    ['an unknown expectation', post(ok, 'Expect: tea\r\n'), [417], 'EXPECTATION_FAILED'],
    ['100-continue', post(ok, 'Expect: 100-continue\r\n'), [201]],
    ['deep JSON', post(`${'['.repeat(400_000)}${']'.repeat(400_000)}`), [400], 'INVALID_JSON'],
    ['__proto__', post('{"__proto__":1}'), [400], 'MALFORMED_JSON'],
    ['duplicate keys', post('{"cloudProvider":1,"cloudProvider":"AWS","regionName":"X"}'), [400], 'INVALID_ATTRIBUTE'],
    ['a lone surrogate', post('{"cloudProvider":"AWS","regionName":"\\ud800"}'), [400], 'INVALID_ATTRIBUTE'],
    ['a big number', post(`{"cloudProvider":"AWS","regionName":1${'0'.repeat(400)}}`), [400], 'INVALID_JSON_ATTRIBUTE'],
    ['gzip', post(Buffer.from([0x1f, 0x8b, 8, 0]), 'Content-Encoding: gzip\r\n'), [400], 'MALFORMED_JSON'],
    ['OPTIONS', `OPTIONS ${path} HTTP/1.1\r\n${h}\r\n`, [200]],
    ['HTTP/1.0', `GET ${path} HTTP/1.0\r\nAccept: ${accept}\r\n\r\n`, [200]],
    ['HTTP/0.9', `GET ${path}\r\n\r\n`, [400], 'VALIDATION_ERROR'],
    [
      'pipelining',
      `GET ${path} HTTP/1.1\r\n${h}\r\nGET /nope HTTP/1.1\r\n${h}\r\nGET ${path} HTTP/1.1\r\n${h}\r\n`,
      [200, 404, 200],
    ],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', [400], 'VALIDATION_ERROR'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400], 'VALIDATION_ERROR'],
    ['TLS', Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]), [400], 'VALIDATION_ERROR'],
  ]
  for (const [name, bytes, statuses, code] of cases) {
    const answers = readAnswers(await talk(url, [Buffer.isBuffer(bytes) ? bytes : latin1(bytes)]))
    t.strictSame(
      answers.map(({ status }) => status),
      statuses,
      name,
    )
    for (const answer of answers) t.equal(objection(answer), undefined, name)
    if (code) t.equal(answers[0]?.headers['x-error-code'], code, name)
  }
  const bom = await talk(url, [post(`\ufeff${json({ ...aws, regionName: regions[5] })}`)])
  t.equal(objection(readAnswers(bom)[0] as never), undefined, 'a BOM')
  const head = readAnswers(await talk(url, [latin1(`HEAD ${path} HTTP/1.1\r\n${h}\r\n`)]), ['HEAD'])
  const get = readAnswers(await talk(url, [latin1(`GET ${path} HTTP/1.1\r\n${h}\r\n`)]))
  t.equal(head[0]?.headers['content-length'], get[0]?.headers['content-length'], 'HEAD tells the length of GET')
})

test('a body is sent in chunks from 8,193 bytes on, whatever asked for it, and the control API’s never is', async (t) => {
  const url = await startServer(t, ['--auth', 'off', '--rate-limit', 'off']).url
  // An unknown path is told twice, so that bodies have an odd number of bytes.
  const unknown = (size: number) => `/${'x'.repeat((size - 121) / 2)}`
  const ask = async (method: string, target: string, version = '1.1') => {
    const bytes = latin1(`${method} ${target} HTTP/${version}\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n`)
    const answers = readAnswers(await talk(url, [bytes]), [method], version === '1.0')
    t.equal(answers.length, 1)
    return answers[0] as (typeof answers)[number]
  }
  for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    for (const size of [8191, 8193, 16_001]) {
      const { headers, body } = await ask(method, unknown(size))
      t.equal(body.length, size, method)
      t.equal(headers['transfer-encoding'], size > 8192 ? 'chunked' : undefined, `${method} ${size}`)
      t.equal(headers['content-length'], size > 8192 ? undefined : String(size), `${method} ${size}`)
    }
  }
  for (const size of [8191, 8193]) {
    const { headers } = await ask('HEAD', unknown(size))
    t.equal(headers['content-length'], size > 8192 ? undefined : String(size), `HEAD ${size}`)
    const old = await ask('GET', unknown(size), '1.0')
    t.equal(old.body.length, size)
    t.match(old.headers, size > 8192 ? { connection: 'close' } : { 'content-length': String(size) }, `HTTP/1.0 ${size}`)
    t.equal(old.headers['transfer-encoding'], undefined, 'HTTP/1.0 knows no chunks')
  }
  const { headers, body } = await ask('GET', '/_emulator/openapi.json')
  t.ok(body.length > 8192)
  t.equal(headers['transfer-encoding'], undefined)
})
