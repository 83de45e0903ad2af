import { test } from 'tap'
import { EmulatorControl } from '../../src/control/client.js'
import { mostResponses } from '../../src/responses/response.js'
import { account, defaultWorld, fixtureFile, project, start, tokenFor } from '../support/emulator.js'

const alerts = `/api/atlas/v2/groups/${project}/alerts`
const entry = { method: 'GET', path: '/groups/{groupId}/alerts/', body: { links: [], results: [], totalCount: 0 } }
const kept = { method: 'GET', path: '/groups/*/alerts', status: 200, body: entry.body }

test('an answer is added, listed, given and removed', async (t) => {
  const { call, command } = await start(t)
  t.equal((await call('GET', alerts)).statusCode, 404)
  const added = await command('POST', '/responses', entry)
  t.equal(added.statusCode, 201)
  const { id } = added.json()
  t.match(id, /^[0-9a-f]{24}$/)
  t.strictSame(added.json(), { id, ...kept })
  t.strictSame((await command('GET', '/responses')).json(), { responses: [{ id, ...kept }] })
  t.equal((await command('GET', '/health')).json().counts.responses, 1)
  t.strictSame((await call('GET', alerts)).json(), entry.body)
  t.equal((await command('DELETE', `/responses/${id}`)).statusCode, 204)
  t.match((await command('DELETE', `/responses/${id}`)).json(), { status: 404, detail: `No answer has the id ${id}.` })
  t.ok('x-emulator-unserved' in (await call('GET', alerts)).headers)
})

test('answers are listed and removed by their method and path', async (t) => {
  const { command } = await start(t)
  const add = async () => {
    await command('DELETE', '/responses')
    await command('POST', '/responses', { id: 'a', method: 'GET', path: '/groups/*/alerts' })
    await command('POST', '/responses', { id: 'b', method: 'PUT', path: '/groups/*/alerts' })
    await command('POST', '/responses', { id: 'c', method: 'GET', path: '/clouds' })
  }
  const ids = async (query = '') =>
    (await command('GET', `/responses${query}`))
      .json()
      .responses.map(({ id }: { id: string }) => id)
      .join('')
  const cases: [string, string, string][] = [
    ['?method=GET', 'ac', 'b'],
    ['?path=/groups/{groupId}/alerts', 'ab', 'c'],
    ['?method=GET&path=/clouds', 'c', 'ab'],
    ['?path=/x', '', 'abc'],
    ['', 'abc', ''],
  ]
  for (const [query, found, left] of cases) {
    await add()
    t.equal(await ids(query), found, query)
    t.equal((await command('DELETE', `/responses${query}`)).statusCode, 204)
    t.equal(await ids(), left, query)
  }
  for (const query of ['method=HEAD', 'path=x', 'id=a']) {
    t.equal((await command('DELETE', `/responses?${query}`)).statusCode, 400, query)
  }
})

test('an answer that cannot be given is refused, with a pointer', async (t) => {
  const { command } = await start(t)
  const { id } = (await command('POST', '/responses', { ...entry, version: '2023-01-01' })).json()
  const cases: [object, number, string | RegExp, string][] = [
    [{ method: 'GET', path: '/groups' }, 400, /which is listGroups; allowed/, '/path'],
    [{ method: 'GET', path: 'groups/x' }, 400, /found "groups\/x"; allowed: string/, '/path'],
    [{ ...entry, method: 'HEAD' }, 400, /found "HEAD"; allowed: GET, POST/, '/method'],
    [{ ...entry, version: '2023-02-30' }, 400, /a calendar date/, '/version'],
    [{ ...entry, status: 199 }, 400, /found 199; allowed: integer from 200/, '/status'],
    [{ ...entry, bucket: 'x' }, 400, /Cloud Backups/, '/bucket'],
    [{ method: 'GET', path: '/x', recording: '/etc/passwd' }, 400, /only in a fixture file/, '/recording'],
    [entry, 409, `There is an answer to this already, with the id ${id}; remove it first.`, '/path'],
    [{ ...entry, version: '2023-01-01' }, 409, /remove it first/, '/path'],
    [{ ...entry, id, version: '2024-01-01' }, 409, `An answer has the id ${id} already.`, '/id'],
  ]
  for (const [body, status, detail, pointer] of cases) {
    const refused = (await command('POST', '/responses', body)).json()
    t.match(refused, { status, detail, errors: [{ pointer }] })
  }
  t.equal((await command('GET', '/responses')).json().responses.length, 1)
  t.equal((await command('POST', '/responses', { ...entry, version: '2024-01-01' })).statusCode, 201)
})

