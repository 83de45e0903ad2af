import type { FastifyInstance, FastifyPluginAsync, FastifyRequest, RouteOptions } from 'fastify'
import { DatabaseError, explainDatabaseFailure } from '../store/database.js'
import { explainViolations, type Mistake, show } from '../values/mistakes.js'
import type { Violation } from '../values/schema.js'
import { pathOf, queryParameters } from '../values/url.js'
import { announcesBody, bodyMethods, readBodies, refuseBody } from './body.js'
import { clockRoutes } from './clock.js'
import type { ControlContext, SubjectOptions } from './context.js'
import { descriptionRoutes } from './description.js'
import { eventRoutes } from './events.js'
import { faultRoutes } from './faults.js'
import { fidelityRoutes } from './fidelity.js'
import { checkAccess, type Guard } from './guard.js'
import { healthRoutes } from './health.js'
import { lifecycleRoutes } from './lifecycle.js'
import { metricRoutes } from './metrics.js'
import { controlPrefix } from './paths.js'
import { ControlError, controlHeaders, invalidBody, invalidParameter, replyWithProblem } from './problems.js'
import { refusePage, wantsPage } from './refused-page.js'
import { requestRoutes } from './requests.js'
import { responseRoutes } from './responses.js'
import { snapshotRoutes } from './snapshots.js'
import { stateRoutes } from './state.js'
import { tenantRoutes } from './tenants.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How the route is described, where it checks or writes by itself what a schema would else say. */
    described?: FastifySchema
    /** Whether a body that the schema has may be left out. */
    isBodyOptional?: boolean
    /**
     * Throws, or rejects with, the `ControlError` for parameters that name what is not there, or what the route can do
     * nothing with. Asked before a body is read; the route looks by itself, since all may be otherwise by then.
     */
    checkNamed?: (params: never, query: never) => unknown
    /** Whether anybody may ask, whom the guard would refuse. */
    isPublic?: boolean
    /** Whether it is a part of the page that people look at. */
    isPage?: boolean
  }
}

export interface ControlOptions extends SubjectOptions {
  readonly guard: Guard
  /** What people look at, under `/console`. */
  readonly page: FastifyPluginAsync<PageOptions>
}

export interface PageOptions extends SubjectOptions {
  readonly guard: Guard
}

/**
 * The control API: what Atlas does not have. It shares nothing with the Atlas API but the connection: its checks, errors
 * and unknown paths are its own, as the app is that it is declared on.
 */
export async function control(app: FastifyInstance, options: ControlOptions): Promise<void> {
  const { context, server, guard, page } = options
  const routes: RouteOptions[] = []
  const paths = new Map<string, string[]>()
  app.addHook('onRoute', (route) => {
    const { url, method } = route
    routes.push(route)
    paths.set(url, [...(paths.get(url) ?? []), ...[method].flat()].sort())
  })
  answerInItsWords(app, context)

  const refuse = (request: FastifyRequest) => {
    throw unroutable(request, paths)
  }
  app.addHook('onRequest', (request, _reply, done) => {
    const { config } = request.routeOptions
    // The page holds no secret, and has no token before it has asked for one.
    const isOpen = config.isPublic || (config.isPage && guard.token !== undefined)
    if (!isOpen) checkAccess(request, guard)
    if (request.is404) refuse(request)
    done()
  })
  app.setNotFoundHandler(refuse)

  readBodies(app)
  // Parameters have been checked by then.
  app.setSchemaErrorFormatter((violations) => invalidBody(explainViolations(violations as Violation[])))
  app.get('/', { config: { isPage: true } }, async (request, reply) => {
    if (wantsPage(request)) {
      return reply.redirect(pathOf(request.raw.url as string).endsWith('/') ? 'console' : '_emulator/console')
    }
    checkAccess(request, guard)
    return { operations: [...paths].flatMap(([path, methods]) => methods.map((method) => `${method} ${path}`)).sort() }
  })
  const subjects = [
    ...[stateRoutes, snapshotRoutes, clockRoutes, lifecycleRoutes, faultRoutes, responseRoutes, requestRoutes],
    ...[tenantRoutes, eventRoutes, metricRoutes, fidelityRoutes],
  ]
  for (const subject of subjects) app.register(subject, { context, server })
  app.register(healthRoutes, { context, guard })
  app.register(page, { context, server, guard })
  app.register(descriptionRoutes, { context, routes })
}

/** What is left of the control API while it is off: health, for those that may know no more than that. */
export async function healthAlone(app: FastifyInstance, { context }: Pick<ControlOptions, 'context'>): Promise<void> {
  answerInItsWords(app, context)
  app.register(healthRoutes, { context, guard: undefined })
}

