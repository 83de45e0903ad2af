import type { FastifyPluginAsync } from 'fastify'
import { replyWithError } from '../atlas/errors/reply.js'
import { change } from '../atlas/hooks.js'
import type { Change } from '../atlas/operation.js'
import { type Guard, refusalOf } from '../control/guard.js'
import { refusePage, wantsPage } from '../control/refused-page.js'

interface FrontDoorOptions {
  readonly guard: Guard
  /** What is done to answers to what no operation takes. */
  readonly unknownChanges: readonly Change[]
}

/** Shows a browser that goes to the emulator's own URL to the page; for all others, Atlas has nothing there. */
export const frontDoor: FastifyPluginAsync<FrontDoorOptions> = async (app, { guard, unknownChanges }) => {
  // What Node cannot read of a request for this path is told as for every other path.
  app.setErrorHandler(replyWithError)
  app.addHook('onSend', (request, reply, payload, done) => {
    // What has been handed on as not found is still sent by the hooks of this route.
    if (request.is404) return change(unknownChanges, 0, request, reply, payload, done)
    app.depart(reply)
    done(null, payload)
  })
  app.get('/', async (request, reply) => {
    if (!wantsPage(request)) {
      reply.callNotFound()
      return reply
    }
    const refusal = guard.token === undefined ? refusalOf(request, guard) : undefined
    if (refusal) return refusePage(refusal, reply)
    return reply.redirect('_emulator/console')
  })
}
