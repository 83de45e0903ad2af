import { test } from 'tap'
import { SettableClock } from '../../src/world/clock.js'
import { authorize, nonceOf } from '../support/digest.js'
import { account, path, start, startOfTime, tokenFor } from '../support/emulator.js'

test('the clock tells the time, whether it stands still, and how far it is ahead', async (t) => {
  const { command, clock } = await start(t)
  const told = async () => (await command('GET', '/clock')).json()
  t.same(await told(), { now: '2026-01-01T00:00:00.000Z', frozen: false, offset: 0 })
  t.same((await command('POST', '/clock', { advance: 'PT5M' })).json(), {
    now: '2026-01-01T00:05:00.000Z',
    frozen: false,
    offset: 300_000,
  })
  clock.advance(1000)
  t.match(await told(), { now: '2026-01-01T00:05:01.000Z' })
  await command('POST', '/clock', { freeze: '2030-06-01T12:00:00.5Z' })
  clock.advance(1000)
  t.match(await told(), { now: '2030-06-01T12:00:00.500Z', frozen: true })
  t.match((await command('POST', '/clock', { advance: '500ms' })).json(), {
    now: '2030-06-01T12:00:01.000Z',
    frozen: true,
  })
  t.match((await command('POST', '/clock', { resume: true })).json(), {
    now: '2030-06-01T12:00:01.000Z',
    frozen: false,
  })
  clock.advance(1000)
  t.match(await told(), { now: '2030-06-01T12:00:02.000Z' })
})

test('how far a running clock is ahead does not depend on the moment at which that is asked', (t) => {
  let moment = startOfTime
  const clock = new SettableClock({ now: () => ++moment })
  t.equal(clock.ahead, 0)
  clock.set(clock.advanced(300_000))
  t.equal(clock.ahead, 300_000)
  t.same(clock.resumed(), { offset: 300_000 })
  t.equal(clock.now(), moment + 300_000)
  clock.set({ frozen: startOfTime })
  t.equal(clock.ahead, startOfTime - moment)
  t.end()
})

test('a command that the clock does not know is refused, and it goes on as before', async (t) => {
  const { command } = await start(t)
  const cases: [object, string][] = [
    [{}, ''],
    [{ advance: '1s', resume: true }, ''],
    [{ advance: '1 s' }, '/advance'],
    [{ advance: 5 }, '/advance'],
    [{ freeze: '2026-02-30T00:00:00Z' }, '/freeze'],
    [{ freeze: '1969-01-01T00:00:00Z' }, '/freeze'],
    [{ freeze: '9999-01-01T00:00:00Z' }, '/freeze'],
    [{ freeze: 'now' }, '/freeze'],
    [{ resume: false }, '/resume'],
    [{ rewind: '1s' }, ''],
    [{ advance: '999999999h' }, '/advance'],
  ]
  for (const [body, pointer] of cases) {
    const response = await command('POST', '/clock', body)
    t.equal(response.statusCode, 400, JSON.stringify(body))
    t.match(response.json().errors[0], { pointer })
  }
  t.match((await command('GET', '/clock')).json(), { offset: 0, frozen: false })
})

test('lifecycle, tokens, nonces, refills and sunsets follow the clock', async (t) => {
  const bench = await start(t, ['--rate-limit', '2/1/60', '--fixtures', 'sunset', '--token-lifetime', '1h'])
  const { call, command, emulator } = bench
  t.equal((await call('GET', path)).statusCode, 410)
  const newest = { accept: 'application/vnd.atlas.2025-12-01+json' }
  const nonce = nonceOf((await call('GET', path, { bare: true })).headers['www-authenticate'])
  const remaining = async () => (await call('GET', path, { headers: newest })).headers['ratelimit-remaining']
  t.same([await remaining(), await remaining()], ['1', '0'])
  t.equal((await call('GET', path, { headers: newest })).statusCode, 429)
  await command('POST', '/clock', { advance: '1m' })
  t.equal(await remaining(), '0', 'one more, and none left')
  await command('POST', '/clock', { advance: '5m' })
  const headers = { ...newest, authorization: authorize({ uri: path, nonce }) }
  t.match((await call('GET', path, { bare: true, headers })).headers['www-authenticate'], 'stale=true')
  await command('POST', '/clock', { advance: '1h' })
  t.equal((await call('GET', path, { headers: newest })).statusCode, 401)
  await command('POST', '/clock', { freeze: '2025-06-02T00:00:00Z' })
  const authorization = `Bearer ${await tokenFor(emulator, account)}`
  const before = await call('GET', path, { headers: { authorization } })
  t.match(before.headers, { sunset: 'Thu, 1 Jan 2026 00:00:00 GMT' })
  t.equal(before.statusCode, 429, 'the sunset has not come yet; tokens that are spent stay spent')
})

test('a test that waits for ACTIVE takes no time; what a write has purged stays gone', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  const { id } = await bench.create()
  const get = async () => (await call('GET', `${path}/${id}`)).json()
  t.equal((await get()).status, 'INITIATING')
  await command('POST', '/clock', { advance: '2s' })
  t.equal((await get()).status, 'ACTIVE')
  await call('DELETE', `${path}/${id}`)
  t.equal((await get()).status, 'DELETING')
  await command('POST', '/clock', { advance: '1s' })
  t.equal((await get()).error, 404)
  await command('POST', '/clock', { freeze: '2026-01-01T00:00:02Z' })
  t.equal((await get()).status, 'DELETING', 'nothing has been written since')
  await command('POST', '/clock', { advance: '1s' })
  await bench.create()
  await command('POST', '/clock', { freeze: '2026-01-01T00:00:02Z' })
  t.equal((await get()).error, 404)
})

test('a clock that can be set runs as the one under it, or stands still', async (t) => {
  let now = startOfTime
  const clock = new SettableClock({ now: () => now })
  t.equal(clock.now(), startOfTime)
  clock.set({ offset: 10 })
  now += 5
  t.equal(clock.now(), startOfTime + 15)
  t.equal(clock.ahead, 10)
  t.same(clock.advanced(5), { offset: 15 })
  clock.set({ frozen: 1000 })
  t.equal(clock.now(), 1000)
  t.same(clock.advanced(5), { frozen: 1005 })
  t.equal(clock.nowUnder(clock.resumed()), 1000)
  t.same(clock.setting, { frozen: 1000 })
})
