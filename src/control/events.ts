import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Entry } from '../values/schema.js'
import type { SubjectOptions } from './context.js'
import type { EventHub } from './event-hub.js'
import { EventStream, Followers, lastEventId } from './following.js'
import { TenantExpiry } from './tenants.js'

const EventQuery = Entry('Where to begin', {
  backlog: Type.Optional(
    Type.String({
      pattern: '^[0-9]{1,6}$',
      description: 'How many of the latest events to tell first; none when missing, or those since Last-Event-ID',
    }),
  ),
})

/** Everything that happens, as one stream. */
export const eventRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context }) => {
  const followers = new Followers(app)
  const expiry = new TenantExpiry(context)
  let hub: EventHub | undefined
  app.addHook('preClose', (done) => {
    hub?.stop()
    done()
  })

  app.get(
    '/events',
    {
      schema: {
        operationId: 'followEvents',
        summary: 'Follow requests, endpoints, other resources, faults, the clock and the world as server-sent events',
        querystring: EventQuery,
      },
      config: { described: { response: { 200: EventStream } } },
    },
    (request, reply) =>
      followers.answer(request, reply, async (follower) => {
        // Loaded when first asked for: nobody else has to wait for it, nor to pay for it.
        const { EventHub } = await import('./event-hub.js')
        hub ??= new EventHub(context, () => followers.keepAlive(), { expire: () => expiry.check(app.log) })
        const backlog = Number(request.query.backlog ?? 0)
        return hub.join(follower, { seen: lastEventId(request), backlog })
      }),
  )
}
