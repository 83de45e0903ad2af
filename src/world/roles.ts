import type { Credential } from '../store/records.js'
import type { OrganizationRole, ProjectRole } from '../values/vocabulary.js'

/** A project or an organization, as far as roles go by it. */
export interface Owned {
  readonly id: string
  /** Of a project, that of its organization; of an organization, its own. */
  readonly orgId: string
}

/** What a credential must hold to do something on a project or in an organization. */
export interface RoleRequirement {
  /** How Atlas's documentation calls it. */
  readonly name: string
  /** Whether the credential may do this on the project, or in the organization. */
  readonly allows: (credential: Credential, on: Owned) => boolean
}

/** Project Owner, or Organization Owner of its organization. */
export const projectOwner = projectRole('Project Owner', ['ORG_OWNER'], ['GROUP_OWNER'])

/** Project Backup Manager, or an owner of the project or its organization. */
export const projectBackupManager = projectRole(
  'Project Backup Manager',
  ['ORG_OWNER'],
  ['GROUP_BACKUP_MANAGER', 'GROUP_OWNER'],
)

/** Any role on the project, or one of the organization's that sees every project. */
export const projectReadOnly = projectRole('Project Read Only', ['ORG_OWNER', 'ORG_READ_ONLY'], 'any')

/** Any role in the organization or on one of its projects: a credential has no others. */
export const organizationMember: RoleRequirement = {
  name: 'Organization Member',
  allows: (credential, { orgId }) => credential.orgId === orgId && credential.roles.length > 0,
}

/** Organization Project Creator, or Organization Owner. */
export const organizationProjectCreator: RoleRequirement = {
  name: 'Organization Project Creator',
  allows: (credential, { orgId }) =>
    credential.orgId === orgId &&
    credential.roles.some(({ roleName }) => roleName === 'ORG_OWNER' || roleName === 'ORG_GROUP_CREATOR'),
}

/** Whoever has a credential; what such an operation shows goes by what the credential may see. */
export const anyone: RoleRequirement = { name: 'none', allows: () => true }

function projectRole(
  name: string,
  organizationRoles: readonly OrganizationRole[],
  projectRoles: readonly ProjectRole[] | 'any',
): RoleRequirement {
  return {
    name,
    allows: (credential, project) =>
      credential.orgId === project.orgId &&
      credential.roles.some((role) =>
        'orgId' in role
          ? organizationRoles.includes(role.roleName)
          : role.groupId === project.id && (projectRoles === 'any' || projectRoles.includes(role.roleName)),
      ),
  }
}
