import { test } from 'tap'
import { createEmulator } from '../../../src/emulator.js'
import type { Fixture, FixtureRole } from '../../../src/fixture/schema.js'
import {
  type OrganizationRole,
  organizationRoles,
  type ProjectRole,
  projectRoles,
} from '../../../src/values/vocabulary.js'
import { accept, fixtureFile, settingsFor, start, tokenFor } from '../../support/emulator.js'

const [home, abroad] = ['a'.repeat(24), 'b'.repeat(24)]
const projects = { own: '1'.repeat(24), sibling: '2'.repeat(24), foreign: '3'.repeat(24) }
const endpoint = (projectId: string) => projectId.replace(/^./, 'e')

const roles: (OrganizationRole | ProjectRole)[] = [...organizationRoles, ...projectRoles]
const manage: typeof roles = ['ORG_OWNER', 'GROUP_OWNER']
const view: typeof roles = ['ORG_OWNER', 'ORG_READ_ONLY', ...projectRoles]

/** A service account in the organization for each role, which project roles give on the project `own`. */
const accounts = roles.map((roleName, i) => {
  const id = `mdb_sa_id_${String(i).padStart(24, '0')}`
  const role: FixtureRole = roleName.startsWith('ORG_')
    ? { roleName, orgId: home }
    : { roleName, groupId: projects.own }
  return { roleName, role, id, secret: `mdb_sa_sk_${String(i).padStart(40, 'x')}` }
})

const world: Fixture = {
  organizations: [
    { id: home, name: 'home' },
    { id: abroad, name: 'abroad' },
  ],
  projects: Object.entries(projects).map(([name, id]) => ({
    id,
    name,
    orgId: name === 'foreign' ? abroad : home,
    privateEndpoints: [{ id: endpoint(id), regionName: 'GLOBAL', status: 'ACTIVE' }],
  })),
  serviceAccounts: accounts.map(({ id, secret, role }) => ({
    clientId: id,
    clientSecret: secret,
    orgId: home,
    roles: [role],
  })),
}

const group = (id: string) => `/api/atlas/v2/groups/${id}`
const endpoints = (id: string) => `${group(id)}/backup/AWS/privateEndpoints`

/** Each operation: how to ask for it, how it answers to those who may, and who may, for the project's organization. */
const operations = {
  createBackupPrivateEndpoint: { method: 'POST', url: endpoints, status: 201, who: manage },
  listBackupPrivateEndpoints: { method: 'GET', url: endpoints, status: 200, who: manage },
  getBackupPrivateEndpoint: {
    method: 'GET',
    url: (id: string) => `${endpoints(id)}/${endpoint(id)}`,
    status: 200,
    who: manage,
  },
  deleteBackupPrivateEndpoint: {
    method: 'DELETE',
    url: (id: string) => `${endpoints(id)}/${endpoint(id)}`,
    status: 204,
    who: manage,
  },
  getGroup: { method: 'GET', url: group, status: 200, who: view },
}

test('role by operation by project: who may is answered, who may not is told so [role-private-endpoints] [role-visible-projects] [user-unauthorized] [user-unauthorized-no-challenge]', async (t) => {
  for (const { roleName, id, secret } of accounts) {
    const { call, emulator } = await start(t, ['--fixtures', fixtureFile(t, world), '--deletion', '0s'])
    const headers = { accept, authorization: `Bearer ${await tokenFor(emulator, { id, secret })}` }
    for (const [project, projectId] of Object.entries(projects)) {
      const reaches = project === 'own' || (project === 'sibling' && roleName.startsWith('ORG_'))
      for (const [operation, { method, url, status, who }] of Object.entries(operations)) {
        const body = method === 'POST' ? { cloudProvider: 'AWS', regionName: 'US_EAST_1' } : undefined
        const response = await call(method, url(projectId), { bare: true, headers, body })
        const may = reaches && who.includes(roleName)
        t.equal(response.statusCode, may ? status : 401, `${roleName} ${operation} ${project}`)
        t.equal(response.headers['x-error-code'], may ? undefined : 'USER_UNAUTHORIZED')
        t.equal(response.headers['www-authenticate'], undefined)
      }
    }
    const listed = (await call('GET', '/api/atlas/v2/groups', { bare: true, headers })).json().results
    const seen = view.includes(roleName) ? (roleName.startsWith('ORG_') ? ['own', 'sibling'] : ['own']) : []
    t.same(
      listed.map(({ name }: { name: string }) => name),
      seen,
      `${roleName} listGroups`,
    )
  }
})

test('roles have Atlas’s names, and hold in the credential’s organization or on its projects [role-names]', async (t) => {
  t.strictSame(organizationRoles, [
    ...['ORG_OWNER', 'ORG_GROUP_CREATOR', 'ORG_BILLING_ADMIN', 'ORG_READ_ONLY', 'ORG_MEMBER'],
  ])
  t.strictSame(projectRoles, [
    ...['GROUP_OWNER', 'GROUP_CLUSTER_MANAGER', 'GROUP_BACKUP_MANAGER', 'GROUP_DATA_ACCESS_ADMIN'],
    ...['GROUP_DATA_ACCESS_READ_WRITE', 'GROUP_DATA_ACCESS_READ_ONLY', 'GROUP_READ_ONLY'],
  ])
  const load = async (role: object) => {
    const [first] = world.serviceAccounts ?? []
    const fixture = { ...world, serviceAccounts: [{ ...first, roles: [role] }] } as Fixture
    const emulator = await createEmulator(settingsFor('--port', '0'), { fixture })
    await emulator.close()
  }
  await t.resolves(load({ roleName: 'ORG_OWNER', orgId: home }))
  await t.resolves(load({ roleName: 'GROUP_OWNER', groupId: projects.sibling }))
  await t.rejects(load({ roleName: 'ORG_OWNER', orgId: abroad }), { message: /roles\/0|roles\[0\]/ })
  await t.rejects(load({ roleName: 'GROUP_OWNER', groupId: projects.foreign }), { message: /roles\/0|roles\[0\]/ })
  await t.rejects(load({ roleName: 'GROUP_OWNER', orgId: home }), { message: /roles\/0|roles\[0\]/ })
})

test('roles add up, and a credential without any may nothing', async (t) => {
  const of = (...given: FixtureRole[]) => {
    const [first] = world.serviceAccounts ?? []
    return fixtureFile(t, { ...world, serviceAccounts: first ? [{ ...first, roles: given }] : [] })
  }
  const [first] = accounts
  if (!first) throw new Error('There are roles')
  const statuses = async (...given: FixtureRole[]) => {
    const { call, emulator } = await start(t, ['--fixtures', of(...given)])
    const headers = { accept, authorization: `Bearer ${await tokenFor(emulator, first)}` }
    const ask = async (url: string) => (await call('GET', url, { bare: true, headers })).statusCode
    return [await ask(endpoints(projects.own)), await ask(endpoints(projects.sibling)), await ask(group(projects.own))]
  }
  t.same(await statuses(), [401, 401, 401])
  t.same(
    await statuses(
      { roleName: 'ORG_MEMBER', orgId: home },
      { roleName: 'GROUP_READ_ONLY', groupId: projects.own },
      { roleName: 'GROUP_OWNER', groupId: projects.sibling },
    ),
    [401, 200, 200],
  )
})