/** Headers, JSON and errors as the control API has them; whatever is asked with what nobody knows is refused. */
function answerInItsWords(app: FastifyInstance, context: ControlContext): void {
  // What the head alone decides is told before a client that waits for 100 Continue sends its body; RFC 9110, 10.1.1.
  app.addHook('preParsing', async (request) => {
    request.query = readQuery(request.raw.url as string)
    checkParameters(request)
    const { params, query, raw, routeOptions } = request
    if (announcesBody(raw)) await routeOptions.config.checkNamed?.(params as never, query as never)
  })
  app.addHook('preValidation', refuseUnknown)
  app.addHook('onSend', (_request, reply, payload, done) => {
    app.depart(reply)
    reply.headers(controlHeaders)
    done(null, payload)
  })
  app.setErrorHandler((error: Error, request, reply) => {
    const explained = explainDatabaseFailure(context.db, error)
    const told = explained instanceof DatabaseError ? new ControlError(500, explained.message) : error
    if (told instanceof ControlError && told.status === 403 && wantsPage(request)) return refusePage(told, reply)
    if (!replyWithProblem(told, request, reply)) request.log.error(error)
  })
  // Answers are what the routes return.
  app.setSerializerCompiler(() => (answer) => `${JSON.stringify(answer)}\n`)
}

/** The query's parameters, each of which may be given once. */
function readQuery(url: string): Record<string, string> {
  const query = new Map<string, string>()
  for (const { name, value } of queryParameters(url)) {
    if (query.has(name)) throw invalidParameter(name, 'found it more than once; allowed: once')
    query.set(name, value)
  }
  return Object.fromEntries(query)
}

/**
 * Checks the parameters of the path and of the query. A route without a schema for its query takes none: a filter that is
 * not known must not have everything deleted.
 * @throws {ControlError}
 */
function checkParameters(request: FastifyRequest): void {
  const { params, query, routeOptions } = request
  const [parameter] = Object.keys(query as object)
  if (!routeOptions.schema?.querystring && parameter !== undefined) {
    throw invalidParameter(parameter, 'found a parameter that is not known here; allowed: none')
  }
  for (const [part, value] of [
    ['params', params],
    ['querystring', query],
  ] as const) {
    const fits = request.getValidationFunction(part)
    if (fits?.(value) === false) throw explainParameter(fits.errors as Violation[])
  }
}

/** What is wrong with a parameter of the path or the query. */
function explainParameter(violations: readonly Violation[]): ControlError {
  const [first] = violations as [Violation]
  const [{ pointer, text }] = explainViolations([first]) as [Mistake]
  return invalidParameter(first.params.additionalProperty ?? pointer.slice(1), text)
}

/**
 * Refuses what a route without a schema for its body is sent in it. Routes with a schema refuse it by that.
 * @throws {ControlError}
 */
async function refuseUnknown({ raw, body, routeOptions }: FastifyRequest): Promise<void> {
  const { schema, config, method } = routeOptions
  if (schema?.body || config.described?.body) return
  if (!bodyMethods.includes([method].flat()[0] as string)) return refuseBody(raw)
  const [attribute] = typeof body === 'object' && body !== null ? Object.keys(body) : []
  if (attribute !== undefined) {
    throw invalidBody([{ pointer: '', text: `found the unknown property ${show(attribute)}; allowed: none` }])
  }
  const isEmpty = body === undefined || (typeof body === 'object' && body !== null && !Array.isArray(body))
  if (!isEmpty) throw invalidBody([{ pointer: '', text: `found ${show(body)}; allowed: no body, or {}` }])
}

/** One trailing slash is the same path. */
function segmentsOf(path: string): string[] {
  return path.replace(/\/$/, '').split('/')
}

/** A path that does not exist, or one that does with other methods. */
function unroutable(request: FastifyRequest, paths: ReadonlyMap<string, readonly string[]>): ControlError {
  const path = pathOf(request.raw.url as string)
  const segments = segmentsOf(path)
  const fits = (url: string) => {
    const parts = segmentsOf(url)
    return parts.length === segments.length && parts.every((part, i) => part.startsWith(':') || part === segments[i])
  }
  const [, allowed] = [...paths].find(([url]) => fits(url)) ?? []
  if (!allowed) return new ControlError(404, `There is no ${path}. See ${controlPrefix}/ for what there is.`)
  const allow = allowed.join(', ')
  return new ControlError(405, `${path} takes ${allow}, not ${request.method}.`, [], { allow })
}
