import { test } from 'tap'
import { defaultWorld, fixtureFile, project, start } from '../../support/emulator.js'

const url = `/api/atlas/v2/groups/${project}/limits`
const clusters = 'atlas.project.deployment.clusters'
const users = 'atlas.project.security.databaseAccess.users'

interface Limit {
  readonly name: string
  readonly value: number
  readonly currentUsage?: number
}

test('the limits are a bare array of ten, two of them without a usage [limit-list]', async (t) => {
  const { call } = await start(t)
  const response = await call('GET', url)
  t.equal(response.statusCode, 200)
  const limits = response.json<Limit[]>()
  t.strictSame(
    limits.map(({ name, value, currentUsage }) => [name.replace('atlas.project.', ''), value, currentUsage]),
    [
      ['security.databaseAccess.users', 100, 0],
      ['deployment.clusters', 25, 0],
      ['deployment.serverlessMTMs', 100, 0],
      ['security.databaseAccess.customRoles', 100, 0],
      ['security.networkAccess.entries', 200, 0],
      ['security.networkAccess.crossRegionEntries', 40, 0],
      ['deployment.nodesPerPrivateLinkRegion', 50, 0],
      ['deployment.privateServiceConnectionsPerRegionGroup', 6, undefined],
      ['deployment.privateServiceConnectionsSubnetMask', 27, undefined],
      ['deployment.salesSoldM0s', 100, 0],
    ],
  )
  t.ok(
    response.body.startsWith(
      `[{"currentUsage":0,"defaultLimit":100,"maximumLimit":900,"name":"${users}","value":100},`,
    ),
  )
})

test('one limit is found by its name, and no other [limit-unknown]', async (t) => {
  const { call } = await start(t)
  t.equal(
    (await call('GET', `${url}/${clusters}`)).body,
    `{"currentUsage":0,"defaultLimit":25,"maximumLimit":90,"name":"${clusters}","value":25}`,
  )
  const missing = await call('GET', `${url}/atlas.project.nope`)
  t.equal(missing.statusCode, 404)
  t.match(missing.json(), {
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: 'Cannot find resource Limit with name atlas.project.nope.',
    parameters: ['Limit with name atlas.project.nope'],
  })
  t.equal((await call('GET', `${url}/nope?pretty=maybe`)).json().errorCode, 'INVALID_QUERY_PARAMETER')
})

test('a fixture changes limits and adds some, and the clusters count [limit-usage]', async (t) => {
  const world = defaultWorld()
  const further = { name: 'bytesProcessed.query', value: 5 }
  Object.assign(world.projects[0] as object, {
    clusterCount: 3,
    limits: [{ name: users, value: 150, currentUsage: 7 }, further],
  })
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const limits = (await call('GET', url)).json<Limit[]>()
  t.strictSame(limits[0], { currentUsage: 7, defaultLimit: 100, maximumLimit: 900, name: users, value: 150 })
  t.equal(limits[1]?.currentUsage, 3)
  t.strictSame(limits.slice(10), [further])
})
