import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { type JournalEntry, JournalPage, RequestFilter } from '../journal/entry.js'
import { type Exchange, toJournalEntry } from '../journal/journal.js'
import { type Found, find, type Search, searchFor } from '../journal/search.js'
import { Entry, StringEnum } from '../values/schema.js'
import { parseMoment } from '../values/time.js'
import type { SubjectOptions } from './context.js'
import { sendPieces } from './pieces.js'
import { ControlError, controlHeaders, invalidParameter } from './problems.js'

/** How many may follow at once. */
export const mostFollowers = 100

/** What `followRequests` answers. */
const EventStream = Type.String({ contentMediaType: 'text/event-stream' })

const RequestQuery = Entry('What a request must be like, and how many to tell', {
  ...RequestFilter.properties,
  limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,6}$', description: 'How many to tell, the latest ones' })),
  count: Type.Optional(StringEnum(['true', 'false'], { description: 'true for the number alone' })),
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

/** A page of the journal as JSON, entry by entry. */
function* pageOf(count: number, told: readonly Found[]): Generator<string> {
  let before = `{"count":${count},"requests":[`
  for (const { id, exchange } of told) {
    yield `${before}${JSON.stringify(toJournalEntry(id, exchange))}`
    before = ','
  }
  yield told.length === 0 ? `${before}]}\n` : ']}\n'
}

/** The journal of requests to the Atlas API. */
export const requestRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context: { journal } }) => {
  if (!journal) {
    const refuse = async () => {
      throw new ControlError(409, 'The journal is off; start the emulator without --journal off.')
    }
    // Before what was sent is looked at: it may be right for a journal that is on.
    for (const url of ['/requests', '/requests/*']) app.all(url, { onRequest: refuse }, refuse)
    return
  }

  /** The last entry that was told, since those who follow are told the same one after the other. */
  let latest: { readonly entry: JournalEntry; readonly text: string } | undefined
  const tellOf = (id: number, exchange: Exchange) => {
    if (latest?.entry.id !== id) {
      const entry = toJournalEntry(id, exchange)
      latest = { entry, text: `id: ${id}\nevent: request\ndata: ${JSON.stringify(entry)}\n\n` }
    }
    return latest
  }

  /** The answers of those who follow, with what ends them. */
  const followers = new Map<ServerResponse, () => void>()
  app.addHook('preClose', (done) => {
    for (const end of followers.values()) end()
    done()
  })

  app.get(
    '/requests',
    {
      schema: {
        operationId: 'findRequests',
        summary: 'Find requests in the journal',
        querystring: RequestQuery,
        response: { 200: JournalPage },
      },
    },
    async (request, reply) => {
      const { limit, count, ...filter } = request.query
      const search = checkedSearch(filter)
      const found = await find(journal, search)
      if (count === 'true') return { count: found.length }
      const told = found.slice(0, Number(limit ?? found.length)).reverse()
      return sendPieces(request, reply, pageOf(found.length, told)) as never
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
      const { mayFit, fits } = checkedSearch(request.query)
      if (request.method === 'HEAD') return reply.type('text/event-stream').send(Readable.from([]))
      if (followers.size >= mostFollowers) throw new ControlError(409, `${mostFollowers} follow already.`)
      const [, end] = journal.range
      const seen = /^[0-9]{1,15}$/.exec(request.headers['last-event-id']?.toString() ?? '')
      // A follower that comes back gets what it has missed, as far as it is remembered.
      let next = seen ? Math.min(Number(seen) + 1, end) : end
      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, { ...controlHeaders, 'content-type': 'text/event-stream' })
      raw.write(': the requests from here on\n\n')
      /** Tells as much as the follower takes; of the rest it misses what is forgotten before it gets there. */
      const tell = () => {
        const [first, end] = journal.range
        next = Math.max(next, first)
        while (next < end && !raw.writableNeedDrain) {
          const id = next
          next += 1
          const exchange = journal.exchange(id)
          if (!exchange || !mayFit(exchange)) continue
          const { entry, text } = tellOf(id, exchange)
          if (!fits || fits(entry)) raw.write(text)
        }
      }
      const leave = journal.follow(tell)
      const stop = () => {
        leave()
        raw.off('drain', tell)
        followers.delete(raw)
      }
      const finish = () => {
        stop()
        raw.end()
      }
      followers.set(raw, finish)
      raw.req.socket.once('end', finish)
      raw.on('drain', tell)
      raw.on('error', stop)
      raw.on('close', stop)
      tell()
    },
  )
}
