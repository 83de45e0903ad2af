import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Project } from '../../store/records.js'
import { objectIdPattern } from '../../values/vocabulary.js'
import type { Permission } from '../../world/roles.js'
import type { World } from '../../world/world.js'
import { errors } from '../errors/errors.js'
import { beforeHandling } from '../route-hooks.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the credential must be allowed to do on the project that the path names. */
    permission?: Permission
  }
  interface FastifyRequest {
    /** The project that the path names. */
    project: Project
  }
}

const objectId = new RegExp(objectIdPattern)

/** Rows 8 to 10: the project that the path names, and whether the credential may do this there. */
export const access = fp(
  async (app: FastifyInstance, { world }: { world: World }) => {
    app.decorateRequest('project')

    app.addHook('onRoute', (route) => {
      const permission = route.config?.permission
      if (!permission) return
      beforeHandling(route, (request, _reply, done) => {
        const { groupId } = request.params as { groupId: string }
        if (!objectId.test(groupId)) throw errors.invalidGroupId(groupId)
        const project = world.project(groupId)
        if (!project) throw errors.groupNotFound(groupId)
        const { credential } = request
        if (credential && !permission(credential, project)) throw errors.notAuthorized()
        request.project = project
        done()
      })
    })
  },
  { name: 'access', dependencies: ['versioning'] },
)
