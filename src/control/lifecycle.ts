import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { LifecycleCommand, LifecycleState, MoveCommand, MovedEndpoint } from './schemas.js'
import type { CommandRouteOptions } from './state.js'

/** What becomes of private endpoints: of new ones by a plan, of existing ones by a command. */
export const lifecycleRoutes: FastifyPluginAsyncTypebox<CommandRouteOptions> = async (app, { commands }) => {
  app.get(
    '/lifecycle',
    {
      schema: {
        operationId: 'getLifecycle',
        summary: 'Tell what becomes of new endpoints',
        response: { 200: LifecycleState },
      },
    },
    async () => commands.lifecycle(),
  )

  app.put(
    '/lifecycle',
    {
      schema: {
        operationId: 'setLifecycle',
        summary: 'Set what becomes of new endpoints',
        body: LifecycleCommand,
        response: { 200: LifecycleState },
      },
    },
    async ({ body }) => commands.setLifecycle(body),
  )

  app.patch(
    '/privateEndpoints/:id',
    {
      schema: {
        operationId: 'movePrivateEndpoint',
        summary: 'Move an endpoint to another status',
        params: Type.Object({ id: Type.String() }),
        body: MoveCommand,
        response: { 200: MovedEndpoint },
      },
    },
    async ({ params, body }) => commands.movePrivateEndpoint(params.id, body),
  )
}
