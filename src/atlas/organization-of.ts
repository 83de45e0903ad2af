import type { FastifyRequest } from 'fastify'
import type { Organization, Project } from '../store/records.js'
import { pathOf } from '../values/url.js'
import type { World } from '../world/world.js'

const named = /\/(groups|orgs)\/([0-9a-f]{24})(?=\/|$)/

/**
 * The id of the organization that a request has to do with: that of who asks; where that is not known, that of the project
 * or the organization that the path names. Undefined when none of these exists.
 */
export function organizationOf(request: FastifyRequest, world: World): string | undefined {
  if (request.credential) return request.credential.orgId
  const project = request.project as Project | undefined
  if (project) return project.orgId
  const organization = request.organization as Organization | undefined
  if (organization) return organization.id
  const [, kind, id] = named.exec(pathOf(request.raw.url as string)) ?? []
  if (id === undefined) return undefined
  return kind === 'groups' ? world.project(id)?.orgId : world.organization(id)?.id
}
