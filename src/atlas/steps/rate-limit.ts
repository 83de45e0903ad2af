import type { FastifyRequest } from 'fastify'
import { callerOf } from '../../http/caller.js'
import { pathOf } from '../../values/url.js'
import type { BucketSet } from '../auth/token-buckets.js'
import { errors } from '../errors/errors.js'
import type { Step } from '../operation.js'
import { organizationOf } from '../organization-of.js'
import { cloudBackups } from '../token-bucket-sets.js'

/** Whose bucket of a set a request takes from; without credentials, a caller goes by address [bucket-settings]. */
const owners: Readonly<Record<BucketSet['of'], (request: FastifyRequest) => string>> = {
  project: ({ project }) => project.id,
  organization: ({ organization }) => organization.id,
  credential: (request) => request.credential?.id ?? callerOf(request),
}

/** One token for each request [bucket-not-before]. */
export const rateLimit: Step = {
  name: 'token bucket',
  at: 'onRequest',
  make: ({ bucket: set }, { world, clock, buckets, rateLimit: usual }) => {
    if (!set) return undefined
    const ownerOf = owners[set.of]
    // A project's own limit is for the operations of cloud backups alone, that of a tenant for all.
    const limitOf = (request: FastifyRequest) =>
      (set === cloudBackups && request.project.rateLimit) ||
      (world.tenant(organizationOf(request, world))?.rateLimit ?? usual)
    return (request, reply) => {
      const limit = limitOf(request)
      if (limit === 'off') return
      const size = limit === 'atlas' ? set.size : limit
      const now = clock.now()
      const bucket = buckets.of(set, ownerOf(request), size, now)
      const remaining = bucket.take(now)
      reply.header('ratelimit-limit', size.capacity).header('ratelimit-remaining', remaining ?? 0)
      if (remaining === undefined) {
        const target = pathOf(request.raw.url as string).slice(1)
        throw errors.rateLimited.with({ target, retryAfter: bucket.retryAfter(now), ...size })
      }
    }
  },
}
