import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { JournalEntry, JournalPage, RequestFilter } from '../journal/entry.js'
import { Archive, harEnd, harStart, toHarEntry } from '../journal/har.js'
import type { Exchange } from '../journal/journal.js'
import { type Found, find, type Search, searchFor } from '../journal/search.js'
import type { Teller } from '../journal/teller.js'
import { Entry, StringEnum } from '../values/schema.js'
import { parseMoment } from '../values/time.js'
import type { SubjectOptions } from './context.js'
import { EventStream, Followers, lastEventId } from './following.js'
import { sendPieces } from './pieces.js'
import { ControlError, invalidParameter } from './problems.js'

const RequestQuery = Entry('What a request must be like, and how many to tell', {
  ...RequestFilter.properties,
  limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,6}$', description: 'How many to tell, the latest ones' })),
  count: Type.Optional(StringEnum(['true', 'false'], { description: 'true for the number alone' })),
  format: Type.Optional(
    StringEnum(['json', 'har'], { description: 'har for an HTTP Archive 1.2, which browsers and proxies open' }),
  ),
})

/** @throws {ControlError} for a moment that does not exist */
function checkedSearch(filter: RequestFilter): Search {
  for (const name of ['since', 'until'] as const) {
    const moment = filter[name]
    if (moment !== undefined && parseMoment(moment) === undefined) {
      throw invalidParameter(name, 'allowed: a date and time that exist')
    }
  }
  return searchFor(filter)
}

/** Entries of the journal as a list in JSON, one after the other, between a start and an end. */
function* listOf(
  start: string,
  told: readonly Found[],
  tell: (found: Found) => object,
  end: string,
): Generator<string> {
  yield start
  let before = ''
  for (const found of told) {
    yield `${before}${JSON.stringify(tell(found))}`
    before = ','
  }
  yield end
}

/** The journal of requests to the Atlas API. */
export const requestRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context, server }) => {
  const { journal } = context
  if (!journal) {
    const refuse = async () => {
      throw new ControlError(409, 'The journal is off; start the emulator without --journal off.')
    }
    // Before what was sent is looked at: it may be right for a journal that is on.
    for (const url of ['/requests', '/requests/*']) app.all(url, { onRequest: refuse }, refuse)
    return
  }

  const teller = context.teller as Teller

  /** The last entry that was told, since those who follow are told the same one after the other. */
  let latest: { readonly entry: JournalEntry; readonly text: string } | undefined
  const tellOf = (id: number, exchange: Exchange) => {
    if (latest?.entry.id !== id) {
      const entry = teller.tell(id, exchange)
      latest = { entry, text: `id: ${id}\nevent: request\ndata: ${JSON.stringify(entry)}\n\n` }
    }
    return latest
  }
  const followers = new Followers(app)

  app.get(
    '/requests',
    {
      config: { described: { response: { 200: Type.Union([JournalPage, Archive]) } } },
      schema: {
        operationId: 'findRequests',
        summary: 'Find requests in the journal',
        querystring: RequestQuery,
        response: { 200: JournalPage },
      },
    },
    async (request, reply) => {
      const { limit, count, format, ...filter } = request.query
      if (count === 'true' && format === 'har')
        throw invalidParameter('count', 'found beside format=har; allowed: alone')
      const search = checkedSearch(filter)
      const found = await find(journal, search)
      if (count === 'true') return { count: found.length }
      const told = found.slice(0, Number(limit ?? found.length)).reverse()
      const tell = ({ id, exchange }: Found) => teller.tell(id, exchange)
      if (format !== 'har') {
        return sendPieces(request, reply, listOf(`{"count":${found.length},"requests":[`, told, tell, ']}\n')) as never
      }
      const tellHar = (one: Found) => toHarEntry(tell(one), request.protocol)
      return sendPieces(request, reply, listOf(harStart, told, tellHar, harEnd)) as never
    },
  )

  app.delete(
    '/requests',
    {
      schema: {
        operationId: 'clearRequests',
        summary: 'Clear the journal, of those requests alone that fit where the query says which',
        querystring: RequestFilter,
        response: { 204: Type.Null() },
      },
    },
    async ({ query }, reply) => {
      const search = checkedSearch(query)
      if (Object.keys(query).length === 0) journal.clear()
      else for (const { id } of await find(journal, search)) journal.remove(id)
      reply.code(204)
    },
  )

  app.get(
    '/requests/stream',
    {
      schema: {
        operationId: 'followRequests',
        summary: 'Follow the requests as server-sent events',
        querystring: RequestFilter,
      },
      config: { described: { response: { 200: EventStream } } },
    },
    async (request, reply) => {
      const { id: only, mayFit, fits } = checkedSearch(request.query)
      return followers.answer(request, reply, (follower) => {
        const [, end] = journal.range
        const seen = lastEventId(request)
        // A follower that comes back gets what it has missed, as far as it is remembered.
        let next = seen === undefined ? end : Math.min(seen + 1, end)
        /** Tells as much as the follower takes; of the rest it misses what is forgotten before it gets there. */
        const tell = () => {
          const [first, end] = journal.range
          next = Math.max(next, first)
          while (next < end && follower.isReady) {
            const id = next
            next += 1
            const exchange = journal.exchange(id)
            if (!exchange || (only ?? id) !== id || !mayFit(exchange)) continue
            const { entry, text } = tellOf(id, exchange)
            if (!fits || fits(entry)) follower.write(text)
          }
        }
        return { hello: ': the requests from here on\n\n', tell, leave: journal.follow(tell) }
      })
    },
  )

  app.post(
    '/requests/:id/replay',
    {
      config: {
        checkNamed: async ({ id }: { id: string }) => {
          const { checkReplay } = await import('./replay.js')
          checkReplay(context, Number(id))
        },
      },
      schema: {
        operationId: 'replayRequest',
        summary: 'Send a request of the journal once more, as the credential that sent it',
        params: Type.Object({ id: Type.String({ pattern: '^[1-9][0-9]{0,14}$' }) }),
        response: { 200: JournalEntry },
      },
    },
    async ({ params }) => {
      const { replay } = await import('./replay.js')
      return replay(context, server, Number(params.id))
    },
  )
}
