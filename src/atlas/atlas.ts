import type { TSchema } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { RateLimit } from '../values/rate-limit.js'
import type { Clock } from '../world/clock.js'
import type { World } from '../world/world.js'
import type { Nonces } from './auth/nonces.js'
import type { Tokens } from './auth/tokens.js'
import { replyWithError } from './errors/reply.js'
import { compileSerializer } from './json.js'
import { oauth } from './oauth.js'
import { privateEndpoints } from './resources/private-endpoints.js'
import { projects } from './resources/projects.js'
import { credentials } from './steps/authentication.js'
import { access } from './steps/authorization.js'
import { body } from './steps/body.js'
import { cloudProvider } from './steps/cloud-provider.js'
import { accessLists } from './steps/ip-access.js'
import { methods } from './steps/paths.js'
import { query } from './steps/query.js'
import { rateLimiting, type TokenBuckets } from './steps/rate-limit.js'
import { representation } from './steps/representation.js'
import { versioning } from './steps/versioning.js'

export interface AtlasOptions {
  readonly world: World
  readonly clock: Clock
  readonly tokens: Tokens
  readonly nonces: Nonces
  readonly buckets: TokenBuckets
  /** That of organizations, and of projects without one of their own. */
  readonly rateLimit: RateLimit
  /** Whether requests need credentials. */
  readonly credentialsRequired: boolean
  /** Where clients reach the API, when that is not where their requests say; no slash at the end. */
  readonly publicUrl: string | undefined
}

/**
 * The Atlas Administration API. Each protocol plugin adds its step to every route that is declared after it, so their
 * order here is the order of the table in section 5 of the contract.
 */
export const atlas = fp(
  async (app: FastifyInstance, options: AtlasOptions) => {
    const { world, clock, tokens, nonces, buckets, rateLimit, credentialsRequired: required, publicUrl } = options
    app.setErrorHandler(replyWithError)
    app.register(methods)
    app.register(oauth, { prefix: '/api/oauth', world, tokens, required })
    app.register(
      async (api) => {
        api.setSerializerCompiler<TSchema>(({ schema }) => compileSerializer(schema))
        api.register(credentials, { world, tokens, nonces, required })
        api.register(accessLists)
        api.register(versioning, { clock })
        api.register(access, { world })
        api.register(rateLimiting, { clock, buckets, rateLimit })
        api.register(cloudProvider)
        api.register(query)
        api.register(body)
        api.register(representation)
        api.register(projects, { world, publicUrl })
        api.register(privateEndpoints, { world, publicUrl })
      },
      { prefix: '/api/atlas/v2' },
    )
  },
  { name: 'atlas' },
)
