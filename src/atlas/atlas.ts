import type { TSchema } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { World } from '../world/world.js'
import { access } from './protocol/access.js'
import { body } from './protocol/body.js'
import { connection } from './protocol/connection.js'
import { credentials } from './protocol/credentials.js'
import { replyWithError } from './protocol/error-reply.js'
import { compileSerializer } from './protocol/json.js'
import { methods } from './protocol/methods.js'
import type { Nonces } from './protocol/nonces.js'
import { query } from './protocol/query.js'
import { representation } from './protocol/representation.js'
import { shutdown } from './protocol/shutdown.js'
import type { Tokens } from './protocol/tokens.js'
import { versioning } from './protocol/versioning.js'
import { oauth } from './routes/oauth.js'
import { privateEndpoints } from './routes/private-endpoints.js'
import { projects } from './routes/projects.js'

export interface AtlasOptions {
  readonly world: World
  readonly tokens: Tokens
  readonly nonces: Nonces
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
    const { world, tokens, nonces, credentialsRequired: required, publicUrl } = options
    app.setErrorHandler(replyWithError)
    app.register(shutdown)
    app.register(connection)
    app.register(methods)
    app.register(oauth, { prefix: '/api/oauth', world, tokens, required })
    app.register(
      async (api) => {
        api.setSerializerCompiler<TSchema>(({ schema }) => compileSerializer(schema))
        api.register(credentials, { world, tokens, nonces, required })
        api.register(versioning)
        api.register(access, { world })
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