test('there can be so many answers and no more', async (t) => {
  const responses = Array.from({ length: mostResponses }, (_, i) => ({ method: 'GET' as const, path: `/x/${i}` }))
  const { command } = await start(t, [], { fixture: { ...defaultWorld(), responses } })
  t.match((await command('POST', '/responses', entry)).json(), {
    status: 409,
    detail: 'There are 1000 answers already; remove some first.',
  })
  const state = (await command('GET', '/state?secrets=true')).json()
  t.match((await command('PUT', '/state', { ...state, responses: [...state.responses, entry] })).json(), {
    status: 400,
    errors: [{ pointer: '/responses', detail: /at most 1000/ }],
  })
})

test('answers are a part of the world: exported, imported, kept in snapshots and in the database, and reset', async (t) => {
  const world = { ...defaultWorld(), responses: [{ method: 'GET' as const, path: '/clouds', body: [1, 2] }] }
  const db = `${t.testdir()}/atlas.db`
  const flags = ['--fixtures', fixtureFile(t, world), '--db', db]
  const first = await start(t, flags)
  await first.call('GET', '/api/atlas/v2/clouds')
  await first.command('POST', '/responses', { ...entry, id: 'mine' })
  await first.command('PUT', '/snapshots/two')
  const { responses } = (await first.command('GET', '/state')).json()
  t.match(responses, [
    { path: '/clouds', status: 200, body: [1, 2], turn: 1 },
    { id: 'mine', ...kept },
  ])
  await first.emulator.close()

  const { command, call, emulator } = await start(t, flags)
  t.strictSame((await command('GET', '/responses')).json(), { responses })
  const headers = { authorization: `Bearer ${await tokenFor(emulator, account)}` }
  t.equal((await call('GET', '/api/atlas/v2/clouds', { headers })).body, '2')
  t.match((await command('POST', '/reset')).json(), { responses: 1 })
  t.match((await command('GET', '/responses')).json().responses, [{ path: '/clouds', turn: undefined }])
  t.equal((await call('GET', alerts, { headers })).statusCode, 404)
  t.match((await command('POST', '/snapshots/two/restore')).json(), { responses: 2 })
  t.strictSame((await command('GET', '/state')).json().responses, responses)

  const other = await start(t)
  const state = (await command('GET', '/state?secrets=true')).json()
  t.match((await other.command('PUT', '/state', state)).json(), { responses: 2 })
  t.strictSame((await other.command('GET', '/state')).json().responses, responses)
  const twice = { ...state, responses: [...responses, { ...entry, version: '2023-01-01', id: 'mine' }] }
  t.match((await other.command('PUT', '/state', twice)).json(), {
    status: 400,
    errors: [
      { pointer: '/responses/2/id' },
      {
        pointer: '/responses/2',
        detail: 'found a second answer to GET /groups/*/alerts; allowed: one, or one for each version',
      },
    ],
  })
  const { responses: _, ...without } = state
  t.match((await other.command('PUT', '/state', without)).json(), { responses: 0 })
})

test('an answer is listed as an entry that brings it back', async (t) => {
  const { command } = await start(t)
  const entries = [
    { body: true },
    { body: [[]] },
    { body: [[1, 2]] },
    { body: [[1], { b: 1, a: 2 }], turn: 1 },
    { text: '{"size":10.0}' },
    { bucket: 'Clusters', version: '2023-01-01', headers: { location: '/x' } },
    { status: 204 },
  ].map((rest, i) => ({ id: `${i}`, method: 'GET', path: `/groups/*/x/${i}`, status: 200, ...rest }))
  for (const one of entries) t.strictSame((await command('POST', '/responses', one)).json(), one)
  const canonical = { id: 'text', method: 'PUT', path: '/x', text: ' { "a" : 1 } ' }
  const { text: _, ...rest } = canonical
  t.strictSame((await command('POST', '/responses', canonical)).json(), { ...rest, status: 200, body: { a: 1 } })
  const { responses } = (await command('GET', '/state')).json()
  t.strictSame(responses.slice(0, -1), entries)
})

test('the client adds, lists and removes answers', async (t) => {
  const { emulator } = await start(t)
  const { responses } = new EmulatorControl(await emulator.listen())
  const one = await responses.add({ method: 'GET', path: '/clouds', body: {} })
  await responses.add({ method: 'PUT', path: '/clouds' })
  await responses.add({ method: 'PUT', path: '/x' })
  t.match(await responses.list({ path: '/clouds' }), [one, { method: 'PUT' }])
  await responses.remove(one.id)
  t.equal((await responses.list()).length, 2)
  await responses.remove({ path: '/clouds' })
  t.match(await responses.list(), [{ path: '/x' }])
  await responses.remove()
  t.strictSame(await responses.list(), [])
})
