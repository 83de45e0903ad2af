import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { pathOf } from '../../values/url.js'
import { basePath } from '../base-path.js'
import { type AtlasError, errors } from '../errors/errors.js'
import { replyWithError } from '../errors/reply.js'
import { methodHeaders } from '../headers.js'
import { change, pass } from '../hooks.js'
import type { AtlasContext, Change, CheckStep, ServedOperation } from '../operation.js'
import type { Stubs } from '../stub.js'
import type { Unserved } from '../unserved.js'
import { readBodiesAsBytes } from './body.js'
import { transfer } from './transfer.js'

interface Resource {
  /** The path's segments; one that starts with a colon stands for any. */
  readonly segments: readonly string[]
  readonly methods: Set<string>
}

/** The order in which `Allow` names methods [options-answer]. */
const methodOrder = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export interface PathsOptions {
  readonly context: AtlasContext
  /** What a request for an unknown path of the API must pass before it is told so: who asks, and from where. */
  readonly checks: readonly CheckStep<ServedOperation>[]
  /** What is done to an answer that no operation gives, nor the world one of its own, before it is sent. */
  readonly changes: readonly Change[]
  readonly unserved: Unserved
  readonly stubs: Stubs
}

/** What stands for the operation that is not there. */
const unknown: ServedOperation = { operationId: 'unknown', alias: undefined, summary: 'An unknown path' }

/** How many segments the base path has. */
const baseSegments = basePath.split('/').length

/**
 * What no operation takes: answers of one's own, OPTIONS, a method that the path does not have, a path that does not exist.
 * It is decided before Fastify would read a body, whose mistakes are told later.
 */
export const paths = fp(
  async (app: FastifyInstance, options: PathsOptions) => {
    const { context, unserved, stubs } = options
    const checks = options.checks.flatMap((step) => step.make(unknown, context) ?? [])
    const changes = [...options.changes, transfer.make(unknown, context) as Change]
    const resources = new Map<string, Resource>()

    app.addHook('onRoute', ({ url, method }) => {
      const resource = resources.get(url) ?? { segments: url.split('/'), methods: new Set(['OPTIONS']) }
      resources.set(url, resource)
      for (const name of [method].flat()) resource.methods.add(name)
    })

    app.decorateRequest('stub')

    /** Undefined when there is no such path. */
    const allowedOn = (segments: readonly string[], ownSegments: readonly string[]): string | undefined => {
      const resource = [...resources.values()].find((candidate) => matches(candidate.segments, segments))
      const own = stubs.methodsAt(ownSegments)
      if (!resource && own.length === 0) return undefined
      const methods = new Set([...(resource?.methods ?? ['OPTIONS']), ...own])
      return methodOrder.filter((method) => methods.has(method)).join(',')
    }

    // A room of its own, so that no request to an operation passes these hooks.
    app.register(async (rest) => {
      readBodiesAsBytes(rest)
      rest.addHook('onRequest', (request, reply, done) => {
        const path = pathOf(request.raw.url as string)
        // A path that cannot be decoded does not get here: the router has refused it.
        const segments = path.replace(/\/$/, '').split('/').map(decodeURIComponent)
        const isOwn = segments.slice(0, baseSegments).join('/') === basePath && !path.includes('//')
        const ownSegments = isOwn ? segments.slice(baseSegments) : []
        const stub = stubs.find(request, ownSegments)
        if (stub) {
          request.stub = stub
          request.params = stub.params(ownSegments)
          return pass(stub.checks, 0, request, reply, done)
        }
        const allow = allowedOn(segments, ownSegments)
        if (allow) {
          // Atlas may have the method, which the token endpoint's documentation rules out for its own paths.
          const isUnserved = request.method !== 'OPTIONS' && isBelowApi(path)
          const failure = isUnserved ? unserved.mark(request, reply) : undefined
          return failure ? replyWithError(failure, request, reply) : answerMethod(request, reply, allow)
        }
        if (!isBelowApi(path)) return answerNotFound(request, reply)
        // Whoever may not use the API does not learn what it has [unknown-path-after-credentials].
        pass(checks, 0, request, reply, (error) => done(error ?? unserved.mark(request, reply) ?? notFound(request)))
      })
      rest.addHook('onSend', (request, reply, payload, done) => {
        change(request.stub?.changes ?? changes, 0, request, reply, payload, done)
      })
      // Fastify runs hooks for unknown paths only where there is a handler, and comes here without them at times.
      rest.setNotFoundHandler(
        {
          preHandler: (request, reply, done) => pass(request.stub?.preparations ?? [], 0, request, reply, done),
        },
        (request, reply) => {
          if (request.stub) request.stub.answer(request, reply)
          else answerNotFound(request, reply)
        },
      )
    })
  },
  { name: 'paths' },
)

/** Neither answer has a body or a type [method-not-allowed-empty] [options-answer]. */
function answerMethod({ method }: FastifyRequest, reply: FastifyReply, allow: string): void {
  const isOptions = method === 'OPTIONS'
  reply
    .code(isOptions ? 200 : 405)
    .headers(isOptions ? methodHeaders.options : methodHeaders.notAllowed)
    .headers({ allow, 'content-length': '0' })
    .send()
}

/** A doubled slash is told like a path outside of the API: before credentials [no-such-path]. */
function isBelowApi(path: string): boolean {
  return /^\/api\/atlas(?:\/|$)/.test(path) && !path.includes('//')
}

function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  replyWithError(notFound(request), request, reply)
}

function notFound({ raw }: FastifyRequest): AtlasError {
  return errors.resourceNotFound.with({ resource: pathOf(raw.url as string) })
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : segments[i] === part))
  )
}
