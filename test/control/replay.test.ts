import type { IncomingMessage } from 'node:http'
import { test } from 'tap'
import { EmulatorControl } from '../../src/control/client.js'
import { Replays } from '../../src/journal/replays.js'
import { authorize, nonceOf } from '../support/digest.js'
import { account, apiKey, basic, defaultWorld, fixtureFile, path, start, type TestBench } from '../support/emulator.js'
import { exchange } from '../support/socket.js'

const lastOf = async ({ command }: TestBench) => (await command('GET', '/requests?limit=1')).json().requests[0]
const form = { 'content-type': 'application/x-www-form-urlencoded' }

test('a request of the journal is sent once more, as the credential that sent it', async (t) => {
  const bench = await start(t)
  const { create, call, command } = bench
  const { id } = await create()
  const first = await lastOf(bench)
  const conflict = await command('POST', `/requests/${first.id}/replay`)
  t.equal(conflict.statusCode, 200)
  t.match(conflict.json(), {
    id: first.id + 1,
    replayOf: first.id,
    status: 409,
    credential: account.id,
    refusal: null,
    requestBody: { regionName: 'US_EAST_1' },
  })
  t.notOk('authorization' in conflict.json().requestHeaders)
  t.notOk('x-emulator-replay' in conflict.json().requestHeaders)
  t.match(await lastOf(bench), conflict.json())
  await call('DELETE', `${path}/${id}`)
  await command('POST', '/clock', { advance: '1m' })
  t.match((await command('POST', `/requests/${first.id}/replay`)).json(), { status: 201, replayOf: first.id })
})

test('an API key needs no nonce for it, and whom an address list keeps out stays out', async (t) => {
  const world = defaultWorld()
  Object.assign(world.apiKeys[0] as object, { accessList: ['10.0.0.0/8'] })
  const bench = await start(t, ['--fixtures', fixtureFile(t, world)])
  const { call, command } = bench
  const nonce = nonceOf((await call('GET', path, { bare: true })).headers['www-authenticate'])
  const headers = { authorization: authorize({ uri: path, nonce }) }
  t.equal((await call('GET', path, { headers, from: '10.1.1.1' })).statusCode, 200)
  const { id } = await lastOf(bench)
  t.match((await command('POST', `/requests/${id}/replay`)).json(), { status: 200, credential: apiKey.username })
  const again = nonceOf((await call('GET', path, { bare: true })).headers['www-authenticate'])
  t.equal(
    (await call('GET', path, { headers: { authorization: authorize({ uri: path, nonce: again }) } })).statusCode,
    403,
  )
  const refused = await lastOf(bench)
  t.match((await command('POST', `/requests/${refused.id}/replay`)).json(), { status: 403 })
})

test('what was refused is sent as nobody', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  await call('GET', path, { headers: { authorization: 'Bearer nope' } })
  const refused = await lastOf(bench)
  t.match(refused, { status: 401, refusal: String })
  t.match((await command('POST', `/requests/${refused.id}/replay`)).json(), {
    status: 401,
    refusal: null,
    credential: null,
    responseHeaders: { 'www-authenticate': /^Digest / },
  })
  await call('POST', '/api/oauth/token', {
    bare: true,
    headers: { ...form, authorization: basic({ ...account, secret: 'wrong' }) },
    body: 'grant_type=client_credentials',
  })
  const { id } = await lastOf(bench)
  t.match((await command('POST', `/requests/${id}/replay`)).json(), { status: 401, refusal: 'no client id' })
})

test('a request for a token brings its own secret, which is told nowhere', async (t) => {
  const bench = await start(t)
  const { command } = bench
  const { id } = await lastOf(bench)
  const answer = await command('POST', `/requests/${id}/replay`)
  t.match(answer.json(), { status: 200, operation: 'token', responseBody: { access_token: '[removed]' } })
  t.notMatch(answer.body, account.secret)
})

