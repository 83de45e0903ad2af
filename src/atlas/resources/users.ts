import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Details, ResourceVersion } from '../../store/records.js'
import { compareCodePoints } from '../../values/code-points.js'
import { organizationMember, projectReadOnly } from '../../world/roles.js'
import { Filter, filterOf, listing } from '../reading.js'
import { groupId, orgId, type Resource, type Section, writtenIn } from '../resource.js'
import { usersOfOrganization, usersOfProject } from '../token-bucket-sets.js'

/** A user as the fixture writes one, in Atlas's shape. API keys and service accounts are no users. */
const User = Type.Object(
  { username: Type.String({ minLength: 1, description: 'Email address' }) },
  { description: 'A user, told to clients as it stands here' },
)
type User = Static<typeof User>

const ofProject = {
  of: 'project',
  name: 'users',
  schema: Type.Array(User, { description: 'What listing the users shows, by username; none when missing' }),
} as const satisfies Section

const ofOrganization = { ...ofProject, of: 'organization' } as const satisfies Section

const versions: readonly [ResourceVersion, ...ResourceVersion[]] = [
  { date: '2023-01-01', sunset: '2027-07-01' },
  { date: '2025-02-19' },
]

const filters = {
  username: Filter('Email address of the one to list'),
  orgMembershipStatus: Filter('Such as ACTIVE or PENDING'),
}

/** Users are listed and nothing else; the fixture says which there are [user-lists]. */
export const users: Resource<'users'> = {
  name: 'users',
  sections: [ofProject, ofOrganization],
  errors: [],
  operations: [
    listing<User>({
      operationId: 'listGroupUsers',
      alias: undefined,
      summary: 'List the users of a project',
      path: '/groups/:groupId/users',
      resource: 'users',
      versions,
      role: projectReadOnly,
      bucket: usersOfProject,
      parameters: { groupId },
      item: Type.Unknown(),
      filters,
      items: (request) => chosen(ofProject, request.project, request),
      show: (user) => user,
    }),
    listing<User>({
      operationId: 'listOrgUsers',
      alias: undefined,
      summary: 'List the users of an organization',
      path: '/orgs/:orgId/users',
      resource: 'users',
      versions,
      role: organizationMember,
      bucket: usersOfOrganization,
      parameters: { orgId },
      item: Type.Unknown(),
      filters,
      items: (request) => chosen(ofOrganization, request.organization, request),
      show: (user) => user,
    }),
  ],
}

/** By username in code-point order [user-list-order]. */
function chosen(section: Section<typeof ofProject.schema>, owner: { details: Details }, request: FastifyRequest) {
  const wanted = Object.keys(filters)
    .map((name) => [name, filterOf(request, name)] as const)
    .filter(([, value]) => value !== '')
  return (writtenIn(section, owner) ?? [])
    .filter((user) => wanted.every(([name, value]) => (user as Record<string, unknown>)[name] === value))
    .sort((a, b) => compareCodePoints(a.username, b.username))
}
