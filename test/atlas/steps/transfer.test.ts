import { once } from 'node:events'
import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import fastify from 'fastify'
import { type Test, test } from 'tap'
import type { AtlasContext, Change, ServedOperation } from '../../../src/atlas/operation.js'
import { operations } from '../../../src/atlas/registry.js'
import { acceptsGzip, transfer } from '../../../src/atlas/steps/transfer.js'
import { regions } from '../../../src/values/vocabulary.js'
import {
  accept,
  account,
  basic,
  defaultWorld,
  fixtureFile,
  path,
  project,
  role,
  start,
  type TestBench,
} from '../../support/emulator.js'
import { exchange, open, rest } from '../../support/socket.js'

/** An emulator whose project has so many endpoints that a list of them is long. */
async function crowded(t: Test) {
  const world = defaultWorld()
  const privateEndpoints = [...regions, ...regions.slice(0, 20).map((region) => `${region} GLOBAL`)].map((pair) => {
    const [regionName, vpcRegionName = regionName] = pair.split(' ')
    return { regionName, vpcRegionName, status: 'ACTIVE' }
  })
  Object.assign(world.projects[0] as object, { privateEndpoints: privateEndpoints.slice(0, 45) })
  return start(t, ['--fixtures', fixtureFile(t, world)])
}

const asking =
  (bench: TestBench) =>
  (method: string, url: string, encoding: string, call = {}) =>
    bench.call(method, url, { headers: { 'accept-encoding': encoding }, ...call })

