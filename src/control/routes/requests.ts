import type { ServerResponse } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Journal } from '../journal.js'
import { ControlError, controlHeaders } from '../problems.js'
import { JournalPage, RequestFilter, RequestQuery } from '../schemas.js'
import { searchFor } from '../search.js'

/** Bytes that may wait for a slow follower, before it is left behind. */
const mostWaiting = 4 * 1024 * 1024

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

  const streams = new Set<ServerResponse>()
  app.addHook('preClose', (done) => {
    for (const stream of streams) stream.end()
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
      const fits = searchFor(filter)
      const found = [...journal.entries()].filter(fits)
      if (count === 'true') return { count: found.length }
      return { count: found.length, requests: limit === undefined ? found : found.slice(-Number(limit)) }
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
      const fits = searchFor(request.query)
      const after = Number(request.headers['last-event-id'])
      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, { ...controlHeaders, 'content-type': 'text/event-stream' })
      raw.write(': the requests from here on\n\n')
      const tell = (entry: Parameters<typeof fits>[0]) => {
        if (!fits(entry)) return
        raw.write(`id: ${entry.id}\nevent: request\ndata: ${JSON.stringify(entry)}\n\n`)
        if (raw.writableLength > mostWaiting) raw.destroy()
      }
      // A follower that comes back gets what it has missed.
      if (after > 0) for (const entry of journal.entries(after)) tell(entry)
      const leave = journal.follow(tell)
      streams.add(raw)
      raw.on('close', () => {
        leave()
        streams.delete(raw)
      })
    },
  )
}
