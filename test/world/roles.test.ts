import { test } from 'tap'
import type { Credential, Project, Role } from '../../src/store/records.js'
import { organizationRoles, projectRoles } from '../../src/values/vocabulary.js'
import { anyone, projectBackupManager, projectOwner, projectReadOnly } from '../../src/world/roles.js'

const own: Project = {
  id: 'own',
  orgId: 'organization',
  name: '',
  created: 0,
  clusterCount: 0,
  tags: [],
  withDefaultAlertsSettings: true,
  rateLimit: undefined,
  lifecycle: undefined,
  details: {},
}
const sibling: Project = { ...own, id: 'sibling' }
const foreign: Project = { ...own, id: 'foreign', orgId: 'elsewhere' }

function holding(...roles: Role[]): Credential {
  return { kind: 'apiKey', id: '', secret: '', orgId: 'organization', roles, accessList: [] }
}

test('private endpoints are managed by owners of the project or of its organization [role-mapping]', async (t) => {
  for (const roleName of organizationRoles) {
    const credential = holding({ roleName, orgId: 'organization' })
    const expected = roleName === 'ORG_OWNER'
    t.equal(projectOwner.allows(credential, own), expected, roleName)
    t.equal(projectOwner.allows(credential, sibling), expected, roleName)
    t.equal(projectOwner.allows(credential, foreign), false, roleName)
  }
  for (const roleName of projectRoles) {
    const credential = holding({ roleName, groupId: 'own' })
    t.equal(projectOwner.allows(credential, own), roleName === 'GROUP_OWNER', roleName)
    t.equal(projectOwner.allows(credential, sibling), false, roleName)
    t.equal(projectOwner.allows(credential, foreign), false, roleName)
  }
})

test('a project is seen by any role on it, and by owners and readers of its organization [role-mapping]', async (t) => {
  for (const roleName of organizationRoles) {
    const credential = holding({ roleName, orgId: 'organization' })
    const expected = ['ORG_OWNER', 'ORG_READ_ONLY'].includes(roleName)
    t.equal(projectReadOnly.allows(credential, own), expected, roleName)
    t.equal(projectReadOnly.allows(credential, foreign), false, roleName)
  }
  for (const roleName of projectRoles) {
    const credential = holding({ roleName: 'ORG_MEMBER', orgId: 'organization' }, { roleName, groupId: 'own' })
    t.equal(projectReadOnly.allows(credential, own), true, roleName)
    t.equal(projectReadOnly.allows(credential, sibling), false, roleName)
  }
  t.equal(projectReadOnly.allows(holding(), own), false, 'no role at all')
})

test('backups are managed by backup managers, and by owners of the project or of its organization [role-mapping]', async (t) => {
  for (const roleName of organizationRoles) {
    const credential = holding({ roleName, orgId: 'organization' })
    t.equal(projectBackupManager.allows(credential, own), roleName === 'ORG_OWNER', roleName)
  }
  for (const roleName of projectRoles) {
    const credential = holding({ roleName, groupId: 'own' })
    const expected = ['GROUP_BACKUP_MANAGER', 'GROUP_OWNER'].includes(roleName)
    t.equal(projectBackupManager.allows(credential, own), expected, roleName)
    t.equal(projectBackupManager.allows(credential, sibling), false, roleName)
  }
})

test('what needs no role is allowed to whoever has a credential', async (t) => {
  t.equal(anyone.allows(holding(), own), true)
})
