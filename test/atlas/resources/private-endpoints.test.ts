import { once } from 'node:events'
import { test } from 'tap'
import { createEmulator } from '../../../src/emulator.js'
import { regions } from '../../../src/values/vocabulary.js'
import { accept, account, demo, path, settingsFor, start, startOfTime, tokenFor } from '../../support/emulator.js'
import { open, parseAnswer, rest } from '../../support/socket.js'

test('an endpoint is INITIATING, then ACTIVE with a connection name, by the clock alone [endpoint-starts-initiating] [endpoint-initiating-lasts] [endpoint-settles] [endpoint-connection-name-late] [endpoint-connection-name-form]', async (t) => {
  const { call, create, clock } = await start(t)
  const { id } = await create()
  const get = async () => (await call('GET', `${path}/${id}`)).json()
  clock.advance(1999)
  t.match(await get(), { status: 'INITIATING', privateEndpointConnectionName: null, errorMessage: null })
  clock.advance(1)
  const active = await get()
  t.match(active, { id, status: 'ACTIVE', privateEndpointConnectionName: /^vpce-[0-9a-f]{17}$/, errorMessage: null })
  t.same(await get(), active, 'the name stays')
  clock.advance(-2001)
  t.match(await get(), { status: 'INITIATING' }, 'a clock set back to before the create')
})

test('a deleted endpoint is DELETING on GET and LIST until it is gone; deleting it again changes nothing [endpoint-deleting-until-gone] [endpoint-delete-twice]', async (t) => {
  const { call, create, clock } = await start(t)
  const { id } = await create()
  clock.advance(2000)
  const { privateEndpointConnectionName: name } = (await call('GET', `${path}/${id}`)).json()
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204)
  clock.advance(999)
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204)
  const deleting = (await call('GET', `${path}/${id}`)).json()
  t.match(deleting, { status: 'DELETING', privateEndpointConnectionName: name })
  t.same((await call('GET', path)).json().results, [deleting])
  clock.advance(1)
  t.equal((await call('GET', `${path}/${id}`)).statusCode, 404)
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 404)
  t.match((await call('GET', path)).json(), { results: [], totalCount: 0 })
})

test('regions are taken until the endpoint is gone; the next one has another id [endpoint-place-unique]', async (t) => {
  const { call, create, clock } = await start(t)
  const body = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }
  const { id } = await create(body)
  await call('DELETE', `${path}/${id}`)
  t.equal((await call('POST', path, { body })).statusCode, 409)
  clock.advance(1000)
  const next = await create(body)
  t.not(next.id, id)
  clock.advance(-1000)
  t.equal((await call('GET', `${path}/${id}`)).statusCode, 404, 'what a write has purged stays gone')
})

test('regionName and vpcRegionName together are what is unique; every region is accepted [endpoint-place-unique] [endpoint-regions]', async (t) => {
  const { call, create } = await start(t)
  for (const regionName of regions) await create({ cloudProvider: 'AWS', regionName })
  const cross = { cloudProvider: 'AWS', regionName: 'US_EAST_1', vpcRegionName: 'US_WEST_2' }
  t.match(await create(cross), { regionName: 'US_EAST_1', vpcRegionName: 'US_WEST_2' })
  t.equal((await call('POST', path, { body: cross })).statusCode, 409)
  t.equal((await call('GET', path)).json().totalCount, 28)
})

test('of fifty simultaneous identical creates one succeeds', async (t) => {
  const { call } = await start(t)
  const body = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }
  const answers = await Promise.all(Array.from({ length: 50 }, () => call('POST', path, { body })))
  const count = (status: number) => answers.filter(({ statusCode }) => statusCode === status).length
  t.equal(count(201), 1)
  t.equal(count(409), 49)
  t.equal((await call('GET', path)).json().totalCount, 1)
})

test('--provisioning manual leaves it INITIATING; --deletion 0s makes it go at once [endpoint-delete-initiating]', async (t) => {
  const { call, create, clock } = await start(t, ['--provisioning', 'manual', '--deletion', '0s'])
  const { id } = await create()
  clock.advance(3_599_999)
  t.match((await call('GET', `${path}/${id}`)).json(), { status: 'INITIATING' })
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204)
  t.equal((await call('GET', `${path}/${id}`)).statusCode, 404)
})

test('--provisioning 0s makes it ACTIVE by the time anyone asks, though a create still answers INITIATING', async (t) => {
  const { call, create } = await start(t, ['--provisioning', '0s'])
  const created = await create()
  t.match((await call('GET', `${path}/${created.id}`)).json(), { status: 'ACTIVE' })
  t.match(created, { status: 'INITIATING', privateEndpointConnectionName: null })
})

