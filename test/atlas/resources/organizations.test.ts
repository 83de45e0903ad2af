import { test } from 'tap'
import { defaultWorld, fixtureFile, project, start } from '../../support/emulator.js'

const orgs = '/api/atlas/v2/orgs'
const org = '32b6e34b3d91647abb20e7a0'
const relation = 'https://cloud.mongodb.com'

test('an organization has its keys in order, and links to what Atlas has below it [organization-read] [organization-keys] [organization-links]', async (t) => {
  const { call } = await start(t)
  const self = `http://localhost:80${orgs}/${org}`
  const told = (links: string) =>
    `{"id":"${org}","isDeleted":false,"links":[${links}],"name":"Emulator","skipDefaultAlertsSettings":false}`
  const links = [
    `{"href":"${self}","rel":"self"}`,
    ...['groups', 'teams', 'users'].map((word) => `{"href":"${self}/${word}","rel":"${relation}/${word}"}`),
  ]
  const one = await call('GET', `${orgs}/${org}`)
  t.equal(one.statusCode, 200)
  t.equal(one.body, told(links.join(',')))
  t.equal(one.headers['content-type'], 'application/vnd.atlas.2023-01-01+json;charset=utf-8')
  const all = await call('GET', `${orgs}?includeCount=true&name=`)
  t.equal(all.statusCode, 200)
  t.equal(
    all.body,
    `{"links":[{"href":"http://localhost:80${orgs}?includeCount=true&name=&pageNum=1&itemsPerPage=100","rel":"self"}],"results":[${told(links[0] as string)}],"totalCount":1}`,
  )
})

test('a credential sees its own organization, and without credentials all are there by name [organization-visible]', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  const names = (await call('GET', orgs)).json().results.map(({ name }: { name: string }) => name)
  t.strictSame(names, ['Northwind Retail'])
  const open = await start(t, ['--fixtures', 'demo', '--auth', 'off'])
  const all = (await open.call('GET', orgs)).json().results.map(({ name }: { name: string }) => name)
  t.strictSame(all, ['Contoso Health', 'Northwind Retail', 'Tailspin Logistics'])
})

test('the projects of an organization are told as in the list of all projects [organization-projects] [organization-visible]', async (t) => {
  const { call } = await start(t)
  const ofOrganization = await call('GET', `${orgs}/${org}/groups`)
  t.equal(ofOrganization.statusCode, 200)
  t.strictSame(ofOrganization.json().results, (await call('GET', '/api/atlas/v2/groups')).json().results)

  const world = defaultWorld()
  const second = { ...world.projects[0], id: 'b'.repeat(24), name: 'Second' }
  world.projects = [...world.projects, second as (typeof world.projects)[number]]
  const roles = [{ roleName: 'GROUP_READ_ONLY' as const, groupId: project }]
  for (const serviceAccount of world.serviceAccounts) serviceAccount.roles = roles
  const partial = await start(t, ['--fixtures', fixtureFile(t, world)])
  const ids = (await partial.call('GET', `${orgs}/${org}/groups`)).json().results.map(({ id }: { id: string }) => id)
  t.strictSame(ids, [project], 'not those that the credential may not see')
  const open = await start(t, ['--fixtures', fixtureFile(t, world), '--auth', 'off'])
  const all = (await open.call('GET', `${orgs}/${org}/groups`)).json().results.map(({ id }: { id: string }) => id)
  t.strictSame(all.sort(), [project, second.id].sort(), 'and all where no credentials are asked for')
})

test('a name chooses organizations and projects that begin so, in whatever case [list-name-filter]', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  const northwind = '6650a1f0c2a94e1b7d000001'
  const count = async (url: string) => (await call('GET', url)).json().totalCount
  t.equal(await count(`${orgs}?name=NORTH`), 1)
  t.equal(await count(`${orgs}?name=wind`), 0)
  t.equal(await count(`${orgs}/${northwind}/groups?name=STOREFRONT-p`), 1)
  t.equal(await count(`${orgs}/${northwind}/groups?name=production`), 0)
})

test('an id of no organization, and an organization of others, are told before the token bucket [organization-id] [organization-not-authorized]', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  const told = async (id: string, rest = '') => {
    const { statusCode, headers, ...response } = await call('GET', `${orgs}/${id}${rest}?pageNum=x`)
    const { errorCode, detail, parameters } = response.json()
    t.equal(headers['ratelimit-limit'], undefined)
    return [statusCode, errorCode, detail, parameters]
  }
  const malformed = 'An invalid organization ID NOPE was specified.'
  t.strictSame(await told('NOPE'), [404, 'INVALID_ORG_ID', malformed, ['NOPE']])
  const unknown = 'a'.repeat(24)
  const missing = `No organization with ID ${unknown} exists.`
  for (const rest of ['', '/groups', '/users', '/settings']) {
    t.strictSame(await told(unknown, rest), [404, 'ORG_NOT_FOUND', missing, [unknown]])
    const refused = await told('6650a1f0c2a94e1b7d000002', rest)
    t.strictSame(refused.slice(0, 2), [401, 'USER_UNAUTHORIZED'])
  }
})

test('whoever has a role somewhere in the organization is a member, and nobody else [organization-role-mapping]', async (t) => {
  const status = async (roles: NonNullable<ReturnType<typeof defaultWorld>['serviceAccounts'][number]['roles']>) => {
    const world = defaultWorld()
    for (const serviceAccount of world.serviceAccounts) serviceAccount.roles = roles
    const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
    return (await call('GET', `${orgs}/${org}`)).statusCode
  }
  t.equal(await status([]), 401)
  t.equal(await status([{ roleName: 'ORG_BILLING_ADMIN', orgId: org }]), 200)
  t.equal(await status([{ roleName: 'GROUP_READ_ONLY', groupId: project }]), 200)
})

test('2023-01-01 is the one version of organizations [organization-version]', async (t) => {
  const { call } = await start(t)
  for (const url of [orgs, `${orgs}/${org}`, `${orgs}/${org}/groups`]) {
    const at = (date: string) => call('GET', url, { headers: { accept: `application/vnd.atlas.${date}+json` } })
    t.equal((await at('2022-12-31')).statusCode, 406)
    t.match((await at('9999-01-01')).headers, { 'content-type': /2023-01-01/, deprecation: undefined })
  }
})

test('an organization, its users and its settings have buckets of their own [bucket-organizations]', async (t) => {
  const { call } = await start(t)
  const limits = async (url: string) => {
    const { headers } = await call('GET', url)
    return [headers['ratelimit-limit'], headers['ratelimit-remaining']]
  }
  t.strictSame(await limits(orgs), ['300', '299'])
  t.strictSame(await limits(`${orgs}/${org}`), ['500', '499'])
  t.strictSame(await limits(`${orgs}/${org}/groups`), ['500', '498'])
  t.strictSame(await limits(`${orgs}/${org}/users`), ['500', '499'])
  t.strictSame(await limits(`${orgs}/${org}/settings`), ['10', '9'])
})

test('what a fixture says of an organization is told, and written down again', async (t) => {
  const world = defaultWorld()
  Object.assign(world.organizations[0] as object, { skipDefaultAlertsSettings: true, maxGroups: 3 })
  const { call, command } = await start(t, ['--fixtures', fixtureFile(t, world)])
  t.equal((await call('GET', `${orgs}/${org}`)).json().skipDefaultAlertsSettings, true)
  t.strictSame((await command('GET', '/state')).json().organizations, world.organizations)
})
