import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { SubjectOptions } from './context.js'

/** What `metrics` answers: Prometheus' text format 0.0.4. */
const Metrics = Type.String({ contentMediaType: 'text/plain' })

/** Numbers for those who watch many programs. */
export const metricRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context }) => {
  app.get(
    '/metrics',
    {
      schema: { operationId: 'metrics', summary: 'Tell numbers in the text format of Prometheus' },
      config: { described: { response: { 200: Metrics } }, isRoutine: true },
    },
    async (_request, reply) => {
      // Loaded when first asked for, as few ask.
      const { writeMetrics } = await import('./prometheus.js')
      const text = await writeMetrics(context)
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text)
    },
  )
}
