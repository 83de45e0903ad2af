import { test } from 'tap'
import { defaultWorld, demo, fixtureFile, project, start } from '../../support/emulator.js'

const groups = '/api/atlas/v2/groups'

test('a project has its keys in order, and links to what Atlas has below it [project-read] [project-keys] [project-links] [json-dates]', async (t) => {
  const { call } = await start(t)
  const response = await call('GET', `${groups}/${project}`)
  t.equal(response.statusCode, 200)
  const self = `http://localhost:80${groups}/${project}`
  const links = [
    `{"href":"${self}","rel":"self"}`,
    ...['containers', 'clusters', 'databaseUsers', 'peers', 'processes', 'whitelist'].map(
      (relation) => `{"href":"${self}/${relation}","rel":"https://cloud.mongodb.com/${relation}"}`,
    ),
  ]
  t.equal(
    response.body,
    `{"clusterCount":0,"created":"2025-03-12T00:00:00Z","id":"${project}","links":[${links}],"name":"Emulator","orgId":"32b6e34b3d91647abb20e7a0","tags":[],"withDefaultAlertsSettings":true}`,
  )
  t.equal(response.headers['content-type'], 'application/vnd.atlas.2023-01-01+json;charset=utf-8')
})

test('tags are listed as they were given [project-keys]', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  const { tags, clusterCount } = (await call('GET', `${groups}/${demo.production}`)).json()
  t.same(tags, [
    { key: 'environment', value: 'production' },
    { key: 'team', value: 'storefront' },
  ])
  t.equal(clusterCount, 4)
})

test('projects are listed by name in code-point order [project-read] [project-list-order]', async (t) => {
  const world = defaultWorld()
  const [first] = world.projects as [(typeof world.projects)[number]]
  const names = ['a', 'B', '\u{1F600}', '\uFFFF', 'é', 'A']
  world.projects = names.map((name, i) => ({ ...first, id: String(i).repeat(24), name }))
  const roles = [{ roleName: 'ORG_READ_ONLY' as const, orgId: first.orgId }]
  for (const serviceAccount of world.serviceAccounts) serviceAccount.roles = roles
  for (const apiKey of world.apiKeys) apiKey.roles = roles
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const response = await call('GET', groups)
  t.equal(response.statusCode, 200)
  t.strictSame(
    response.json().results.map(({ name }: { name: string }) => name),
    ['A', 'B', 'a', 'é', '\uFFFF', '\u{1F600}'],
  )
})

test('a project of another organization is not shown', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  t.equal((await call('GET', `${groups}/${demo.fleet}`)).json().errorCode, 'USER_UNAUTHORIZED')
  t.equal((await call('GET', `${groups}/nope`)).json().errorCode, 'INVALID_GROUP_ID')
})