test('what cannot be sent as it was is not sent', async (t) => {
  const bench = await start(t, ['--auth', 'off'])
  const { call, command, emulator } = bench
  const headers = { 'content-type': 'application/json' }
  await call('POST', path, { headers, body: `{"x":"${'y'.repeat(70_000)}"}` })
  const long = await lastOf(bench)
  t.match((await command('POST', `/requests/${long.id}/replay`)).json(), { status: 409, detail: /not kept whole/ })
  await call('POST', path, { headers, body: Buffer.from([0x7b, 0xff, 0x7d]) })
  const bytes = await lastOf(bench)
  t.match((await command('POST', `/requests/${bytes.id}/replay`)).json(), { status: 409, detail: /not kept whole/ })
  t.match((await command('POST', '/requests/99/replay')).json(), { status: 404, detail: /no request 99/ })
  t.match((await command('POST', '/requests/x/replay')).json(), { status: 400, errors: [{ parameter: 'id' }] })
  const url = await emulator.listen()
  await exchange(url, 'GET /a/../b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const dotted = await lastOf(bench)
  t.match(dotted, { url: '/a/../b' })
  t.match((await command('POST', `/requests/${dotted.id}/replay`)).json(), { status: 409, detail: /target/ })
  const none = await start(t, ['--journal', 'off'])
  t.equal((await none.command('POST', '/requests/1/replay')).statusCode, 409)
})

test('a credential that the world no longer has cannot be sent as', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  await call('GET', path)
  const { id } = await lastOf(bench)
  const world = defaultWorld()
  await command('PUT', '/state', { ...world, serviceAccounts: [] })
  t.match((await command('POST', `/requests/${id}/replay`)).json(), {
    status: 409,
    detail: `Request ${id} was sent by ${account.id}, which this world no longer has.`,
  })
})

test('a fault that leaves a replay without an answer is told as such', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  await call('GET', path)
  const { id } = await lastOf(bench)
  for (const breakage of ['hang', 'reset', 'drop']) {
    await command('POST', '/faults', { break: breakage, when: { times: 1 } })
    t.match((await command('POST', `/requests/${id}/replay`)).json(), { status: null, fault: breakage, replayOf: id })
  }
  t.match((await command('POST', `/requests/${id}/replay`)).json(), { status: 200 })
})

test('a ticket is known to nobody, so that no client is taken for a replay', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  await call('GET', path, { bare: true, headers: { 'x-emulator-replay': 'guess' } })
  const guess = await lastOf(bench)
  t.match(guess, { status: 401, replayOf: null, requestHeaders: { 'x-emulator-replay': 'guess' } })
  const { emulator } = bench
  await call('GET', path)
  const { id } = await lastOf(bench)
  await command('POST', '/faults', { delay: '10m', when: { times: 1 } })
  const delayed = command('POST', `/requests/${id}/replay`)
  while ((await command('GET', '/faults')).json().faults[0].fired === 0) await new Promise(setImmediate)
  const guesses = call('GET', path, { bare: true, headers: { 'x-emulator-replay': 'guess' } })
  t.equal((await guesses).statusCode, 401)
  await emulator.close()
  t.match((await delayed).json(), { replayOf: id, fault: 'delay' })
})

test('a ticket is good once, and for the request alone that carries it', async (t) => {
  const replays = new Replays()
  const request = (...rawHeaders: string[]) =>
    ({ rawHeaders, headers: { 'x-emulator-replay': rawHeaders[3] } }) as unknown as IncomingMessage
  const replay = { of: 1, credential: undefined, onRecorded: () => {} }
  t.equal(replays.take(request('Host', 'x')), undefined)
  const ticket = replays.begin(replay)
  t.equal(replays.take(request('Host', 'x')), undefined)
  t.equal(replays.take(request('Host', 'x', 'X-Emulator-Replay', 'guess')), undefined)
  const carrier = request('Host', 'x', 'X-Emulator-Replay', ticket)
  t.equal(replays.take(carrier), replay)
  t.strictSame([carrier.rawHeaders, carrier.headers], [['Host', 'x'], {}], 'and is told to nobody')
  t.equal(replays.take(request('Host', 'x', 'X-Emulator-Replay', ticket)), undefined)
})

test('from code, a replay is a call', async (t) => {
  const bench = await start(t)
  const control = new EmulatorControl(await bench.emulator.listen())
  await bench.call('GET', path)
  const [last] = await control.requests.find({}, { limit: 1 })
  t.match(await control.requests.replay(last?.id as number), { status: 200, replayOf: last?.id })
  await t.rejects(control.requests.replay(999), /no request 999/)
})
