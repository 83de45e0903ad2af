import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { version } from '../values/package.js'
import { StringEnum } from '../values/schema.js'
import { real } from '../values/timers.js'
import type { ControlContext } from './context.js'
import { Counts, countsOf } from './counts.js'
import { Count } from './fields.js'
import { type Guard, hasAccess } from './guard.js'

/** How many paths that are not served are told. */
const mostTold = 20

export const Health = Type.Object({
  status: StringEnum(['ok', 'unwritable', 'detached'], {
    description:
      'unwritable: the database takes no writes; detached: its file, or the -wal beside it, was deleted, replaced or cut short, and what is written is lost',
  }),
  version: Type.String(),
  uptime: Type.Number({ description: 'Seconds of real time since the start' }),
  database: StringEnum(['memory', 'file']),
  counts: Counts,
  unserved: Type.Record(Type.String(), Count('How often'), {
    description: `The paths that the emulator lacks and that have been asked for most, at most ${mostTold}`,
  }),
})
export type Health = Static<typeof Health>

/** What anybody may know. */
const PublicHealth = Type.Pick(Health, ['status', 'version'], {
  description: 'To requests that may not use the rest of the control API: status and version alone',
})
const Answer = Type.Union([Health, PublicHealth])

export interface HealthOptions {
  readonly context: ControlContext
  /** Who gets to know everything; nobody, when undefined. */
  readonly guard: Guard | undefined
}

/**
 * Whether the emulator can do its work. It answers any host and needs no token, since what asks may be a platform that
 * can send neither.
 */
export const healthRoutes: FastifyPluginAsyncTypebox<HealthOptions> = async (app, { context, guard }) => {
  const database = context.db === ':memory:' ? 'memory' : 'file'

  app.get(
    '/health',
    {
      schema: {
        operationId: 'health',
        summary: 'Tell whether the emulator can do its work',
        response: { 200: Answer, 503: Answer },
      },
      config: { isPublic: true, isRoutine: true },
    },
    async (request, reply) => {
      const status: Health['status'] = !context.isAttached() ? 'detached' : isWritable(context) ? 'ok' : 'unwritable'
      reply.code(status === 'ok' ? 200 : 503)
      if (!guard || !hasAccess(request, guard)) return { status, version }
      return {
        status,
        version,
        uptime: Math.round(real.elapsed() - context.startedAt) / 1000,
        database: database as 'memory' | 'file',
        counts: countsOf(context),
        unserved: context.unserved.mostAsked(mostTold),
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
