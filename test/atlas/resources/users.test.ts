import { test } from 'tap'
import { defaultWorld, fixtureFile, project, start } from '../../support/emulator.js'

const org = '32b6e34b3d91647abb20e7a0'
const ofProject = `/api/atlas/v2/groups/${project}/users`
const ofOrganization = `/api/atlas/v2/orgs/${org}/users`
const zoe = { id: 'a'.repeat(24), orgMembershipStatus: 'ACTIVE', roles: ['GROUP_OWNER'], username: 'zoe@example.com' }
const adam = { id: 'b'.repeat(24), orgMembershipStatus: 'PENDING', mobileNumber: null, username: 'adam@example.com' }

function worldWithUsers() {
  const world = defaultWorld()
  Object.assign(world.projects[0] as object, { users: [zoe] })
  Object.assign(world.organizations[0] as object, { users: [zoe, adam] })
  return world
}

test('users are those of the fixture, as it writes them, by username [user-lists] [user-list-order]', async (t) => {
  const { call, command } = await start(t, ['--fixtures', fixtureFile(t, worldWithUsers())])
  const inProject = await call('GET', ofProject)
  t.equal(inProject.statusCode, 200)
  t.equal(
    inProject.body,
    `{"links":[{"href":"http://localhost:80${ofProject}?pageNum=1&itemsPerPage=100","rel":"self"}],"results":[${JSON.stringify(zoe)}],"totalCount":1}`,
  )
  const inOrganization = await call('GET', ofOrganization)
  t.equal(inOrganization.statusCode, 200)
  t.strictSame(inOrganization.json().results, [adam, zoe])
  t.strictSame((await call('GET', `${ofOrganization}?itemsPerPage=1&pageNum=2`)).json().results, [zoe])
  t.strictSame((await command('GET', '/state')).json().organizations[0].users, [zoe, adam], 'written down again')
})

test('credentials are no users [user-lists]', async (t) => {
  const { call } = await start(t)
  for (const url of [ofProject, ofOrganization]) {
    t.match((await call('GET', url)).json(), { results: [], totalCount: 0 })
  }
})

test('users are chosen by username and by status [user-filters]', async (t) => {
  const { call } = await start(t, ['--fixtures', fixtureFile(t, worldWithUsers())])
  const chosen = async (query: string) =>
    (await call('GET', ofOrganization + query)).json().results.map(({ username }: typeof adam) => username)
  t.strictSame(await chosen('?username=zoe%40example.com'), [zoe.username])
  t.strictSame(await chosen('?username=zoe'), [])
  t.strictSame(await chosen('?orgMembershipStatus=PENDING'), [adam.username])
  t.strictSame(await chosen('?orgMembershipStatus=PENDING&username=zoe%40example.com'), [])
  t.strictSame(await chosen('?username=&orgMembershipStatus='), [adam.username, zoe.username])
})

test('users have two versions, of which the older one ends [user-versions]', async (t) => {
  const { call } = await start(t)
  for (const url of [ofProject, ofOrganization]) {
    const at = async (date: string) =>
      (await call('GET', url, { headers: { accept: `application/vnd.atlas.${date}+json` } })).headers
    t.match(await at('2025-02-18'), { 'content-type': /2023-01-01/, sunset: 'Thu, 1 Jul 2027 00:00:00 GMT' })
    t.match(await at('2025-02-19'), { 'content-type': /2025-02-19/, sunset: undefined })
  }
})
