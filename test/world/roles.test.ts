import { test } from 'tap'
import type { Credential, Project, Role } from '../../src/store/records.js'
import { organizationRoles, projectRoles } from '../../src/values/vocabulary.js'
import { managePrivateEndpoints, viewProject } from '../../src/world/roles.js'

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
}
const sibling: Project = { ...own, id: 'sibling' }
const foreign: Project = { ...own, id: 'foreign', orgId: 'elsewhere' }

function holding(...roles: Role[]): Credential {
  return { kind: 'apiKey', id: '', secret: '', orgId: 'organization', roles, accessList: [] }
}

test('private endpoints are managed by owners of the project or of its organization', async (t) => {
  for (const roleName of organizationRoles) {
    const credential = holding({ roleName, orgId: 'organization' })
    const expected = roleName === 'ORG_OWNER'
    t.equal(managePrivateEndpoints(credential, own), expected, roleName)
    t.equal(managePrivateEndpoints(credential, sibling), expected, roleName)
    t.equal(managePrivateEndpoints(credential, foreign), false, roleName)
  }
  for (const roleName of projectRoles) {
    const credential = holding({ roleName, groupId: 'own' })
    t.equal(managePrivateEndpoints(credential, own), roleName === 'GROUP_OWNER', roleName)
    t.equal(managePrivateEndpoints(credential, sibling), false, roleName)
    t.equal(managePrivateEndpoints(credential, foreign), false, roleName)
  }
})

test('a project is seen by any role on it, and by owners and readers of its organization', async (t) => {
  for (const roleName of organizationRoles) {
    const credential = holding({ roleName, orgId: 'organization' })
    const expected = ['ORG_OWNER', 'ORG_READ_ONLY'].includes(roleName)
    t.equal(viewProject(credential, own), expected, roleName)
    t.equal(viewProject(credential, foreign), false, roleName)
  }
  for (const roleName of projectRoles) {
    const credential = holding({ roleName: 'ORG_MEMBER', orgId: 'organization' }, { roleName, groupId: 'own' })
    t.equal(viewProject(credential, own), true, roleName)
    t.equal(viewProject(credential, sibling), false, roleName)
  }
  t.equal(viewProject(holding(), own), false, 'no role at all')
})
