import { type Static, Type } from '@sinclair/typebox'
import type {
  Organization as OrganizationRecord,
  Project as ProjectRecord,
  ResourceVersion,
} from '../../store/records.js'
import { anyone, organizationMember } from '../../world/roles.js'
import { basePath } from '../base-path.js'
import { Filter, filterOf, listing, reading, startsLike } from '../reading.js'
import { orgId, type Resource, type Section, writtenIn } from '../resource.js'
import { Link, ObjectId } from '../schemas.js'
import { organizations as ofOrganization, organizationsOfCredential } from '../token-bucket-sets.js'
import { asItem, Project } from './projects.js'

/** `AtlasOrganization` [organization-keys]. */
const Organization = Type.Object({
  id: ObjectId,
  isDeleted: Type.Boolean(),
  links: Type.Array(Link),
  name: Type.String(),
  skipDefaultAlertsSettings: Type.Boolean(),
})

const skipDefaultAlertsSettings = {
  of: 'organization',
  name: 'skipDefaultAlertsSettings',
  schema: Type.Boolean({ description: 'Whether its projects get no default alerts; false when missing' }),
} as const satisfies Section

const versions: readonly [ResourceVersion] = [{ date: '2023-01-01' }]

/** What an organization links to besides itself [organization-links]. */
const relations = ['groups', 'teams', 'users']

const filters = { name: Filter('How the name begins, in whatever case') }

/** Organizations, which the fixture says; a credential belongs to one. */
export const organizations: Resource<'organizations'> = {
  name: 'organizations',
  sections: [skipDefaultAlertsSettings],
  errors: [],
  operations: [
    listing<OrganizationRecord>({
      operationId: 'listOrgs',
      alias: undefined,
      summary: 'List organizations',
      path: '/orgs',
      resource: 'organizations',
      versions,
      role: anyone,
      bucket: organizationsOfCredential,
      parameters: {},
      item: Organization,
      filters,
      items: (request, { world }) =>
        world.organizations(request.credential).filter(({ name }) => startsLike(name, filterOf(request, 'name'))),
      show: (organization, base) => represented(organization, [selfLink(base, organization)]),
    }),
    reading({
      operationId: 'getOrg',
      alias: undefined,
      summary: 'Get an organization',
      path: '/orgs/:orgId',
      resource: 'organizations',
      versions,
      role: organizationMember,
      bucket: ofOrganization,
      parameters: { orgId },
      answer: Organization,
      tell: ({ organization }, _context, base) => {
        const self = selfLink(base, organization)
        const others = relations.map((relation) => ({
          href: `${self.href}/${relation}`,
          rel: `https://cloud.mongodb.com/${relation}`,
        }))
        return represented(organization, [self, ...others])
      },
    }),
    listing<ProjectRecord>({
      operationId: 'getOrgGroups',
      alias: undefined,
      summary: 'List the projects of an organization',
      path: '/orgs/:orgId/groups',
      resource: 'organizations',
      versions,
      role: organizationMember,
      bucket: ofOrganization,
      parameters: { orgId },
      item: Project,
      filters,
      items: (request, { world }) =>
        world
          .projectsOf(request.organization.id, request.credential)
          .filter(({ name }) => startsLike(name, filterOf(request, 'name'))),
      show: asItem,
    }),
  ],
}

function selfLink(base: string, { id }: OrganizationRecord): Link {
  return { href: `${base}${basePath}/orgs/${id}`, rel: 'self' }
}

function represented(organization: OrganizationRecord, links: Link[]): Static<typeof Organization> {
  const { id, name } = organization
  return {
    id,
    isDeleted: false,
    links,
    name,
    skipDefaultAlertsSettings: writtenIn(skipDefaultAlertsSettings, organization) ?? false,
  }
}
