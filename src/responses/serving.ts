import type { TObject } from '@sinclair/typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors } from '../atlas/errors/errors.js'
import { answerHeaders } from '../atlas/headers.js'
import { stepsOf } from '../atlas/hooks.js'
import { baseUrl } from '../atlas/links.js'
import type { AtlasContext, Operation, Step } from '../atlas/operation.js'
import { groupId, orgId } from '../atlas/resource.js'
import { Flags, Paging } from '../atlas/schemas.js'
import { readFlags } from '../atlas/steps/query.js'
import { represent } from '../atlas/steps/representation.js'
import { versioning } from '../atlas/steps/versioning.js'
import { type StubRoute, type Stubs, stub } from '../atlas/stub.js'
import { askedDate, contentTypeOf, negotiate } from '../atlas/versions.js'
import type { ResourceVersion } from '../store/records.js'
import { isRecord } from '../values/record.js'
import { anyone, organizationMember, projectReadOnly } from '../world/roles.js'
import { bucketSets, PathPattern, placeOf } from './response.js'
import type { OwnResponse, Responses } from './responses.js'

/** What stands for the server in recordings. */
const recordedBase = /http:\/\/localhost:8080(?![0-9])/g

/** What the id in a path names, and who may ask there: whoever sees it at all [own-answers]. */
const owners = {
  project: { parameter: 'groupId', parameters: { groupId }, role: projectReadOnly },
  organization: { parameter: 'orgId', parameters: { orgId }, role: organizationMember },
  none: { parameter: undefined, parameters: {}, role: anyone },
} as const

/** In the place of the negotiation, where an answer has no version: any date will do, and is the one served [own-answers-any-version]. */
const anyVersion: Step = {
  name: 'version',
  at: 'onRequest',
  make: () => (request) => {
    const date = askedDate(request.raw.headers.accept ?? '')
    if (date === undefined) throw errors.noAcceptableVersion.with({})
    request.version = { date, contentType: contentTypeOf(date), announcements: undefined, isGone: false }
  },
}

/** Has the body parsed where it is JSON, for faults that go by it; whatever else it is will do. */
const anyBody: Step = {
  name: 'body',
  at: 'preValidation',
  make: () => (request) => {
    const bytes = request.body as Buffer | undefined
    request.bodyAsSent = bytes
    request.body = parsed(bytes?.toString() ?? '')
  },
}

interface Dated extends ResourceVersion {
  readonly response: OwnResponse
}

/** The answers to one method and path, in their versions. */
interface Group {
  readonly method: string
  readonly pattern: PathPattern
  /** Oldest first; an answer in every version is the only one, and has the empty date. */
  readonly versions: readonly [Dated, ...Dated[]]
}

/** Serves answers of one's own, which pass what operations pass. */
export class StubRoutes implements Stubs {
  readonly #responses: Responses
  readonly #way: readonly Step[]
  readonly #context: AtlasContext
  #all: readonly OwnResponse[] = []
  #groups: readonly Group[] = []
  #routes = new Map<OwnResponse, StubRoute>()

  /** @param way that of a request to an operation */
  constructor(responses: Responses, way: readonly Step[], context: AtlasContext) {
    this.#responses = responses
    this.#way = way
    this.#context = context
  }

  methodsAt(segments: readonly string[]): string[] {
    return this.#at(segments).map(({ method }) => method)
  }

  find({ method, raw }: FastifyRequest, segments: readonly string[]): StubRoute | undefined {
    const wanted = method === 'HEAD' ? 'GET' : method
    const group = this.#at(segments).find((one) => one.method === wanted)
    if (!group) return undefined
    const { versions } = group
    // Where no version will do, that is for any of them to tell.
    const { response } = negotiate(raw.headers.accept ?? '', versions) ?? versions[0]
    return this.#route(group, response)
  }

