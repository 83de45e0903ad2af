import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Faults } from '../faults/faults.js'
import { FaultRule } from '../faults/rule.js'
import { ArmedFaultState, FaultList } from './schemas.js'
import type { CommandRouteOptions } from './state.js'

/** Faults to meet requests with. */
export const faultRoutes: FastifyPluginAsyncTypebox<CommandRouteOptions & { faults: Faults }> = async (
  app,
  { commands, faults },
) => {
  app.get(
    '/faults',
    { schema: { operationId: 'listFaults', summary: 'List the faults that are armed', response: { 200: FaultList } } },
    async () => ({
      faults: faults.list(),
    }),
  )

  app.post(
    '/faults',
    {
      schema: { operationId: 'armFault', summary: 'Arm a fault', body: FaultRule, response: { 201: ArmedFaultState } },
    },
    async ({ body }, reply) => {
      const armed = commands.armFault(body)
      reply.code(201)
      return armed
    },
  )

  app.delete(
    '/faults',
    { schema: { operationId: 'disarmFaults', summary: 'Disarm all faults', response: { 204: Type.Null() } } },
    async (_request, reply) => {
      faults.disarmAll()
      reply.code(204)
    },
  )

  app.delete(
    '/faults/:id',
    {
      schema: {
        operationId: 'disarmFault',
        summary: 'Disarm a fault',
        params: Type.Object({ id: Type.String() }),
        response: { 204: Type.Null() },
      },
    },
    async ({ params }, reply) => {
      commands.disarmFault(params.id)
      reply.code(204)
    },
  )
}