test('a success of 32 bytes and more is compressed on GET and POST for who accepts gzip [gzip-success]', async (t) => {
  const bench = await start(t)
  const ask = asking(bench)
  const created = await ask('POST', path, 'gzip', { body: { cloudProvider: 'AWS', regionName: 'US_EAST_1' } })
  t.equal(created.statusCode, 201)
  const { id } = JSON.parse(gunzipSync(created.rawPayload).toString())
  const plain = await bench.call('GET', `${path}/${id}`)
  for (const url of [path, `${path}/${id}`, `${path}/${id}?pretty&envelope`, '/api/atlas/v2/groups']) {
    const [answer, expected] = [await ask('GET', url, 'gzip, deflate, br'), await bench.call('GET', url)]
    t.match(answer.headers, { 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    t.equal(answer.headers['content-length'], String(answer.rawPayload.length), 'the length of what is sent')
    t.equal(gunzipSync(answer.rawPayload).toString(), expected.body)
  }
  t.equal(plain.headers['content-encoding'], undefined)

  const missing = await ask('GET', `${path}/nope`, 'gzip')
  t.equal(missing.headers['content-encoding'], undefined, 'an error is not')
  const buckets = `/api/atlas/v2/groups/${project}/backup/exportBuckets`
  const bucket = { bucketName: 'abc', cloudProvider: 'AWS', iamRoleId: role }
  const { _id } = (await bench.call('POST', buckets, { body: bucket })).json()
  const patched = await ask('PATCH', `${buckets}/${_id}`, 'gzip', {
    body: { requirePrivateNetworking: false },
    headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' },
  })
  t.strictSame([patched.headers['content-encoding'], patched.headers.vary], [undefined, undefined])
  const deleted = await ask('DELETE', `${path}/${id}?envelope`, 'gzip')
  t.strictSame([deleted.headers['content-encoding'], deleted.headers.vary], [undefined, undefined])
  t.equal(deleted.body, '{"content":{},"status":204}')
})

test('the limits are on bytes of the plain body [gzip-success] [long-body-streamed] [gzip-details]', async (t) => {
  const app = fastify()
  const step = transfer.make(operations[0] as ServedOperation, {} as AtlasContext) as Change
  app.addHook('onSend', async (request, reply, payload) => step(request, reply, payload))
  app.get('/', async (request) => (request.query as { text: string }).text)
  const ask = async (text: string, encoding = 'gzip') => {
    const { headers } = await app.inject({ url: '/', query: { text }, headers: { 'accept-encoding': encoding } })
    return [headers['content-encoding'], headers['content-length'] !== undefined]
  }
  t.strictSame(await ask('x'.repeat(31)), [undefined, true])
  t.strictSame(await ask('x'.repeat(32)), ['gzip', true])
  for (const encoding of ['gzip', 'identity']) {
    const coding = encoding === 'gzip' ? 'gzip' : undefined
    t.strictSame(await ask('x'.repeat(8192), encoding), [coding, true])
    t.strictSame(await ask('x'.repeat(8193), encoding), [coding, false])
    t.strictSame(await ask(`xx${'€'.repeat(2730)}`, encoding), [coding, true], 'bytes, not characters')
    t.strictSame(await ask('€'.repeat(2731), encoding), [coding, false])
  }
})

test('the token endpoint compresses too [gzip-details]', async (t) => {
  const { call } = await start(t)
  const answer = await call('POST', '/api/oauth/token', {
    bare: true,
    headers: {
      authorization: basic(account),
      'content-type': 'application/x-www-form-urlencoded',
      'accept-encoding': 'gzip',
    },
    body: 'grant_type=client_credentials',
  })
  t.match(JSON.parse(gunzipSync(answer.rawPayload).toString()), { token_type: 'Bearer' })
})

test('what accepts gzip is read by weights, and the plain body wins where both weigh the same [gzip-q-values] [gzip-details]', async (t) => {
  const yes = [
    'gzip',
    'GZIP',
    'x-gzip',
    'gzip, deflate, br',
    'gzip;q=0.5, identity;q=0.4',
    'gzip;q=0.1',
    'br, gzip ; q = 1',
  ]
  const no = [
    ...['', 'identity', 'br', 'gzip;q=0', 'gzip, identity', 'gzip;q=0.5, identity;q=0.5', '*', 'gzip;q=nonsense'],
    ...['gzip;q=2', '*;q=0.5, gzip;q=0.2', 'gzip;q=0, *'],
  ]
  for (const header of yes) t.equal(acceptsGzip(header), true, header)
  for (const header of no) t.equal(acceptsGzip(header), false, header)
  t.equal(acceptsGzip('*;q=0.5, identity;q=0.4'), true)
  t.equal(acceptsGzip('gzip, *;q=0'), true)
  t.equal(acceptsGzip(undefined), false)
  t.equal(acceptsGzip(`gzip;x=${'y'.repeat(300)}`), true)
})

test('a body of more than 8,192 bytes is streamed without its length, compressed or not [long-body-streamed]', async (t) => {
  const bench = await crowded(t)
  const url = await bench.emulator.listen()
  const get = async (method: string, encoding?: string) => {
    const asked = request(`${url}${path}`, {
      method,
      headers: {
        accept,
        authorization: `Bearer ${bench.token}`,
        ...(encoding && { 'accept-encoding': encoding }),
      },
    }).end()
    const [answer] = await once(asked, 'response')
    return { headers: answer.headers, body: await buffer(answer) }
  }
  const plain = await get('GET')
  t.ok(plain.body.length > 8192)
  t.match(plain.headers, { 'transfer-encoding': 'chunked' })
  t.equal(plain.headers['content-length'], undefined)
  t.equal(JSON.parse(plain.body.toString()).totalCount, 45)
  const compressed = await get('GET', 'gzip')
  t.match(compressed.headers, { 'transfer-encoding': 'chunked', 'content-encoding': 'gzip' })
  t.equal(compressed.headers['content-length'], undefined)
  t.ok(compressed.body.length < 8192)
  t.equal(gunzipSync(compressed.body).length, plain.body.length)
  const head = await get('HEAD', 'gzip')
  t.match(head.headers, { 'content-encoding': 'gzip' })
  t.equal(head.headers['content-length'], undefined, 'a HEAD has no length either [long-body-http10-head]')
  t.equal(head.body.length, 0)

  const lines = ['GET', path, 'HTTP/1.0\r\nAccept:', `${accept}\r\nAuthorization: Bearer ${bench.token}\r\n\r\n`]
  const old = await exchange(url, lines.join(' '))
  t.strictSame([old.headers['content-length'], old.headers['transfer-encoding']], [undefined, undefined])
  t.equal(old.body.length, plain.body.length, 'HTTP/1.0 is ended by closing')
})

test('a long answer is whole, and the last on its connection, where the body of its request turns out to be none', async (t) => {
  const bench = await crowded(t)
  const url = await bench.emulator.listen()
  const plain = ['Host: localhost', `Accept: ${accept}`, `Authorization: Bearer ${bench.token}`]
  const asked: [status: string, target: string, ...headers: string[]][] = [
    ['200 OK', path, ...plain],
    ['200 OK', path, ...plain, 'Accept-Encoding: gzip'],
    // What is answered later is told of the body, and so is what looks at it first.
    ['400 Bad Request', path, ...plain, 'X-Emulator-Fault: delay=30ms'],
    ['400 Bad Request', '/_emulator/state', 'Host: localhost'],
  ]
  for (const [status, target, ...headers] of asked) {
    const head = [`GET ${target} HTTP/1.1`, ...headers, 'Transfer-Encoding: chunked'].join('\r\n')
    const answer = await exchange(url, `${head}\r\n\r\nno chunk`)
    t.equal(answer.statusLine, `HTTP/1.1 ${status}`, target)
    const length = answer.headers['content-length']
    if (length === undefined) t.match(answer.body, /^[0-9a-f]+\r\n.*\r\n0\r\n\r\n$/s, target)
    else t.equal(Buffer.byteLength(answer.body, 'latin1'), Number(length), target)
    t.notMatch(answer.body, 'HTTP/1.1 ', target)
  }
})

test('a long error and a long answer to an unknown path are streamed as well [long-body-streamed]', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  for (const target of [`/api/atlas/v2/groups/${'a'.repeat(9000)}`, `/api/atlas/v2/${'a'.repeat(9000)}`]) {
    const socket = await open(url)
    const fields = `Host: x\r\nConnection: close\r\nAccept: ${accept}\r\nAuthorization: Bearer ${token}\r\n`
    socket.write(`GET ${target} HTTP/1.1\r\n${fields}\r\n`)
    const text = await rest(socket)
    t.match(text, /^HTTP\/1\.1 404 /)
    t.match(text, /transfer-encoding: chunked/i)
    t.notMatch(text, /content-length/i)
  }
})

test('faults and the journal work on the plain text of a compressed answer [gzip-faults]', async (t) => {
  const bench = await start(t)
  const { id } = await bench.create()
  const ask = asking(bench)
  const broken = await ask('GET', `${path}/${id}`, 'gzip', {
    headers: { 'accept-encoding': 'gzip', 'x-emulator-fault': 'malformed-json' },
  })
  const text = gunzipSync(broken.rawPayload).toString()
  t.match(text, /^\{"cloudProvider":"AWS"/)
  t.throws(() => JSON.parse(text))
  await ask('GET', `${path}/${id}`, 'gzip')
  const { requests } = (await bench.command('GET', '/requests?limit=1')).json()
  t.match(requests[0], { responseBody: { id }, responseHeaders: { 'content-type': /atlas/ } })
})
