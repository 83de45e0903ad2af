import { type Static, Type } from '@sinclair/typebox'
import type { Project } from '../../store/records.js'
import { Id } from '../../values/fields.js'
import { Entry } from '../../values/schema.js'
import { projectReadOnly } from '../../world/roles.js'
import { basePath } from '../base-path.js'
import { listing } from '../reading.js'
import { groupId, type Resource, type Section, writtenIn } from '../resource.js'
import { Link, ObjectId } from '../schemas.js'
import { teams as bucket } from '../token-bucket-sets.js'

const roleNames = Type.Array(Type.String({ minLength: 1 }), { description: 'Its roles on the project' })

const section = {
  of: 'project',
  name: 'teams',
  schema: Type.Array(Entry('A team with roles on the project', { teamId: Id('The id of the team'), roleNames }), {
    description: 'None when missing',
  }),
} as const satisfies Section
type Entries = Static<typeof section.schema>

/** `TeamRole` [team-keys]. */
const Team = Type.Object({ links: Type.Array(Link), roleNames, teamId: ObjectId })

/** Teams are listed and nothing else; the fixture says which there are. */
export const teams: Resource<'teams'> = {
  name: 'teams',
  sections: [section],
  errors: [],
  operations: [
    listing<Entries[number] & { readonly project: Project }>({
      operationId: 'listGroupTeams',
      alias: undefined,
      summary: 'List the teams of a project',
      path: '/groups/:groupId/teams',
      resource: 'teams',
      versions: [{ date: '2023-01-01' }],
      role: projectReadOnly,
      bucket,
      parameters: { groupId },
      item: Team,
      filters: {},
      items: ({ project }) => (writtenIn(section, project) ?? []).map((team) => ({ ...team, project })),
      show: ({ teamId, roleNames, project }, base) => ({
        links: [{ href: `${base}${basePath}/groups/${project.id}/teams/${teamId}`, rel: 'self' }],
        roleNames,
        teamId,
      }),
    }),
  ],
}
