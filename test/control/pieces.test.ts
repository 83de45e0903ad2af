import { once } from 'node:events'
import { get, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { defaultWorld, path, start } from '../support/emulator.js'

/** An emulator with a world whose export takes many pieces. */
async function large(t: Test) {
  const world = defaultWorld()
  for (let i = 0; i < 6000; i += 1) {
    world.organizations.push({ id: i.toString(16).padStart(24, '0'), name: `${i} ${'x'.repeat(1000)}` })
  }
  world.organizations.sort((a, b) => (a.id < b.id ? -1 : 1))
  const bench = await start(t, [], { fixture: world })
  return { ...bench, world, url: await bench.emulator.listen() }
}

test('a large world is exported piece by piece, and imported from that', async (t) => {
  const { command, call, world, url } = await large(t)
  const exported = await command('GET', '/state?secrets=true')
  t.equal(exported.headers['content-length'], undefined)
  t.equal(exported.headers['content-type'], 'application/json; charset=utf-8')
  t.same(exported.json().organizations.length, world.organizations.length)
  t.equal(exported.body, `${JSON.stringify(exported.json(), null, 2)}\n`)
  const head = await command('HEAD', '/state')
  t.same([head.statusCode, head.body], [200, ''])

  const [answer] = await once(get(`${url}/_emulator/state`), 'response')
  t.equal((await call('GET', path)).statusCode, 200, 'others are answered while nobody reads on')
  t.equal((await text(answer)).length, (await command('GET', '/state')).body.length)

  t.match((await command('PUT', '/state', exported.json())).json(), { organizations: 6001 })
  t.equal((await command('GET', '/state?secrets=true')).body, exported.body)
})

test('an export breaks off when the world is replaced meanwhile', async (t) => {
  const { command, url } = await large(t)
  const [answer] = await once(get(`${url}/_emulator/state`), 'response')
  await command('POST', '/reset')
  await t.rejects(text(answer), { code: 'ECONNRESET' })
})

test('a client that leaves in the middle of an export leaves nothing behind', async (t) => {
  const { command, url } = await large(t)
  const asking = request(`${url}/_emulator/state`).end()
  const [answer] = await once(asking, 'response')
  answer.on('error', () => {})
  asking.destroy()
  t.equal((await command('GET', '/clock')).statusCode, 200)
})

test('a journal that takes many times the bytes to tell is told piece by piece', async (t) => {
  const { call, command } = await start(t, ['--rate-limit', 'off'])
  const body = '\u0001'.repeat(60_000)
  for (let i = 0; i < 20; i += 1) await call('POST', path, { body, headers: { 'content-type': 'application/json' } })
  const told = await command('GET', '/requests?method=POST&operation=createBackupPrivateEndpoint')
  t.equal(told.headers['content-length'], undefined)
  t.match(told.json(), { count: 20, requests: { length: 20 } })
  t.equal(told.body, `${JSON.stringify(told.json())}\n`)
  t.ok(told.body.length > 5_000_000)
  const few = await command('GET', '/requests?limit=1')
  t.equal(few.headers['content-length'], String(few.body.length))
  t.equal((await command('GET', '/requests?method=PATCH')).body, '{"count":0,"requests":[]}\n')
})
