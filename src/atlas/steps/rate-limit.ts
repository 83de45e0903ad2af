import type { FastifyRequest } from 'fastify'
import { pathOf } from '../../values/url.js'
import { errors } from '../errors/errors.js'
import type { Step } from '../operation.js'

/** One token for each request. */
export const rateLimit: Step = {
  name: 'token bucket',
  at: 'onRequest',
  make: ({ bucket: set }, { clock, buckets, rateLimit: usual }) => {
    const limitOf = ({ project }: FastifyRequest) => (set.of === 'project' && project.rateLimit) || usual
    const ownerOf = ({ project, credential }: FastifyRequest) =>
      set.of === 'project' ? project.id : ((project ?? credential)?.orgId ?? 'anyone')
    return (request, reply) => {
      const limit = limitOf(request)
      if (limit === 'off') return
      const now = clock.now()
      const bucket = buckets.of(set, ownerOf(request), limit, now)
      const remaining = bucket.take(now)
      reply.header('ratelimit-limit', limit.capacity).header('ratelimit-remaining', remaining ?? 0)
      if (remaining === undefined) {
        const target = pathOf(request.raw.url as string).slice(1)
        throw errors.rateLimited.with({ target, retryAfter: bucket.retryAfter(now), ...limit })
      }
    }
  },
}
