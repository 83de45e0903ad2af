import { test } from 'tap'
import { operationNames } from '../../src/atlas/registry.js'
import { demo, path, start } from '../support/emulator.js'

const names = ['create', 'list', 'get', 'delete'] as const

test('a private endpoint is created [operation-create]', async (t) => {
  const { call } = await start(t)
  const response = await call('POST', path, { body: { cloudProvider: 'AWS', regionName: 'EU_WEST_1' } })
  t.equal(response.statusCode, 201)
  t.match(response.json(), { cloudProvider: 'AWS', id: String, regionName: 'EU_WEST_1', status: String })
})

test('private endpoints are listed, and each is shown [operation-list] [operation-get]', async (t) => {
  const { call, create } = await start(t)
  const { id } = await create()
  const one = await call('GET', `${path}/${id}`)
  t.equal(one.statusCode, 200)
  t.equal(one.json().id, id)
  const all = await call('GET', path)
  t.equal(all.statusCode, 200)
  t.strictSame(all.json().results, [one.json()])
})

test('a list has the private endpoints of its project alone [operation-list]', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  const list = async (id: string) => {
    const { results, totalCount } = (await call('GET', `/api/atlas/v2/groups/${id}/backup/AWS/privateEndpoints`)).json()
    t.equal(totalCount, results.length)
    return results.map((endpoint: { id: string }) => endpoint.id) as string[]
  }
  const [production, staging] = [await list(demo.production), await list(demo.staging)]
  t.ok(production.length > 0)
  t.strictSame(
    staging.filter((id) => production.includes(id)),
    [],
  )
})

test('a private endpoint is deleted [operation-delete]', async (t) => {
  const { call, create } = await start(t, ['--deletion', '0s'])
  const { id } = await create()
  const response = await call('DELETE', `${path}/${id}`)
  t.strictSame([response.statusCode, response.body], [204, ''])
  t.equal((await call('GET', `${path}/${id}`)).statusCode, 404)
})

test('operations go by the names that clients have for them too [operation-names]', async (t) => {
  const { call, command } = await start(t)
  for (const verb of names) {
    const noun = verb === 'list' ? 'BackupPrivateEndpoints' : 'BackupPrivateEndpoint'
    t.equal(operationNames.get(`${verb}${noun}`), `${verb}Group${noun}`)
  }
  await call('GET', path)
  t.equal((await command('GET', '/requests?operation=listBackupPrivateEndpoints&count=true')).json().count, 1)
})

test('OpenAPI has the statuses that Atlas documents for each operation [operation-statuses]', async (t) => {
  const { command } = await start(t)
  const { paths } = (await command('GET', '/openapi.json')).json()
  const collection = '/api/atlas/v2/groups/{groupId}/backup/{cloudProvider}/privateEndpoints'
  const statusesOf = (operation: { responses: object }) => Object.keys(operation.responses)
  const [all, one] = [paths[collection], paths[`${collection}/{endpointId}`]]
  const always = ['401', '403', '404', '429', '500']
  for (const [operation, own] of [
    [all.post, ['201', '400', '409']],
    [all.get, ['200']],
    [one.get, ['200']],
    [one.delete, ['204']],
  ] as const) {
    const missing = [...own, ...always].filter((status) => !statusesOf(operation).includes(status))
    t.strictSame(missing, [], operation.operationId)
  }
  for (const operation of [all.get, one.get, one.delete]) t.notOk(statusesOf(operation).includes('409'))
})
