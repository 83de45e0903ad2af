import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type CloudProvider, cloudProviders } from '../../values/vocabulary.js'
import { errors } from '../errors/errors.js'
import { beforeHandling } from '../route-hooks.js'

/** Row 12: the provider that the path names. */
export const cloudProvider = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRoute', (route) => {
      if (!route.url.includes('/:cloudProvider/')) return
      beforeHandling(route, (request, _reply, done) => {
        const { cloudProvider } = request.params as { cloudProvider: string }
        if (!cloudProviders.includes(cloudProvider as CloudProvider)) throw errors.noSuchProvider(cloudProvider)
        done()
      })
    })
  },
  { name: 'cloudProvider', dependencies: ['rateLimiting'] },
)
