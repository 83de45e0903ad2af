import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Project as ProjectRecord, ResourceVersion } from '../../store/records.js'
import { isoDate } from '../../values/time.js'
import { anyone, organizationProjectCreator, projectOwner, projectReadOnly } from '../../world/roles.js'
import type { World } from '../../world/world.js'
import { basePath } from '../base-path.js'
import { type AtlasError, errorKind, errors } from '../errors/errors.js'
import { baseUrl, legacyLocation } from '../links.js'
import { listing, reading } from '../reading.js'
import { groupId, type Resource, type Section, writtenIn } from '../resource.js'
import { Flags, Link, ObjectId } from '../schemas.js'
import { projects as ofProject, projectsOfCredential } from '../token-bucket-sets.js'
import { clusterCountOf } from './clusters.js'
import { privateEndpoints } from './private-endpoints.js'

/** Atlas documents the same pattern for organizations, whose recorded names have spaces all the same [project-name]. */
const name = Type.String({
  pattern: "^(?! )[\\p{L}\\p{N}\\-_.(),:&@+' ]{1,64}(?<! )$",
  description: "1 to 64 letters, digits, spaces and -_.(),:&@+', with no space at either end",
})
const tagText = Type.String({ minLength: 1, maxLength: 255 })
const tags = Type.Array(Type.Object({ key: tagText, value: tagText }, { additionalProperties: false }))
const withDefaultAlertsSettings = Type.Boolean({ description: 'Whether it got the default alerts' })

/** `Group` [project-keys]. */
export const Project = Type.Object({
  clusterCount: Type.Integer(),
  created: Type.String({ description: 'UTC date and time, such as 2026-08-10T03:05:16Z' }),
  id: ObjectId,
  links: Type.Array(Link),
  name: Type.String(),
  orgId: ObjectId,
  // Absent where a project is made without any.
  tags: Type.Optional(Type.Array(Type.Object({ key: Type.String(), value: Type.String() }))),
  withDefaultAlertsSettings: Type.Boolean(),
})

const ignored = Type.Optional(Type.Unknown({ description: 'Read-only: taken and ignored' }))

/** `Group` as a request has it: what is read-only in it is taken and ignored [attribute-read-only]. */
const NewProject = Type.Object(
  {
    clusterCount: ignored,
    created: ignored,
    id: ignored,
    links: ignored,
    name,
    orgId: ObjectId,
    tags: Type.Optional(tags),
    withDefaultAlertsSettings: Type.Optional(withDefaultAlertsSettings),
  },
  { additionalProperties: false },
)
type NewProject = Static<typeof NewProject>

/** `GroupUpdate`. */
const ProjectChange = Type.Partial(Type.Object({ name, tags, withDefaultAlertsSettings }), {
  additionalProperties: false,
})
type ProjectChange = Static<typeof ProjectChange>

const invalidName = errorKind('INVALID_GROUP_NAME', 'An invalid group name "{name}" was specified.')
const nameTaken = errorKind('GROUP_ALREADY_EXISTS', 'A group with name "{name}" already exists.')
const notCreator = errorKind(
  'NOT_ORG_GROUP_CREATOR',
  'The currently logged in user does not have the group creator role in organization {orgId}.',
)
const tooMany = errorKind(
  'MAX_GROUPS_PER_ORG_EXCEEDED',
  'Maximum number of groups per organization ({max}) in {orgId} exceeded while trying to add group.',
  // Both are strings, though the first is a number [project-limit].
  ({ max, orgId }) => ({ parameters: [String(max), orgId] }),
)
const notInGroup = errorKind('NOT_IN_GROUP', 'The current user is not in the group, or the group does not exist.')
const severalNamed = errorKind('MULTIPLE_GROUPS', 'Multiple groups exist with the specified name.')
const hasClusters = errorKind(
  'CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS',
  'Cannot close group while it has active clusters; please terminate all clusters.',
)

const invalid = { name: (_attribute: string, value: unknown) => invalidName.with({ name: String(value) }) }

const versions: readonly [ResourceVersion] = [{ date: '2023-01-01' }]

/** How many projects an organization can have, where the fixture does not say. */
const mostProjects = 250

const maxGroups = {
  of: 'organization',
  name: 'maxGroups',
  schema: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    description: `How many projects it can have; ${mostProjects} when missing`,
  }),
} as const satisfies Section

/** What a project links to besides itself [project-links]. */
const relations = ['containers', 'clusters', 'databaseUsers', 'peers', 'processes', 'whitelist']

