import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Project as ProjectRecord, ResourceVersion } from '../../store/records.js'
import { isoDate } from '../../values/time.js'
import { anyone, projectReadOnly } from '../../world/roles.js'
import { basePath } from '../base-path.js'
import { baseUrl, offsetOf, pageBody } from '../links.js'
import { groupId, type Resource } from '../resource.js'
import { Flags, Link, ObjectId, PageOf, Paging } from '../schemas.js'
import { projects as ofProject, projectsOfCredential } from '../token-bucket-sets.js'

/** `Group` [project-keys]. */
export const Project = Type.Object({
  clusterCount: Type.Integer(),
  created: Type.String({ description: 'UTC date and time, such as 2026-08-10T03:05:16Z' }),
  id: ObjectId,
  links: Type.Array(Link),
  name: Type.String(),
  orgId: ObjectId,
  tags: Type.Array(Type.Object({ key: Type.String(), value: Type.String() })),
  withDefaultAlertsSettings: Type.Boolean(),
})

const versions: readonly [ResourceVersion] = [{ date: '2023-01-01' }]

/** What a project links to besides itself [project-links]. */
const relations = ['containers', 'clusters', 'databaseUsers', 'peers', 'processes', 'whitelist']

/** Projects, which paths call groups. */
export const projects: Resource<'projects'> = {
  name: 'projects',
  errors: [],
  operations: [
    {
      operationId: 'listGroups',
      alias: undefined,
      summary: 'List projects',
      method: 'GET',
      path: '/groups',
      resource: 'projects',
      versions,
      role: anyone,
      bucket: projectsOfCredential,
      parameters: {},
      thing: undefined,
      query: Paging,
      body: undefined,
      success: 200,
      answer: PageOf(Project),
      work: (request, _reply, { world, publicUrl }) => {
        const query = request.query as Paging
        const base = baseUrl(request, publicUrl)
        const visible = world.projects(request.credential)
        const offset = offsetOf(query)
        const items = visible
          .slice(offset, offset + query.itemsPerPage)
          .map((project) => represented(project, [selfLink(base, project)]))
        return pageBody({ items, total: visible.length }, request, query, base)
      },
    },
    {
      operationId: 'getGroup',
      alias: undefined,
      summary: 'Get a project',
      method: 'GET',
      path: '/groups/:groupId',
      resource: 'projects',
      versions,
      role: projectReadOnly,
      bucket: ofProject,
      parameters: { groupId },
      thing: undefined,
      query: Flags,
      body: undefined,
      success: 200,
      answer: Project,
      work: (request: FastifyRequest, _reply, { publicUrl }) => {
        const self = selfLink(baseUrl(request, publicUrl), request.project)
        const others = relations.map((relation) => ({
          href: `${self.href}/${relation}`,
          rel: `https://cloud.mongodb.com/${relation}`,
        }))
        return represented(request.project, [self, ...others])
      },
    },
  ],
}

function selfLink(base: string, { id }: ProjectRecord): Link {
  return { href: `${base}${basePath}/groups/${id}`, rel: 'self' }
}

function represented({ created, tags, rateLimit: _, lifecycle: __, ...project }: ProjectRecord, links: Link[]) {
  return { ...project, created: isoDate(created), tags: [...tags], links }
}
