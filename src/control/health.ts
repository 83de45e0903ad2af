import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { version } from '../values/package.js'
import { Health } from './schemas.js'
import type { CommandRouteOptions } from './state.js'

/** Whether the emulator can do its work. */
export const healthRoutes: FastifyPluginAsyncTypebox<CommandRouteOptions & { db: string }> = async (
  app,
  { commands, db },
) => {
  const startedAt = performance.now()
  const database = db === ':memory:' ? 'memory' : 'file'

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
      const isWritable = commands.isWritable()
      reply.code(isWritable ? 200 : 503)
      return {
        status: isWritable ? ('ok' as const) : ('unwritable' as const),
        version,
        uptime: Math.round(performance.now() - startedAt) / 1000,
        database: database as 'memory' | 'file',
        counts: commands.counts(),
      }
    },
  )
}
