import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { pathOf } from '../../values/url.js'
import { type AtlasError, errors, methodNotAllowed } from '../errors/errors.js'
import { replyWithError } from '../errors/reply.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods that a path has, as `Allow` tells them; undefined when there is no such path. */
    allowedOn: (path: string) => string | undefined
  }
}

interface Resource {
  /** The path's segments; one that starts with a colon stands for any. */
  readonly segments: readonly string[]
  readonly methods: Set<string>
}

/** What no operation takes: a path that does not exist, or one that exists for other methods. */
export const paths = fp(
  async (app: FastifyInstance) => {
    const resources = new Map<string, Resource>()

    app.addHook('onRoute', ({ url, method }) => {
      const resource = resources.get(url) ?? { segments: url.split('/'), methods: new Set() }
      resources.set(url, resource)
      for (const name of [method].flat()) resource.methods.add(name)
    })

    const allowedOn: FastifyInstance['allowedOn'] = (path) => {
      // A path that cannot be decoded does not get here: the router has refused it.
      const segments = path.split('/').map(decodeURIComponent)
      const resource = [...resources.values()].find((candidate) => matches(candidate.segments, segments))
      return resource && [...resource.methods].sort().join(', ')
    }
    app.decorate('allowedOn', allowedOn)

    const unroutable = (request: FastifyRequest): AtlasError => {
      const path = pathOf(request.raw.url as string)
      const allow = allowedOn(path)
      return allow ? methodNotAllowed(request.method, path, allow) : errors.resourceNotFound.with({ resource: path })
    }

    // Before Fastify would read a body, whose mistakes are told later.
    app.addHook('onRequest', (request, _reply, done) => {
      if (request.is404) throw unroutable(request)
      done()
    })
    // What the router of the remaining methods cannot decode comes here without hooks.
    app.setNotFoundHandler((request, reply) => replyWithError(unroutable(request), request, reply))
  },
  { name: 'paths' },
)

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : segments[i] === part))
  )
}