test('an endpoint belongs to its project [endpoint-not-found]', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  const endpoints = (id: string) => `/api/atlas/v2/groups/${id}/backup/AWS/privateEndpoints`
  const [first] = (await call('GET', endpoints(demo.production))).json().results
  t.equal((await call('GET', `${endpoints(demo.production)}/${first.id}`)).statusCode, 200)
  const elsewhere = await call('GET', `${endpoints(demo.staging)}/${first.id}`)
  t.equal(elsewhere.statusCode, 404)
  const phrase = `Object storage private endpoint with id ${first.id}`
  t.match(elsewhere.json(), { errorCode: 'RESOURCE_NOT_FOUND', parameters: [phrase] })
  t.equal((await call('DELETE', `${endpoints(demo.staging)}/${first.id}`)).statusCode, 404)
})

test('what was created and deleted outlives a restart, and goes on by the clock', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  let now = startOfTime
  const clock = { now: () => now }
  const first = await createEmulator(settingsFor('--db', db), { clock })
  const headers = {
    authorization: `Bearer ${await tokenFor(first, account)}`,
    accept: 'application/vnd.atlas.2024-11-13+json',
  }
  const create = async (regionName: string) => {
    const payload = { cloudProvider: 'AWS', regionName }
    return (await first.inject({ method: 'POST', url: path, headers, payload })).json().id as string
  }
  const [kept, deleted] = [await create('US_EAST_1'), await create('US_WEST_2')]
  await first.inject({ method: 'DELETE', url: `${path}/${deleted}`, headers })
  await first.close()

  now += 2000
  const { call } = await start(t, ['--db', db], { clock })
  t.match((await call('GET', `${path}/${kept}`)).json(), { status: 'ACTIVE' })
  t.equal((await call('GET', `${path}/${deleted}`)).statusCode, 404)
})

test('a project that is gone when the work is to be done is not found', async (t) => {
  const { emulator, command } = await start(t, ['--auth', 'off'])
  const socket = await open(await emulator.listen())
  const body = '{"cloudProvider":"AWS","regionName":"US_EAST_1"}'
  const began = once(emulator.app.server, 'request')
  const headers = `Host: x\r\nAccept: ${accept}\r\nContent-Type: application/json\r\nConnection: close`
  socket.write(`POST ${path} HTTP/1.1\r\n${headers}\r\nContent-Length: ${body.length}\r\n\r\n{`)
  await began
  const { organizations } = (await command('GET', '/state')).json()
  t.equal((await command('PUT', '/state', { organizations, projects: [] })).statusCode, 200)
  socket.write(body.slice(1))
  const answer = parseAnswer(await rest(socket))
  t.match(answer, { statusLine: /404/, headers: { 'x-error-code': 'GROUP_NOT_FOUND' } })
})

test('fields without a value are null, in code-point order; --empty-fields omit leaves them out [endpoint-nulls-sent] [endpoint-key-order] [endpoint-fields]', async (t) => {
  const region = 'US_EAST_1'
  for (const [flags, initiating, active] of [
    [
      [],
      `"errorMessage":null,"id":"ID","privateEndpointConnectionName":null,`,
      `"errorMessage":null,"id":"ID","privateEndpointConnectionName":"NAME",`,
    ],
    [['--empty-fields', 'omit'], `"id":"ID",`, `"id":"ID","privateEndpointConnectionName":"NAME",`],
  ] as const) {
    const { call, clock } = await start(t, [...flags])
    const end = (status: string) => `"regionName":"${region}","status":"${status}","vpcRegionName":"${region}"}`
    const plain = (text: string) => text.replace(/[0-9a-f]{24}/g, 'ID').replace(/vpce-[0-9a-f]{17}/g, 'NAME')
    const created = await call('POST', path, { body: { cloudProvider: 'AWS', regionName: region } })
    t.equal(plain(created.body), `{"cloudProvider":"AWS",${initiating}${end('INITIATING')}`)
    clock.advance(2000)
    const one = await call('GET', `${path}/${created.json().id}`)
    t.equal(plain(one.body), `{"cloudProvider":"AWS",${active}${end('ACTIVE')}`)
    const list = (await call('GET', path)).body
    t.ok(list.includes(one.body), 'in lists too')
  }
})

test('an endpoint lists after those that are older [endpoint-order]', async (t) => {
  const { call, create } = await start(t)
  const made = []
  for (const regionName of ['US_WEST_2', 'EU_WEST_1', 'US_EAST_1'])
    made.push(await create({ cloudProvider: 'AWS', regionName }))
  t.strictSame((await call('GET', path)).json().results, made)
})
