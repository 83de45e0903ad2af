import type { Credential, Project } from '../store/records.js'
import type { OrganizationRole, ProjectRole } from '../values/vocabulary.js'

/** May `credential` do this on `project`? Section 6 of the contract says which roles an operation takes. */
export type Permission = (credential: Credential, project: Project) => boolean

/** Project Owner, or Organization Owner of its organization: what the four private endpoint operations need. */
export const managePrivateEndpoints: Permission = permission(['ORG_OWNER'], ['GROUP_OWNER'])

/** Any role on the project, or one of the organization's that sees every project. */
export const viewProject: Permission = permission(['ORG_OWNER', 'ORG_READ_ONLY'], 'any')

function permission(
  organizationRoles: readonly OrganizationRole[],
  projectRoles: readonly ProjectRole[] | 'any',
): Permission {
  return (credential, project) =>
    credential.orgId === project.orgId &&
    credential.roles.some((role) =>
      'orgId' in role
        ? organizationRoles.includes(role.roleName)
        : role.groupId === project.id && (projectRoles === 'any' || projectRoles.includes(role.roleName)),
    )
}
