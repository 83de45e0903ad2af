import type { FastifyPluginAsync } from 'fastify'
import { replyWithError } from '../atlas/errors/reply.js'
import { type Guard, refusalOf } from '../control/guard.js'
import { refusePage, wantsPage } from '../control/refused-page.js'

/** Shows a browser that goes to the emulator's own URL to the page; for all others, Atlas has nothing there. */
export const frontDoor: FastifyPluginAsync<{ readonly guard: Guard }> = async (app, { guard }) => {
  // What Node cannot read of a request for this path is told as for every other path.
  app.setErrorHandler(replyWithError)
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
