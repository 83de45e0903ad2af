import { test } from 'tap'
import type { Credential, Project } from '../../src/store/records.js'
import { openStore } from '../../src/store/store.js'

const organization = { id: 'o', name: 'O', apiAccessListRequired: true, details: {} }
const project: Project = {
  id: 'p',
  orgId: 'o',
  name: 'P',
  created: 1,
  clusterCount: 2,
  tags: [{ key: 'k', value: 'v' }],
  withDefaultAlertsSettings: false,
  rateLimit: { capacity: 1, refill: 2, seconds: 3 },
  lifecycle: { provisioning: 'manual', deletion: 5 },
  details: {},
}
const credential: Credential = {
  kind: 'serviceAccount',
  id: 'c',
  secret: 's',
  orgId: 'o',
  roles: [{ roleName: 'GROUP_OWNER', groupId: 'p' }],
  accessList: ['10.0.0.0/8'],
}

test('what is read is what was written, and the same object each time', async (t) => {
  const { directory, close } = openStore(':memory:')
  t.teardown(close)
  directory.addOrganization(organization)
  directory.addProject(project)
  directory.addProject({ ...project, id: 'q', rateLimit: 'off' })
  directory.addProject({ ...project, id: 'r', rateLimit: undefined })
  directory.addCredential(credential)
  t.strictSame(directory.project('p'), project)
  t.equal(directory.project('q')?.rateLimit, 'off')
  t.equal(directory.project('r')?.rateLimit, undefined)
  t.strictSame(directory.credential('serviceAccount', 'c'), { ...credential, accessListRequired: true })
  t.equal(directory.credential('apiKey', 'c'), undefined, 'kinds have ids of their own')
  t.equal(directory.project('p'), directory.project('p'))
  t.equal(directory.credential('serviceAccount', 'c'), directory.credential('serviceAccount', 'c'))
})

test('what has been cleared is not remembered', async (t) => {
  const { directory, versions, clear, close } = openStore(':memory:')
  t.teardown(close)
  directory.addOrganization(organization)
  directory.addProject(project)
  directory.addCredential(credential)
  versions.add('privateEndpoints', { date: '2025-01-01', sunset: undefined })
  versions.add('privateEndpoints', { date: '2024-01-01', sunset: '2026-01-01' })
  t.ok(directory.project('p'))
  t.ok(directory.credential('serviceAccount', 'c'))
  t.strictSame(versions.all().get('privateEndpoints'), [
    { date: '2024-01-01', sunset: '2026-01-01' },
    { date: '2025-01-01', sunset: undefined },
  ])
  t.equal(versions.all(), versions.all(), 'the same map until they change')
  clear()
  t.equal(directory.project('p'), undefined)
  t.equal(directory.credential('serviceAccount', 'c'), undefined)
  t.equal(versions.all().size, 0)
  directory.addOrganization({ ...organization, apiAccessListRequired: false, details: {} })
  directory.addProject({ ...project, name: 'other' })
  directory.addCredential({ ...credential, accessList: [] })
  t.equal(directory.project('p')?.name, 'other')
  t.match(directory.credential('serviceAccount', 'c'), { accessList: [], accessListRequired: false })
})

test('whoever watches is told what becomes of a project', async (t) => {
  const { directory, changes, close } = openStore(':memory:')
  t.teardown(close)
  const seen: unknown[] = []
  directory.addOrganization(organization)
  changes.watcher = (change) => seen.push(change)
  directory.addProject(project)
  directory.updateProject({ ...project, name: 'Q' })
  directory.removeProject('p')
  const told = { kind: 'projects', ownerId: 'p', id: 'p' }
  t.strictSame(seen, [
    { what: 'created', ...told },
    { what: 'changed', ...told },
    { what: 'gone', ...told },
  ])
})