  /** Those whose path fits, the most particular first. */
  #at(segments: readonly string[]): Group[] {
    if (this.#responses.all !== this.#all) {
      this.#all = this.#responses.all
      this.#groups = grouped(this.#all)
      this.#routes = new Map()
    }
    return this.#groups.filter(({ pattern }) => pattern.fits(segments))
  }

  #route(group: Group, response: OwnResponse): StubRoute {
    const known = this.#routes.get(response)
    if (known) return known
    const route = this.#makeRoute(group, response)
    this.#routes.set(response, route)
    return route
  }

  #makeRoute({ pattern, versions }: Group, response: OwnResponse): StubRoute {
    const { parameter, parameters, role } = owners[pattern.owner ?? 'none']
    const isPage = Array.isArray(record(response.bodies[0]).results)
    const operation: Operation = {
      ...stub,
      method: response.method as Operation['method'],
      path: response.path,
      resource: stub.operationId,
      versions,
      role,
      bucket: bucketSets.get(response.bucket ?? ''),
      parameters,
      thing: undefined,
      query: (isPage ? Paging : Flags) as TObject,
      body: undefined,
      conflicts: false,
      success: response.status,
      answer: Type.Unknown(),
      work: (request, reply) => this.#answer(response, isPage, request, reply),
    }
    const way = this.#way.map((step) => (step === versioning && response.version === undefined ? anyVersion : step))
    const { checksAt, changes } = stepsOf(operation, [anyBody, ...way], this.#context)
    return {
      params: ([, id]) => (parameter === undefined ? {} : { [parameter]: id as string }),
      checks: checksAt('onRequest'),
      preparations: [...checksAt('preValidation'), ...checksAt('preHandler')],
      answer: (request, reply) => operation.work(request, reply, this.#context),
      changes,
    }
  }

  #answer(response: OwnResponse, isPage: boolean, request: FastifyRequest, reply: FastifyReply): void {
    const { status, headers } = response
    const base = baseUrl(request, this.#context.publicUrl)
    const body = this.#responses.take(response, request.method !== 'HEAD' && !request.isFaulted)
    // A host of a client's own making must not end the string that it stands in.
    const json = body?.replace(recordedBase, () => JSON.stringify(base).slice(1, -1))
    reply.code(status)
    for (const [name, value] of Object.entries(headers))
      reply.header(
        name,
        value.replace(recordedBase, () => base),
      )
    if (status >= 400) {
      sendError(json, request, reply)
      return
    }
    const { envelope } = request.query as Flags
    // A page tells its status by itself.
    reply.send(isPage && envelope ? json?.replace(/\}$/, `,"status":${status}}`) : json)
  }
}

/** The most particular first. */
function grouped(responses: readonly OwnResponse[]): Group[] {
  const groups = new Map<string, Group>()
  for (const response of responses) {
    const { method, path, version: date = '' } = response
    const key = placeOf(response)
    const { versions = [], pattern = new PathPattern(path) } = groups.get(key) ?? {}
    const sorted = [...versions, { date, response }].sort((a, b) => a.date.localeCompare(b.date))
    groups.set(key, { method, pattern, versions: sorted as [Dated, ...Dated[]] })
  }
  return [...groups.values()].sort((a, b) => a.pattern.rank.localeCompare(b.pattern.rank))
}

/** Answers with an error: with its code as header, as those of Atlas have it [error-code-header]. */
function sendError(json: string | undefined, request: FastifyRequest, reply: FastifyReply): void {
  const { errorCode } = record(json)
  const body = represent(json, reply.statusCode, readFlags(request.raw.url as string))
  reply.headers(answerHeaders(request.method))
  if (typeof errorCode === 'string' && /^[!-~]+$/.test(errorCode)) reply.header('x-error-code', errorCode)
  if (body === undefined) reply.send()
  // Bytes, since Fastify adds a charset to the type of a JSON string.
  else reply.header('content-type', 'application/json').send(Buffer.from(body))
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** The object that the JSON holds; an empty one for all else. */
function record(json = ''): Readonly<Record<string, unknown>> {
  const value = parsed(json)
  return isRecord(value) ? value : {}
}
