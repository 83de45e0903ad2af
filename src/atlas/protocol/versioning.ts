import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { isCalendarDate } from '../../time.js'
import { BoundedMap } from './bounded-map.js'
import { errors } from './errors.js'
import { beforeHandling } from './route-hooks.js'

/** A version of a resource, from its date on the newest until the next one's. */
export interface ResourceVersion {
  /** `YYYY-MM-DD` */
  readonly date: string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The versions of the resource that the route serves, oldest first. */
    versions?: readonly ResourceVersion[]
  }
  interface FastifyRequest {
    /** The resource version that the answer has. */
    version: ResourceVersion
  }
}

const atlasMediaType = /^application\/vnd\.atlas\.([0-9]{4}-[0-9]{2}-[0-9]{2})\+json$/i
const weight = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/
/** What stands between two separators, where a quoted string may hold a separator. */
const betweenCommas = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g
const betweenSemicolons = /(?:[^;"]|"(?:[^"\\]|\\.)*"?)+/g

/** The date in `application/vnd.atlas.YYYY-MM-DD+json`, or undefined when it is something else or no calendar date. */
export function atlasDate(mediaType: string): string | undefined {
  const [, date] = atlasMediaType.exec(mediaType) ?? []
  return date !== undefined && isCalendarDate(date) ? date : undefined
}

/** The media type that a resource version is served as. */
export function mediaTypeOf(version: ResourceVersion): string {
  return `application/vnd.atlas.${version.date}+json`
}

/**
 * Chooses the version that an `Accept` header asks for: that of its acceptable range with the highest q, the first
 * among equals; of `versions` (oldest first) the newest on or before the date asked for. Undefined when none will do.
 * Source: section 4 of the contract; RFC 9110, 12.5.1 for the header.
 */
export function negotiate(accept: string, versions: readonly ResourceVersion[]): ResourceVersion | undefined {
  let best: ResourceVersion | undefined
  let bestQ = 0
  for (const range of accept.match(betweenCommas) ?? []) {
    const [mediaType = '', ...parameters] = (range.match(betweenSemicolons) ?? []).map((part) => part.trim())
    const asked = atlasDate(mediaType)
    const version = asked && versions.findLast(({ date }) => date <= asked)
    const q = quality(parameters)
    if (version && q > bestQ) {
      best = version
      bestQ = q
    }
  }
  return best
}

/** The weight among a range's parameters, from 0 to 1; one that is no weight accepts nothing. */
function quality(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => /^q\s*=/i.test(parameter))
  if (given === undefined) return 1
  const value = given.slice(given.indexOf('=') + 1).trim()
  return weight.test(value) ? Number(value) : 0
}

const rememberedHeaders = 1000

/** Row 6: negotiates for every route that declares its resource's versions. */
export const versioning = fp(
  async (app: FastifyInstance) => {
    app.decorateRequest('version')
    app.addHook('onRoute', (route) => {
      const { versions } = route.config as { versions: readonly ResourceVersion[] }
      const remembered = new BoundedMap<string, ResourceVersion>(rememberedHeaders)
      beforeHandling(route, (request, _reply, done) => {
        const { accept = '' } = request.raw.headers
        let version = remembered.get(accept)
        if (!version) {
          version = negotiate(accept, versions)
          if (!version) throw errors.noAcceptableVersion()
          remembered.set(accept, version)
        }
        request.version = version
        done()
      })
    })
  },
  { name: 'versioning', dependencies: ['credentials'] },
)
