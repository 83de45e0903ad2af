import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { AtlasError } from '../atlas/errors/errors.js'
import { beforeSending } from '../atlas/route-hooks.js'
import { pathOf } from '../atlas/steps/query.js'
import { after } from '../values/timers.js'
import { breakAnswer, cutAnswer, malform } from './breakage.js'
import { faultError } from './fault-errors.js'
import type { FaultAction, Faults } from './faults.js'
import { faultHeader, faultName, parseFaultHeader } from './names.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** What faults still do to the answer, once the work is done. */
    faultsToCome: FaultAction[] | undefined
  }
}

/** How many requests may be kept waiting that nobody waits for. */
const mostAbandoned = 256

export interface FaultInjectionOptions {
  readonly faults: Faults
  /** Whether a request may ask for faults itself. */
  readonly onRequest: boolean
  /** Told of a request that gets no answer at all. */
  readonly onBroken: (request: FastifyRequest, reply: FastifyReply) => void
}

/**
 * Lets faults strike the requests of every route that is declared after it. A fault takes the place of what Atlas would
 * do for a request that nothing is wrong with, so it comes once all is checked, credentials and body included.
 */
export const faultInjection = fp(
  async (app: FastifyInstance, { faults, onRequest, onBroken }: FaultInjectionOptions) => {
    app.decorateRequest('faultsToCome')
    const waits = new Set<() => void>()
    /** Those whose clients have gone, or at least have no more to say; the oldest first. */
    const abandoned = new Set<() => void>()
    let isStopping = false

    /** Acts once the client has ended the connection, or its side of it. */
    const onGone = ({ raw }: FastifyReply, act: () => void) => {
      if (raw.closed || raw.req.socket.readableEnded) return act()
      raw.once('close', act)
      raw.req.socket.once('end', act)
    }
    const offGone = ({ raw }: FastifyReply, act: () => void) => {
      raw.off('close', act)
      raw.req.socket.off('end', act)
    }

    /** Goes on after so many milliseconds, when the server stops, or when too many others have been abandoned since. */
    const wait = (milliseconds: number, reply: FastifyReply, goOn: () => void) => {
      if (isStopping) return goOn()
      const end = () => {
        callOff()
        offGone(reply, abandon)
        waits.delete(end)
        abandoned.delete(end)
        goOn()
      }
      const callOff = after(milliseconds, end)
      const abandon = () => {
        abandoned.add(end)
        const [oldest] = abandoned as Set<() => void> & [() => void]
        if (abandoned.size > mostAbandoned) oldest()
      }
      waits.add(end)
      onGone(reply, abandon)
    }
    app.addHook('preClose', (done) => {
      isStopping = true
      for (const end of [...waits]) end()
      done()
    })

    const hang = (reply: FastifyReply) => {
      const giveUp = () => reply.raw.destroy()
      if (isStopping || reply.raw.closed) return giveUp()
      waits.add(giveUp)
      onGone(reply, giveUp)
      reply.raw.once('close', () => waits.delete(giveUp))
    }

    const actionsFor = (
      request: FastifyRequest,
      operationId: string,
      asked: string | string[] | undefined,
    ): FaultAction[] => {
      if (asked !== undefined) {
        const actions = parseFaultHeader([asked].flat().join(','))
        if (typeof actions === 'string') {
          const detail = `The header X-Emulator-Fault names no fault: ${actions}`
          throw new AtlasError(400, 'VALIDATION_ERROR', detail, [], { headers: { [faultHeader]: 'invalid' } })
        }
        return actions
      }
      return faults.strike({
        operationId,
        method: request.method,
        path: pathOf(request.raw.url as string),
        projectId: request.project?.id,
        credentialId: request.credential?.id,
        body: request.body,
      })
    }

    /** Does what comes before the work. */
    const begin = (actions: FaultAction[], request: FastifyRequest, reply: FastifyReply, done: (e?: Error) => void) => {
      const [action, ...rest] = actions
      if (!action) return done()
      if ('errorCode' in action) return done(faultError(action, request))
      if ('delay' in action && action.delayed === 'before') {
        return wait(action.delay, reply, () => begin(rest, request, reply, done))
      }
      if ('break' in action && (action.break === 'reset' || action.break === 'hang')) {
        onBroken(request, reply)
        return action.break === 'hang' ? hang(reply) : breakAnswer(request, reply)
      }
      request.faultsToCome = [...(request.faultsToCome ?? []), action]
      begin(rest, request, reply, done)
    }

    /** Does what comes after the work. */
    const finish: onSendHookHandler = (request, reply, payload, done) => {
      const [action, ...rest] = request.faultsToCome ?? []
      if (!action) return done(null, payload)
      request.faultsToCome = rest
      if ('delay' in action) return wait(action.delay, reply, () => finish.call(app, request, reply, payload, done))
      const { break: breakage, bytes, of } = action as Extract<FaultAction, { break: string }>
      if (breakage === 'drop') {
        onBroken(request, reply)
        return breakAnswer(request, reply)
      }
      if (breakage === 'close') cutAnswer(request, reply.raw, bytes, of)
      done(null, breakage === 'malformed-json' ? malform(reply, payload) : payload)
    }
    app.addHook('onRoute', (route) => {
      const operationId = route.schema?.operationId as string
      route.preHandler = (request, reply, done) => {
        const asked = onRequest ? request.raw.headers[faultHeader] : undefined
        if (asked === undefined && faults.isEmpty) return done()
        const actions = actionsFor(request, operationId, asked)
        if (actions.length === 0) return done()
        reply.header(faultHeader, actions.map(faultName).join(', '))
        begin(actions, request, reply, done)
      }
      beforeSending(route, finish)
    })
  },
  { name: 'faultInjection' },
)