/** Projects, which paths call groups. */
export const projects: Resource<'projects'> = {
  name: 'projects',
  sections: [maxGroups],
  errors: [invalidName, nameTaken, notCreator, tooMany, notInGroup, severalNamed, hasClusters],
  operations: [
    listing<ProjectRecord>({
      operationId: 'listGroups',
      alias: undefined,
      summary: 'List projects',
      path: '/groups',
      resource: 'projects',
      versions,
      role: anyone,
      bucket: projectsOfCredential,
      parameters: {},
      item: Project,
      filters: {},
      items: ({ credential }, { world }) => world.projects(credential),
      show: asItem,
    }),
    {
      operationId: 'createGroup',
      alias: undefined,
      summary: 'Create a project',
      method: 'POST',
      path: '/groups',
      resource: 'projects',
      versions,
      // It goes by the organization that the body names, so the work asks for it.
      role: organizationProjectCreator,
      bucket: projectsOfCredential,
      parameters: {},
      thing: undefined,
      query: Flags,
      body: { schema: NewProject, invalid },
      conflicts: true,
      success: 201,
      answer: Project,
      work: async (request, reply, { world, publicUrl }) => {
        const { name, orgId, tags, withDefaultAlertsSettings = true } = request.body as NewProject
        const { credential } = request
        const draft = { orgId, name, tags: tags ?? [], clusterCount: 0, withDefaultAlertsSettings, details: {} }
        const settled = await world.createProject(
          { ...draft, rateLimit: undefined, lifecycle: undefined },
          credential,
          () => refusalOf(request, orgId, name, world),
        )
        if (settled.refusal) throw settled.refusal
        const base = baseUrl(request, publicUrl)
        reply.header('location', legacyLocation(base))
        const { tags: _, ...told } = alone(settled.project, base)
        return { ...told, ...(tags && { tags }) }
      },
    },
    reading({
      operationId: 'getGroupByName',
      alias: undefined,
      summary: 'Get a project by its name',
      path: '/groups/byName/:groupName',
      resource: 'projects',
      versions,
      role: anyone,
      bucket: projectsOfCredential,
      parameters: { groupName: { schema: Type.String({ pattern: '' }), error: unknownName } },
      // Several projects may have the name.
      conflicts: true,
      answer: Project,
      tell: ({ params, credential }, { world }, base) => {
        const { groupName } = params as { groupName: string }
        const [project, ...others] = world.projects(credential).filter(({ name }) => name === groupName)
        if (!project) throw unknownName()
        if (others.length > 0) throw severalNamed.with({})
        return alone(project, base)
      },
    }),
    reading({
      operationId: 'getGroup',
      alias: undefined,
      summary: 'Get a project',
      path: '/groups/:groupId',
      resource: 'projects',
      versions,
      role: projectReadOnly,
      bucket: ofProject,
      parameters: { groupId },
      answer: Project,
      tell: ({ project }, _context, base) => alone(project, base),
    }),
    {
      operationId: 'updateGroup',
      alias: undefined,
      summary: 'Change a project',
      method: 'PATCH',
      path: '/groups/:groupId',
      resource: 'projects',
      versions,
      role: projectOwner,
      bucket: ofProject,
      parameters: { groupId },
      thing: undefined,
      query: Flags,
      body: { schema: ProjectChange, invalid },
      conflicts: true,
      success: 200,
      answer: Project,
      work: async (request, _reply, { world, publicUrl }) => {
        const body = request.body as ProjectChange
        const { id } = request.project
        const settled = await world.changeProject(
          id,
          (before) => ({ ...before, ...body }),
          ({ orgId, name }) =>
            body.name !== undefined && body.name !== name && world.hasProjectNamed(orgId, body.name)
              ? nameTaken.with({ name: body.name })
              : undefined,
        )
        if (!settled) throw errors.groupNotFound.with({ groupId: id })
        if (settled.refusal) throw settled.refusal
        return alone(settled.project, baseUrl(request, publicUrl))
      },
    },
    {
      operationId: 'deleteGroup',
      alias: undefined,
      summary: 'Delete a project',
      method: 'DELETE',
      path: '/groups/:groupId',
      resource: 'projects',
      versions,
      role: projectOwner,
      bucket: ofProject,
      parameters: { groupId },
      thing: undefined,
      query: Flags,
      body: undefined,
      conflicts: true,
      // Documented is 204 [project-delete].
      success: 202,
      answer: Type.Object({}),
      work: async ({ project: { id } }, _reply, { world }) => {
        const settled = await world.deleteProject(id, (project) => {
          if (clusterCountOf(project) > 0) return hasClusters.with({})
          const endpoints = world.allOf(privateEndpoints.name, id)
          return endpoints.length > 0 ? errors.groupHasEndpointServices.with({}) : undefined
        })
        if (!settled) throw errors.groupNotFound.with({ groupId: id })
        if (settled.refusal) throw settled.refusal
        return {}
      },
    },
  ],
}

function unknownName(): AtlasError {
  return notInGroup.with({})
}

/** Why the organization must not get a project of this name from whoever asks [project-create-order]. */
function refusalOf({ credential }: FastifyRequest, orgId: string, name: string, world: World): AtlasError | undefined {
  const organization = world.organization(orgId)
  if (!organization) return errors.orgNotFound.with({ orgId })
  const known = credential && world.credential(credential.kind, credential.id)
  if (credential && !(known && organizationProjectCreator.allows(known, { id: orgId, orgId }))) {
    return notCreator.with({ orgId })
  }
  const max = writtenIn(maxGroups, organization) ?? mostProjects
  if (world.countProjects(orgId) >= max) return tooMany.with({ max, orgId })
  return world.hasProjectNamed(orgId, name) ? nameTaken.with({ name }) : undefined
}

/** How a project is told in a list. */
export function asItem(project: ProjectRecord, base: string): Static<typeof Project> {
  return represented(project, [selfLink(base, project)])
}

function alone(project: ProjectRecord, base: string): Static<typeof Project> {
  const self = selfLink(base, project)
  const others = relations.map((relation) => ({
    href: `${self.href}/${relation}`,
    rel: `https://cloud.mongodb.com/${relation}`,
  }))
  return represented(project, [self, ...others])
}

function selfLink(base: string, { id }: ProjectRecord): Link {
  return { href: `${base}${basePath}/groups/${id}`, rel: 'self' }
}

function represented(project: ProjectRecord, links: Link[]): Static<typeof Project> {
  const { id, orgId, name, created, tags, withDefaultAlertsSettings } = project
  return {
    clusterCount: clusterCountOf(project),
    created: isoDate(created),
    id,
    links,
    name,
    orgId,
    tags: [...tags],
    withDefaultAlertsSettings,
  }
}
