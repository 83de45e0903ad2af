import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import {
  mostResponses,
  normalPath,
  ResponseEntry,
  ResponseState,
  responseMistakes,
  SentResponse,
  secondAnswer,
} from '../responses/response.js'
import { Entry } from '../values/schema.js'
import type { SubjectOptions } from './context.js'
import { ControlError, invalidBody } from './problems.js'

const ResponseList = Type.Object({
  responses: Type.Array(ResponseState, { description: 'In the order in which they were added' }),
})

/** Which answers; all of it must fit. */
const ResponseFilter = Entry('What an answer must be like', {
  method: Type.Optional(ResponseEntry.properties.method),
  path: Type.Optional(ResponseEntry.properties.path),
})
export type ResponseFilter = Static<typeof ResponseFilter>

function fits(response: ResponseState, { method, path }: ResponseFilter): boolean {
  return (method ?? response.method) === response.method && (path === undefined || normalPath(path) === response.path)
}

/** Answers of one's own, to methods and paths that no operation has. */
export const responseRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context }) => {
  const { responses, clock, newResponseId, store } = context

  app.get(
    '/responses',
    {
      schema: {
        operationId: 'listResponses',
        summary: 'List the answers of one’s own',
        querystring: ResponseFilter,
        response: { 200: ResponseList },
      },
    },
    async ({ query }) => ({ responses: responses.list().filter((response) => fits(response, query)) }),
  )

  app.post(
    '/responses',
    {
      config: { described: { body: SentResponse } },
      schema: {
        operationId: 'addResponse',
        summary: 'Add an answer to a method and path that no operation has',
        body: ResponseEntry,
        response: { 201: ResponseState },
      },
    },
    async ({ body: entry }, reply) => {
      const mistakes = responseMistakes(entry, '')
      if (mistakes.length > 0) throw invalidBody(mistakes)
      if (responses.all.length >= mostResponses) {
        throw new ControlError(409, `There are ${mostResponses} answers already; remove some first.`)
      }
      const other = responses.inPlaceOf(entry)
      if (other) {
        throw new ControlError(409, `There is an answer to this already, with the id ${other.id}; remove it first.`, [
          { detail: secondAnswer(entry), pointer: '/path' },
        ])
      }
      const id = entry.id ?? newResponseId(clock.now(), (made) => responses.has(made))
      if (!responses.add(id, entry)) {
        throw new ControlError(409, `An answer has the id ${id} already.`, [
          { detail: 'allowed: an id of its own, or none', pointer: '/id' },
        ])
      }
      reply.code(201)
      return responses.list().at(-1) as ResponseState
    },
  )

  app.delete(
    '/responses',
    {
      schema: {
        operationId: 'removeResponses',
        summary: 'Remove all answers, or those that fit where the query says which',
        querystring: ResponseFilter,
        response: { 204: Type.Null() },
      },
    },
    async ({ query }, reply) => {
      const fitting = responses.list().filter((response) => fits(response, query))
      store.transaction(() => responses.remove(fitting.map(({ id }) => id)))
      reply.code(204)
    },
  )

  app.delete(
    '/responses/:id',
    {
      schema: {
        operationId: 'removeResponse',
        summary: 'Remove an answer',
        params: Type.Object({ id: Type.String() }),
        response: { 204: Type.Null() },
      },
    },
    async ({ params }, reply) => {
      if (responses.remove([params.id]) === 0) throw new ControlError(404, `No answer has the id ${params.id}.`)
      reply.code(204)
    },
  )
}
