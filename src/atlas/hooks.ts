import { types } from 'node:util'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { AtlasContext, Change, Check, Moment, ServedOperation, Step } from './operation.js'

/** The steps that an operation needs, made for it. */
export interface MadeSteps {
  readonly checksAt: (moment: Exclude<Moment, 'onSend'>) => readonly Check[]
  readonly changes: readonly Change[]
}

export function stepsOf<For extends ServedOperation>(
  operation: For,
  way: readonly Step<For>[],
  context: AtlasContext,
): MadeSteps {
  const made = way.map((step) => ({ at: step.at, take: step.make(operation, context) }))
  const stepsAt = (moment: Moment) => made.flatMap(({ at, take }) => (at === moment && take ? [take] : []))
  return { checksAt: (moment) => stepsAt(moment) as Check[], changes: stepsAt('onSend') as Change[] }
}

/**
 * The steps of an operation as Fastify's hooks of its route: one before the body is read, one behind that where there is a body,
 * and one on the answer, since Fastify takes longer from one hook to the next than most steps take.
 */
export function hooksOf<For extends ServedOperation>(
  operation: For,
  way: readonly Step<For>[],
  context: AtlasContext,
): Pick<RouteOptions, 'onRequest' | 'preValidation' | 'onSend'> {
  const { checksAt, changes } = stepsOf(operation, way, context)
  const hookOf = (checks: readonly Check[]) => (request: FastifyRequest, reply: FastifyReply, done: Done) =>
    pass(checks, 0, request, reply, done)
  const [atHead, parsing, beforeWork] = [checksAt('onRequest'), checksAt('preValidation'), checksAt('preHandler')]
  const hasBody = parsing.length > 0
  return {
    onRequest: hookOf(hasBody ? atHead : [...atHead, ...beforeWork]),
    ...(hasBody && { preValidation: hookOf([...parsing, ...beforeWork]) }),
    onSend: (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Sent) =>
      change(changes, 0, request, reply, payload, done),
  }
}

export type Done = (error?: Error) => void
export type Sent = (error: Error | null, payload?: unknown) => void

/** Takes the checks one after the other from the `from`-th on; one that has to wait is waited for. */
export function pass(
  checks: readonly Check[],
  from: number,
  request: FastifyRequest,
  reply: FastifyReply,
  done: Done,
): void {
  for (let i = from; i < checks.length; i += 1) {
    const waiting = (checks[i] as Check)(request, reply)
    if (waiting) {
      waiting.then(() => pass(checks, i + 1, request, reply, done)).catch(done)
      return
    }
  }
  done()
}

/** The same with what is done to an answer. */
export function change(
  changes: readonly Change[],
  from: number,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: Sent,
): void {
  let changed = payload
  for (let i = from; i < changes.length; i += 1) {
    changed = (changes[i] as Change)(request, reply, changed)
    // Not `instanceof Promise`: where a test runner has a `Promise` of its own, those that Node's modules make are none.
    if (typeof changed === 'object' && types.isPromise(changed)) {
      changed.then((settled) => change(changes, i + 1, request, reply, settled, done)).catch(done)
      return
    }
  }
  done(null, changed)
}
