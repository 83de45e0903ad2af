import type { FastifyReply, FastifyRequest } from 'fastify'
import { redactUrl } from '../values/redaction.js'
import { pathOf } from '../values/url.js'
import type { UnservedStatus } from '../values/vocabulary.js'
import { basePath } from './base-path.js'
import { type AtlasError, errors } from './errors/errors.js'

/** Marks an answer to what the emulator lacks, where Atlas may have it; Atlas knows no such header [unserved-marked]. */
export const unservedHeader = 'x-emulator-unserved'

/** Characters that the name of a path may have [unserved-names]. */
const longestName = 200
/** How many paths are remembered; of more, those that nobody has asked for the longest are forgotten. */
export const mostUnserved = 1000

/** What a path below another base says besides, since its client is meant for an older API [older-apis-unserved]. */
const hint = ` (only ${basePath} is served)`

/** Stands in a name for an id, by the segment before. */
const placeholders: Readonly<Record<string, string>> = { groups: '{groupId}', orgs: '{orgId}' }

/**
 * What a request asks for, for people: its method, and its path below the base path with ids replaced, so that the same
 * path of two projects has one name. At most `longestName` printable characters of ASCII.
 * @param secret is removed wherever it stands
 */
export function nameUnserved(method: string, path: string, secret?: string): string {
  const isBelowBase = path === basePath || path.startsWith(`${basePath}/`)
  const segments = (isBelowBase ? path.slice(basePath.length) : path).replace(/\/$/, '').split('/')
  const template = segments
    .map((segment, i) =>
      /^[0-9a-f]{24}$/i.test(segment) ? (placeholders[segments[i - 1] as string] ?? '{id}') : segment,
    )
    .join('/')
  // What answers HEAD is an operation with GET.
  const name = `${method === 'HEAD' ? 'GET' : method} ${redactUrl(template || '/', secret).replace(/[^!-~]/g, '_')}`
  const end = isBelowBase ? '' : hint
  const room = longestName - end.length
  return (name.length > room ? `${name.slice(0, room - 3)}...` : name) + end
}

/** What clients have asked for that the emulator does not serve, and with which status it is answered. */
export class Unserved {
  readonly #status: () => UnservedStatus
  /** By name, how often each has been asked for; the one that was asked for last stands at the end. */
  readonly #asked = new Map<string, number>()
  #requests = 0

  /** @param status what to answer with, asked each time */
  constructor(status: () => UnservedStatus) {
    this.#status = status
  }

  /** How many requests there have been. */
  get requests(): number {
    return this.#requests
  }

  /**
   * Marks the answer, counts the request, and has the log tell of a path that is not remembered.
   * @returns the error to answer with in the place of Atlas's answer, when suites are to fail loudly
   */
  mark(request: FastifyRequest, reply: FastifyReply): AtlasError | undefined {
    const { method, raw, credential } = request
    const name = nameUnserved(method, pathOf(raw.url as string), credential?.secret)
    reply.header(unservedHeader, name)
    if (this.#count(name)) {
      request.log.warn({ unserved: name }, `${name} is not served by this emulator, whatever Atlas has there`)
    }
    return this.#status() === 501 ? errors.notImplemented.with({ operation: name }) : undefined
  }

  /** True for a path that is not remembered. */
  #count(name: string): boolean {
    this.#requests += 1
    const count = this.#asked.get(name)
    this.#asked.delete(name)
    const [oldest] = this.#asked.keys()
    if (oldest !== undefined && this.#asked.size >= mostUnserved) this.#asked.delete(oldest)
    this.#asked.set(name, (count ?? 0) + 1)
    return count === undefined
  }

  /**
   * The paths that have been asked for most, with how often.
   * @param most how many paths to tell
   */
  mostAsked(most: number): Record<string, number> {
    const asked = [...this.#asked].filter(([, count]) => count > 0)
    return Object.fromEntries(asked.sort(([, a], [, b]) => b - a).slice(0, most))
  }

  /** Counts from 0 again. The paths stay remembered, so that the log does not tell of them again. */
  clear(): void {
    this.#requests = 0
    for (const name of this.#asked.keys()) this.#asked.set(name, 0)
  }
}
