import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ClockCommand, ClockState } from './schemas.js'
import type { CommandRouteOptions } from './state.js'

/** What time it is. */
export const clockRoutes: FastifyPluginAsyncTypebox<CommandRouteOptions> = async (app, { commands }) => {
  app.get(
    '/clock',
    { schema: { operationId: 'getClock', summary: 'Tell the time', response: { 200: ClockState } } },
    async () => commands.clock(),
  )

  app.post(
    '/clock',
    {
      schema: {
        operationId: 'setClock',
        summary: 'Advance, freeze or resume the clock',
        body: ClockCommand,
        response: { 200: ClockState },
      },
    },
    async ({ body }) => commands.setClock(body),
  )
}
