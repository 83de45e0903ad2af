import type { FastifyReply, FastifyRequest } from 'fastify'
import { AtlasError } from '../atlas/errors/errors.js'
import type { AtlasContext, ServedOperation, Step } from '../atlas/operation.js'
import { organizationOf } from '../atlas/organization-of.js'
import { after } from '../values/timers.js'
import { pathOf } from '../values/url.js'
import { breakAnswer, cutAnswer, malform } from './breakage.js'
import type { FaultAction, Faults } from './faults.js'
import { faultHeader, faultName, parseFaultHeader } from './names.js'
import { faultError } from './texts.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** What faults still do to the answer, once the work is done. */
    faultsToCome: FaultAction[] | undefined
  }
}

/** How many requests may be kept waiting that nobody waits for. */
export const mostAbandoned = 256

export interface FaultInjectionOptions {
  readonly faults: Faults
  /** Whether a request may ask for faults itself. */
  readonly onRequest: boolean
  /** Told of a request that gets no answer at all. */
  readonly onBroken: (request: FastifyRequest, reply: FastifyReply) => void
}

/**
 * The answer of a request that gets none. Each has a promise of its own: one for all would hold every request that ever waited
 * for it.
 */
const never = () => new Promise<never>(() => {})

/**
 * Lets faults strike requests. A fault takes the place of what Atlas would do for a request that nothing is wrong with, so
 * it comes once all is checked, credentials and body included.
 */
export class FaultInjection {
  readonly #options: FaultInjectionOptions
  /** What ends each wait. */
  readonly #waits = new Set<() => void>()
  /** The waits whose clients have gone, or at least have no more to say; the oldest first. */
  readonly #abandoned = new Set<() => void>()
  #isStopping = false

  constructor(options: FaultInjectionOptions) {
    this.#options = options
  }

  /** What a request passes: faults before the work, then faults on the answer. */
  get steps(): readonly Step<ServedOperation>[] {
    return [
      {
        // Told before a client that waits for 100 Continue sends its body; RFC 9110, 10.1.1.
        name: 'names of faults',
        at: 'onRequest',
        make: (operation) => {
          const takesBody = !('method' in operation) || !['GET', 'DELETE'].includes(operation.method as string)
          if (!takesBody || !this.#options.onRequest) return undefined
          return ({ raw: { headers } }) => {
            const asked = headers[faultHeader]
            if (asked !== undefined) actionsAsked(asked, operation.operationId)
          }
        },
      },
      {
        name: 'faults before the work',
        at: 'preHandler',
        make: ({ operationId }, context) => {
          const { faults, onRequest } = this.#options
          return (request, reply) => {
            const asked = onRequest ? request.raw.headers[faultHeader] : undefined
            if (asked === undefined && faults.isEmpty) return
            const actions = this.#actionsFor(request, operationId, asked, context)
            if (actions.length === 0) return
            request.isFaulted = true
            reply.header(faultHeader, actions.map(faultName).join(', '))
            return this.#begin(actions, request, reply)
          }
        },
      },
      {
        name: 'faults on the answer',
        at: 'onSend',
        make: () => (request, reply, payload) =>
          request.faultsToCome ? this.#finish(request.faultsToCome, request, reply, payload) : payload,
      },
    ]
  }

  /** Ends every wait, so that the server can stop. */
  stop(): void {
    this.#isStopping = true
    for (const end of [...this.#waits]) end()
  }

  #actionsFor(
    request: FastifyRequest,
    operationId: string,
    asked: string | string[] | undefined,
    { world }: AtlasContext,
  ): FaultAction[] {
    if (asked !== undefined) return actionsAsked(asked, operationId)
    return this.#options.faults.strike({
      operationId,
      method: request.method,
      path: pathOf(request.raw.url as string),
      projectId: request.project?.id,
      organizationId: organizationOf(request, world),
      credentialId: request.credential?.id,
      body: request.body,
    })
  }

  /** Does what comes before the work. */
  async #begin(actions: readonly FaultAction[], request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const toCome: FaultAction[] = []
    for (const action of actions) {
      if ('errorCode' in action) {
        request.faultsToCome = toCome
        throw faultError(action, request)
      }
      if ('delay' in action && action.delayed === 'before') {
        await this.#wait(action.delay, reply)
      } else if ('break' in action && (action.break === 'reset' || action.break === 'hang')) {
        this.#options.onBroken(request, reply)
        if (action.break === 'hang') this.#hang(reply)
        else breakAnswer(request, reply)
        return never()
      } else {
        toCome.push(action)
      }
    }
    request.faultsToCome = toCome
  }

  /** Does what comes after the work. */
  async #finish(
    actions: readonly FaultAction[],
    request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
  ): Promise<unknown> {
    request.faultsToCome = undefined
    let changed = payload
    for (const action of actions) {
      if ('delay' in action) {
        await this.#wait(action.delay, reply)
        continue
      }
      const { break: breakage, bytes, of } = action as Extract<FaultAction, { break: string }>
      if (breakage === 'drop') {
        this.#options.onBroken(request, reply)
        breakAnswer(request, reply)
        return never()
      }
      if (breakage === 'close') cutAnswer(request, reply.raw, bytes, of)
      if (breakage === 'malformed-json') changed = malform(reply, changed)
    }
    return changed
  }

  /** Ends after so many milliseconds, when the server stops, or when too many others have been abandoned since. */
  #wait(milliseconds: number, reply: FastifyReply): Promise<void> {
    if (this.#isStopping) return Promise.resolve()
    return new Promise((resolve) => {
      const abandon = () => {
        this.#abandoned.add(end)
        const [oldest] = this.#abandoned as Set<() => void> & [() => void]
        if (this.#abandoned.size > mostAbandoned) oldest()
      }
      const end = () => {
        callOff()
        offGone(reply, abandon)
        this.#waits.delete(end)
        this.#abandoned.delete(end)
        resolve()
      }
      const callOff = after(milliseconds, end)
      this.#waits.add(end)
      onGone(reply, abandon)
    })
  }

  /** Leaves the request without an answer until its client goes, or the server stops. */
  #hang(reply: FastifyReply): void {
    const giveUp = () => reply.raw.destroy()
    if (this.#isStopping || reply.raw.closed) {
      giveUp()
      return
    }
    this.#waits.add(giveUp)
    onGone(reply, giveUp)
    reply.raw.once('close', () => this.#waits.delete(giveUp))
  }
}

/**
 * The faults that a request asks for in its header.
 * @throws {AtlasError} 400 where the header names none
 */
function actionsAsked(asked: string | string[], operationId: string): FaultAction[] {
  const actions = parseFaultHeader([asked].flat().join(','), operationId)
  if (typeof actions !== 'string') return actions
  const detail = `The header X-Emulator-Fault names no fault: ${actions}`
  throw new AtlasError(400, 'VALIDATION_ERROR', detail, [], { headers: { [faultHeader]: 'invalid' } })
}

/** Acts once the client has ended the connection, or its side of it. */
function onGone({ raw }: FastifyReply, act: () => void): void {
  if (raw.closed || raw.req.socket.readableEnded) {
    act()
    return
  }
  raw.once('close', act)
  raw.req.socket.once('end', act)
}

function offGone({ raw }: FastifyReply, act: () => void): void {
  raw.off('close', act)
  raw.req.socket.off('end', act)
}
