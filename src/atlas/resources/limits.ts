import { type Static, Type } from '@sinclair/typebox'
import type { Project, ResourceVersion } from '../../store/records.js'
import { Entry } from '../../values/schema.js'
import { projectReadOnly } from '../../world/roles.js'
import { errors } from '../errors/errors.js'
import { reading } from '../reading.js'
import { groupId, type Resource, type Section, writtenIn } from '../resource.js'
import { projects } from '../token-bucket-sets.js'
import { clusterCountOf } from './clusters.js'

const amount = Type.Integer({ minimum: 0 })

/** `DataFederationLimit`. */
const Limit = Type.Object({
  currentUsage: Type.Optional(amount),
  defaultLimit: Type.Optional(amount),
  maximumLimit: Type.Optional(amount),
  name: Type.String(),
  value: amount,
})
type Limit = Static<typeof Limit>

const clusterLimit = 'atlas.project.deployment.clusters'

/** Those of a new project, in Atlas's order; two of them tell no usage [limit-list]. */
const ofNewProject: readonly Limit[] = [
  limit('atlas.project.security.databaseAccess.users', 100, 900),
  limit(clusterLimit, 25, 90),
  limit('atlas.project.deployment.serverlessMTMs', 100, 100),
  limit('atlas.project.security.databaseAccess.customRoles', 100, 1400),
  limit('atlas.project.security.networkAccess.entries', 200, 220),
  limit('atlas.project.security.networkAccess.crossRegionEntries', 40, 220),
  limit('atlas.project.deployment.nodesPerPrivateLinkRegion', 50, 90),
  {
    name: 'atlas.project.deployment.privateServiceConnectionsPerRegionGroup',
    defaultLimit: 50,
    maximumLimit: 100,
    value: 6,
  },
  {
    name: 'atlas.project.deployment.privateServiceConnectionsSubnetMask',
    defaultLimit: 27,
    maximumLimit: 27,
    value: 27,
  },
  limit('atlas.project.deployment.salesSoldM0s', 100, 100),
]

const section = {
  of: 'project',
  name: 'limits',
  schema: Type.Array(
    Entry('A limit', {
      name: Type.String({ minLength: 1, description: `Such as ${clusterLimit}` }),
      value: amount,
      currentUsage: Type.Optional(amount),
      defaultLimit: Type.Optional(amount),
      maximumLimit: Type.Optional(amount),
    }),
    { description: 'What differs from those of a new project, by name; further ones come at the end' },
  ),
} as const satisfies Section

const versions: readonly [ResourceVersion] = [{ date: '2023-01-01' }]

/** The limits of a project, which are only shown. */
export const limits: Resource<'limits'> = {
  name: 'limits',
  sections: [section],
  errors: [],
  operations: [
    reading({
      operationId: 'listGroupLimits',
      alias: undefined,
      summary: 'List the limits of a project',
      path: '/groups/:groupId/limits',
      resource: 'limits',
      versions,
      role: projectReadOnly,
      bucket: projects,
      parameters: { groupId },
      answer: Type.Array(Limit),
      tell: ({ project }) => limitsOf(project),
    }),
    reading({
      operationId: 'getGroupLimit',
      alias: undefined,
      summary: 'Get a limit of a project',
      path: '/groups/:groupId/limits/:limitName',
      resource: 'limits',
      versions,
      role: projectReadOnly,
      bucket: projects,
      // The name is looked up where the other ids of things are: behind the query [limit-unknown].
      parameters: { groupId, limitName: { schema: Type.String({ pattern: '' }), error: unknownLimit } },
      answer: Limit,
      tell: (request) => {
        const { limitName } = request.params as { limitName: string }
        const found = limitsOf(request.project).find(({ name }) => name === limitName)
        if (!found) throw unknownLimit(limitName)
        return found
      },
    }),
  ],
}

function unknownLimit(name: string) {
  return errors.resourceNotFound.with({ resource: `Limit with name ${name}` })
}

function limit(name: string, defaultLimit: number, maximumLimit: number): Limit {
  return { name, currentUsage: 0, defaultLimit, maximumLimit, value: defaultLimit }
}

function limitsOf(project: Project): Limit[] {
  const written = new Map((writtenIn(section, project) ?? []).map((entry) => [entry.name, entry]))
  const usual = ofNewProject.map((one) => ({
    ...one,
    ...(one.name === clusterLimit && { currentUsage: clusterCountOf(project) }),
    ...written.get(one.name),
  }))
  return [...usual, ...[...written.values()].filter(({ name }) => !usual.some((one) => one.name === name))]
}
