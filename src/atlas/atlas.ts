import type { FastifyInstance, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { basePath } from './base-path.js'
import { replyWithError } from './errors/reply.js'
import { hooksOf } from './hooks.js'
import { oauth, oauthPath } from './oauth.js'
import type { AtlasContext, Change, Operation, ServedOperation, Step } from './operation.js'
import { operations } from './registry.js'
import { authentication } from './steps/authentication.js'
import { authorization } from './steps/authorization.js'
import { body, mediaType, readBodiesAsBytes } from './steps/body.js'
import { ipAccess } from './steps/ip-access.js'
import { parameters, path, thing } from './steps/parameters.js'
import { paths } from './steps/paths.js'
import { query } from './steps/query.js'
import { rateLimit } from './steps/rate-limit.js'
import { representation } from './steps/representation.js'
import { transfer } from './steps/transfer.js'
import { versioning } from './steps/versioning.js'
import type { Stubs } from './stub.js'
import type { Unserved } from './unserved.js'

export interface AtlasOptions extends AtlasContext {
  /** What the emulator does besides: it has answers leave in good order, faults strike, and the journal know of it. */
  readonly emulatorSteps: readonly Step<ServedOperation>[]
  /** What it does to answers to what no operation takes. */
  readonly unknownChanges: readonly Change[]
  readonly unserved: Unserved
  readonly stubs: Stubs
}

/**
 * The way of a request, from top to bottom. The first step that a request does not pass decides its answer, so the order
 * is the order in which mistakes are told. What no operation takes, `paths` answers before all of this.
 */
export const wayOf = (emulatorSteps: readonly Step<ServedOperation>[]): readonly Step[] => [
  path, //           404: the path has a doubled slash
  authentication, // 401: who asks
  ipAccess, //       403: from where
  versioning, //     406, 410: in which version
  authorization, //  404, 401: about which project or organization, and whether that is allowed
  rateLimit, //      429: whether the token bucket has a token left
  parameters, //     400: the cloud provider that the path names
  query, //          400: the parameters of the query
  thing, //          404: the thing that the path names, where a body comes next
  mediaType, //      415: the type of the body
  body, //           413, 400: the body
  // Here the operation does its work, and then its answer goes on:
  representation, // headers, media type, pretty and envelope
  ...emulatorSteps,
  transfer, //       compressed, and with or without its length
]

/** The Atlas Administration API. */
export const atlas = fp(
  async (app: FastifyInstance, { emulatorSteps, unknownChanges, unserved, stubs, ...context }: AtlasOptions) => {
    app.setErrorHandler(replyWithError)
    app.decorateRequest('credential')
    app.decorateRequest('refusal')
    app.decorateRequest('claimed')
    app.register(paths, { context, checks: [authentication, ipAccess], changes: unknownChanges, unserved, stubs })
    app.register(oauth, { prefix: oauthPath, context, emulatorSteps })
    app.register(
      async (api) => {
        readBodiesAsBytes(api)
        for (const name of ['version', 'project', 'organization', 'bodyAsSent']) api.decorateRequest(name)
        const way = wayOf(emulatorSteps)
        for (const operation of operations) api.route(routeOf(operation, way, context))
      },
      { prefix: basePath },
    )
  },
  { name: 'atlas' },
)

/** Fastify's route for an operation: its steps are made here, once. */
function routeOf(operation: Operation, way: readonly Step[], context: AtlasContext): RouteOptions {
  const { method, path, operationId, success, answer, work } = operation
  return {
    method: method === 'GET' ? ['GET', 'HEAD'] : method,
    url: path,
    schema: { operationId, response: { [success]: answer } },
    ...hooksOf(operation, way, context),
    handler: (request, reply) => {
      reply.code(success)
      return work(request, reply, context)
    },
  }
}
