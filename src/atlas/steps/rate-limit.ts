import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { BoundedMap } from '../../values/bounded-map.js'
import type { RateLimit } from '../../values/rate-limit.js'
import type { Clock } from '../../world/clock.js'
import { TokenBucket } from '../auth/token-bucket.js'
import { errors } from '../errors/errors.js'
import { beforeHandling } from '../route-hooks.js'
import { pathOf } from './query.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who shares the token bucket that a request takes from: all requests about a project, or about an organization. */
    bucket?: 'project' | 'organization'
  }
}

export interface RateLimitOptions {
  readonly clock: Clock
  readonly buckets: TokenBuckets
  /** That of organizations, and of projects without one of their own. */
  readonly rateLimit: RateLimit
}

/** Only projects and organizations that exist have buckets; this bounds what many worlds, one after another, leave. */
const rememberedBuckets = 100_000

/** The token buckets of projects and of organizations, by id. */
export class TokenBuckets {
  readonly project = new BoundedMap<string, TokenBucket>(rememberedBuckets)
  readonly organization = new BoundedMap<string, TokenBucket>(rememberedBuckets)

  /** Leaves every bucket full. */
  clear(): void {
    this.project.clear()
    this.organization.clear()
  }
}

/** Row 11: one token for each request (section 7 of the contract). */
export const rateLimiting = fp(
  async (app: FastifyInstance, { clock, buckets, rateLimit }: RateLimitOptions) => {
    app.addHook('onRoute', (route) => {
      const { bucket: scope } = route.config as { bucket: 'project' | 'organization' }
      const limitOf = ({ project }: FastifyRequest) => (scope === 'project' && project.rateLimit) || rateLimit
      const ownerOf = ({ project, credential }: FastifyRequest) =>
        scope === 'project' ? project.id : ((project ?? credential)?.orgId ?? 'anyone')

      beforeHandling(route, (request, reply, done) => {
        const limit = limitOf(request)
        if (limit === 'off') return done()
        const owner = ownerOf(request)
        const now = clock.now()
        let bucket = buckets[scope].get(owner)
        if (!bucket) {
          bucket = new TokenBucket(limit, now)
          buckets[scope].set(owner, bucket)
        }
        const remaining = bucket.take(now)
        reply.header('ratelimit-limit', limit.capacity).header('ratelimit-remaining', remaining ?? 0)
        if (remaining === undefined) {
          const path = pathOf(request.raw.url as string).slice(1)
          throw errors.rateLimited(path, bucket.retryAfter(now), limit)
        }
        done()
      })
    })
  },
  { name: 'rateLimiting', dependencies: ['access'] },
)
