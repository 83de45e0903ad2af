import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type AtlasError, errors } from '../errors/errors.js'
import { replyWithError } from '../errors/reply.js'
import { beforeHandling } from '../route-hooks.js'
import { pathOf } from './query.js'

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

/** Rows 1 and 2: what no route takes is a path that does not exist, or one that exists for other methods. */
export const methods = fp(
  async (app: FastifyInstance) => {
    const resources = new Map<string, Resource>()

    app.addHook('onRoute', (route) => {
      const { url, method } = route
      const resource = resources.get(url) ?? {
        segments: url.split('/'),
        methods: new Set(),
      }
      resources.set(url, resource)
      for (const name of [method].flat()) resource.methods.add(name)

      // To the router an empty segment is an id, to the API it is another path.
      const names = [...url.matchAll(/:(\w+)/g)].map(([, name]) => name as string)
      beforeHandling(route, (request, _reply, done) => {
        const values = request.params as Record<string, string>
        if (names.some((name) => values[name] === '')) throw errors.noSuchPath(pathOf(request.raw.url as string))
        done()
      })
    })

    const allowedOn: FastifyInstance['allowedOn'] = (path) => {
      // One that cannot be decoded does not get here: the router has refused it.
      const segments = path.split('/').map(decodeURIComponent)
      const resource = [...resources.values()].find((candidate) => matches(candidate.segments, segments))
      return resource && [...resource.methods].sort().join(', ')
    }

    app.decorate('allowedOn', allowedOn)

    const unroutable = (request: FastifyRequest): AtlasError => {
      const path = pathOf(request.raw.url as string)
      const allow = allowedOn(path)
      return allow ? errors.methodNotAllowed(request.method, path, allow) : errors.noSuchPath(path)
    }

    // Before Fastify would read a body, whose faults come later in the table.
    app.addHook('onRequest', (request, _reply, done) => {
      if (request.is404) throw unroutable(request)
      done()
    })
    // Without hooks: what the router of the remaining methods cannot decode.
    app.setNotFoundHandler((request, reply) => replyWithError(unroutable(request), request, reply))
  },
  { name: 'methods' },
)

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : segments[i] === part))
  )
}
