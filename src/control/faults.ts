import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { ArmedFaultState, FaultRule, faultMistakes, Match, mostFaults } from '../faults/rule.js'
import { Entry } from '../values/schema.js'
import type { SubjectOptions } from './context.js'
import { ControlError, invalidBody } from './problems.js'

export const FaultList = Type.Object({
  faults: Type.Array(ArmedFaultState, { description: 'In the order in which a request meets them' }),
})

/** Which faults; all of it must fit. */
export const FaultFilter = Entry('What a fault must be like', {
  operationId: Match.properties.operationId,
  project: Match.properties.project,
  organization: Match.properties.organization,
  errorCode: FaultRule.properties.errorCode,
})
export type FaultFilter = Static<typeof FaultFilter>

function fits(
  { match = {}, ...rule }: ArmedFaultState,
  { operationId, project, organization, errorCode }: FaultFilter,
): boolean {
  return (
    (organization === undefined || match.organization === organization) &&
    (operationId === undefined || match.operationId === operationId) &&
    (project === undefined || match.project === project) &&
    (errorCode === undefined || rule.errorCode === errorCode)
  )
}

/** Faults to meet requests with. */
export const faultRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context }) => {
  const { faults, clock, newFaultId, store } = context

  app.get(
    '/faults',
    {
      schema: {
        operationId: 'listFaults',
        summary: 'List the faults that are armed',
        querystring: FaultFilter,
        response: { 200: FaultList },
      },
    },
    async ({ query }) => ({ faults: faults.list().filter((fault) => fits(fault, query)) }),
  )

  app.post(
    '/faults',
    {
      schema: { operationId: 'armFault', summary: 'Arm a fault', body: FaultRule, response: { 201: ArmedFaultState } },
    },
    async ({ body: { id, ...rule } }, reply) => {
      const mistakes = faultMistakes(rule, '')
      if (mistakes.length > 0) throw invalidBody(mistakes)
      if (faults.count >= mostFaults) {
        throw new ControlError(409, `There are ${mostFaults} faults armed already; disarm some first.`)
      }
      const own = id ?? newFaultId(clock.now(), (made) => faults.has(made))
      if (!faults.arm(own, rule)) {
        throw new ControlError(409, `A fault with the id ${own} is armed already.`, [
          { detail: 'allowed: an id of its own, or none', pointer: '/id' },
        ])
      }
      reply.code(201)
      return faults.list().at(-1) as ArmedFaultState
    },
  )

  app.delete(
    '/faults',
    {
      schema: {
        operationId: 'disarmFaults',
        summary: 'Disarm all faults, or those that fit where the query says which',
        querystring: FaultFilter,
        response: { 204: Type.Null() },
      },
    },
    async ({ query }, reply) => {
      const fitting = faults.list().filter((fault) => fits(fault, query))
      store.transaction(() => faults.disarm(fitting.map(({ id }) => id)))
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
      if (faults.disarm([params.id]) === 0) throw new ControlError(404, `No fault with the id ${params.id} is armed.`)
      reply.code(204)
    },
  )
}
