import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { Project as ProjectRecord, ResourceVersion } from '../../store/records.js'
import { isoDate } from '../../values/time.js'
import { viewProject } from '../../world/roles.js'
import { baseUrl } from '../base-url.js'
import { offsetOf, pageBody } from '../pages.js'
import { type Link, PageOf, ProjectParams } from '../schemas/common.js'
import { Project } from '../schemas/project.js'
import { Flags, Paging } from '../schemas/query.js'
import type { RouteOptions } from './private-endpoints.js'

const versions: readonly ResourceVersion[] = [{ date: '2023-01-01' }]

/** What a project links to besides itself (section 9 of the contract). */
const relations = ['containers', 'clusters', 'databaseUsers', 'peers', 'processes', 'whitelist']

/** Projects, which paths call groups (section 9 of the contract). */
export const projects: FastifyPluginAsyncTypebox<RouteOptions> = async (app, { world, publicUrl }) => {
  const config = { versions: () => versions, bucket: 'organization' } as const

  const selfLink = (request: FastifyRequest, { id }: ProjectRecord): Link => ({
    href: `${baseUrl(request, publicUrl)}${app.prefix}/groups/${id}`,
    rel: 'self',
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/groups',
    config,
    schema: {
      operationId: 'listGroups',
      summary: 'List projects',
      querystring: Paging,
      response: { 200: PageOf(Project) },
    },
    handler: async (request) => {
      const { query } = request
      const visible = world.projects(request.credential)
      const offset = offsetOf(query)
      const items = visible
        .slice(offset, offset + query.itemsPerPage)
        .map((project) => represented(project, [selfLink(request, project)]))
      const page = { items, total: visible.length }
      return pageBody(page, request, query, baseUrl(request, publicUrl))
    },
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/groups/:groupId',
    config: { ...config, permission: viewProject },
    schema: {
      operationId: 'getGroup',
      summary: 'Get a project',
      params: ProjectParams,
      querystring: Flags,
      response: { 200: Project },
    },
    handler: async (request) => {
      const self = selfLink(request, request.project)
      const others = relations.map((relation) => ({
        href: `${self.href}/${relation}`,
        rel: `https://cloud.mongodb.com/${relation}`,
      }))
      return represented(request.project, [self, ...others])
    },
  })
}

function represented({ created, tags, rateLimit: _, lifecycle: __, ...project }: ProjectRecord, links: Link[]) {
  return { ...project, created: isoDate(created), tags: [...tags], links }
}
