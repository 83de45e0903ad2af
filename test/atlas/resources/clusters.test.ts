import { test } from 'tap'
import { defaultWorld, fixtureFile, project, start } from '../../support/emulator.js'

const group = `/api/atlas/v2/groups/${project}`

test('clusters are listed as the fixture writes them, in every version [cluster-lists] [cluster-versions] [project-cluster-count]', async (t) => {
  const specs = { electableSpecs: { instanceSize: 'M10', diskIOPS: 3000, diskSizeGB: 10, nodeCount: 3 } }
  const shop = { name: 'shop', clusterType: 'REPLICASET', connectionStrings: {}, replicationSpecs: [specs] }
  const flex = { name: 'sandbox', providerSettings: { backingProviderName: 'AWS' } }
  const world = defaultWorld()
  Object.assign(world.projects[0] as object, { clusterCount: 9, clusters: [shop, shop], flexClusters: [flex] })
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const at = (date: string, path = '/clusters') =>
    call('GET', group + path, { headers: { accept: `application/vnd.atlas.${date}+json` } })
  const body = `{"links":[{"href":"http://localhost:80${group}/clusters?pageNum=1&itemsPerPage=100","rel":"self"}],"results":[${JSON.stringify(shop)},${JSON.stringify(shop)}],"totalCount":2}`
  const sunset = 'Thu, 1 Jul 2027 00:00:00 GMT'
  for (const [asked, served, deprecation] of [
    ['2023-01-31', '2023-01-01', 'Wed, 1 Feb 2023 00:00:00 GMT'],
    ['2023-02-01', '2023-02-01', 'Mon, 5 Aug 2024 00:00:00 GMT'],
  ] as const) {
    const response = await at(asked)
    t.equal(response.body, body)
    t.match(response.headers, { 'content-type': new RegExp(served), deprecation, sunset })
  }
  const newest = await at('2025-03-12')
  t.equal(newest.body, body)
  t.match(newest.headers, { 'content-type': /2024-08-05/, deprecation: undefined, sunset: undefined })

  t.strictSame((await at('2025-03-12', '/flexClusters')).json().results, [flex])
  t.equal((await at('2024-11-12', '/flexClusters')).statusCode, 406)
  t.equal((await call('GET', group)).json().clusterCount, 3, 'those that are listed, whatever the fixture counts')
})

test('a project lists no clusters unless the fixture has some [cluster-lists] [project-cluster-count]', async (t) => {
  const world = defaultWorld()
  Object.assign(world.projects[0] as object, { clusterCount: 2 })
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  for (const list of ['/clusters', '/flexClusters']) {
    const response = await call('GET', group + list)
    t.equal(response.statusCode, 200)
    t.match(response.json(), { results: [], totalCount: 0 })
  }
  t.equal((await call('GET', group)).json().clusterCount, 2)
  t.equal((await call('GET', `${group}/clusters/shop`)).statusCode, 404)
})

test('what a project has besides takes from buckets of its own [bucket-neighbours] [bucket-projects]', async (t) => {
  const { call } = await start(t)
  const remaining = async (path: string) => {
    const { headers } = await call('GET', `/api/atlas/v2/groups${path}`)
    return `${headers['ratelimit-remaining']}/${headers['ratelimit-limit']}`
  }
  for (const [path, left] of [
    [`/${project}/users`, '1199/1200'],
    [`/${project}/teams`, '1199/1200'],
    [`/${project}/ipAddresses`, '1199/1200'],
    [`/${project}/managedSlowMs`, '1199/1200'],
    [`/${project}/flexClusters`, '1199/1200'],
    [`/${project}/clusters`, '9999/10000'],
    [`/${project}`, '1199/1200'],
    [`/${project}/settings`, '1198/1200'],
    [`/${project}/limits`, '1197/1200'],
    ['', '1199/1200'],
    ['/byName/Emulator', '1198/1200'],
  ] as const) {
    t.equal(await remaining(path), left, path)
  }
})
