import type { ServerResponse } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { type Exchange, type Journal, toJournalEntry } from '../journal/journal.js'
import { find, searchFor } from '../journal/search.js'
import { ControlError, controlHeaders } from './problems.js'
import { type JournalEntry, JournalPage, RequestFilter, RequestQuery } from './schemas.js'

/** How many may follow at once. */
const mostFollowers = 100

/** What `followRequests` answers. */
const EventStream = Type.String({ contentMediaType: 'text/event-stream' })

/** The journal of requests to the Atlas API. */
export const requestRoutes: FastifyPluginAsyncTypebox<{ journal: Journal | undefined }> = async (app, options) => {
  const { journal } = options
  if (!journal) {
    for (const url of ['/requests', '/requests/*']) {
      app.all(url, async () => {
        throw new ControlError(409, 'The journal is off; start the emulator without --journal off.')
      })
    }
    return
  }

  /** The last entry that was told, since those who follow are told the same one after the other. */
  let told: { readonly entry: JournalEntry; readonly text: string } | undefined
  const tellOf = (id: number, exchange: Exchange) => {
    if (told?.entry.id !== id) {
      const entry = toJournalEntry(id, exchange)
      told = { entry, text: `id: ${id}\nevent: request\ndata: ${JSON.stringify(entry)}\n\n` }
    }
    return told
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
    async ({ query: { limit, count, ...filter } }) => {
      const search = searchFor(filter)
      if (count === 'true') return { count: (await find(journal, search, 0)).count }
      return find(journal, search, Number(limit ?? Number.POSITIVE_INFINITY))
    },
  )

  app.delete(
    '/requests',
    { schema: { operationId: 'clearRequests', summary: 'Clear the journal', response: { 204: Type.Null() } } },
    async (_request, reply) => {
      journal.clear()
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
      const { mayFit, fits } = searchFor(request.query)
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
