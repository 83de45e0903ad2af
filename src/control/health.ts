import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { version } from '../values/package.js'
import { StringEnum } from '../values/schema.js'
import { real } from '../values/timers.js'
import type { ControlContext, SubjectOptions } from './context.js'
import { Counts, countsOf } from './counts.js'

export const Health = Type.Object({
  status: StringEnum(['ok', 'unwritable']),
  version: Type.String(),
  uptime: Type.Number({ description: 'Seconds of real time since the start' }),
  database: StringEnum(['memory', 'file']),
  counts: Counts,
})
export type Health = Static<typeof Health>

/** Whether the emulator can do its work. */
export const healthRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context }) => {
  const startedAt = real.elapsed()
  const database = context.db === ':memory:' ? 'memory' : 'file'

  app.get(
    '/health',
    {
      exposeHeadRoute: true,
      schema: {
        operationId: 'health',
        summary: 'Tell whether the emulator can do its work',
        response: { 200: Health, 503: Health },
      },
    },
    async (_request, reply) => {
      const canWrite = isWritable(context)
      reply.code(canWrite ? 200 : 503)
      return {
        status: canWrite ? ('ok' as const) : ('unwritable' as const),
        version,
        uptime: Math.round(real.elapsed() - startedAt) / 1000,
        database: database as 'memory' | 'file',
        counts: countsOf(context),
      }
    },
  )
}

/** Whether the database can be written, shown by writing it. */
function isWritable({ store, clock }: ControlContext): boolean {
  try {
    store.transaction(() => store.properties.set('health', clock.now()))
    return true
  } catch {
    return false
  }
}
