import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { exportState } from '../fixture/state.js'
import { readJson } from '../store/json.js'
import { preciseDate } from '../values/time.js'
import type { SubjectOptions } from './context.js'
import { Counts, countsOf } from './counts.js'
import { MomentOf } from './fields.js'
import { ControlError } from './problems.js'
import { replaceWorld } from './state.js'

/** How many snapshots can be kept at once. */
export const mostSnapshots = 100

const SnapshotName = Type.Object({
  name: Type.String({
    // Clients take the segments . and .. out of a path before they send it.
    pattern: '^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,100}$',
    description: 'Up to 100 letters, digits, . _ and -, but not . or ..',
  }),
})

export const Snapshot = Type.Object({
  name: Type.String(),
  takenAt: MomentOf('When it was taken'),
})
export type Snapshot = Static<typeof Snapshot>
const Snapshots = Type.Object({ snapshots: Type.Array(Snapshot, { description: 'By name' }) })

/** Worlds that are kept under a name. */
export const snapshotRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context }) => {
  const { store, clock } = context

  app.get(
    '/snapshots',
    { schema: { operationId: 'listSnapshots', summary: 'List snapshots', response: { 200: Snapshots } } },
    async () => ({
      snapshots: store.snapshots.all().map(({ name, takenAt }) => ({ name, takenAt: preciseDate(takenAt) })),
    }),
  )

  app.put(
    '/snapshots/:name',
    {
      schema: {
        operationId: 'takeSnapshot',
        summary: 'Keep the world as it is under a name',
        params: SnapshotName,
        response: { 200: Snapshot },
      },
    },
    async ({ params: { name } }) => {
      const takenAt = clock.now()
      store.transaction(() => {
        const others = store.snapshots.all().filter((snapshot) => snapshot.name !== name)
        if (others.length >= mostSnapshots) {
          throw new ControlError(409, `There are ${mostSnapshots} snapshots already; remove one first.`)
        }
        const state = JSON.stringify(exportState(store, clock, { secrets: true }))
        store.snapshots.put({ name, takenAt, state })
      })
      return { name, takenAt: preciseDate(takenAt) }
    },
  )

  app.post(
    '/snapshots/:name/restore',
    {
      config: {
        checkNamed: ({ name }: Static<typeof SnapshotName>) => {
          if (!store.snapshots.all().some((snapshot) => snapshot.name === name)) throw noSnapshot(name)
        },
      },
      schema: {
        operationId: 'restoreSnapshot',
        summary: 'Go back to a snapshot',
        params: SnapshotName,
        response: { 200: Counts },
      },
    },
    async ({ params: { name } }) => {
      const snapshot = store.snapshots.find(name)
      if (!snapshot) throw noSnapshot(name)
      replaceWorld(context, readJson(snapshot.state), snapshot.takenAt)
      return countsOf(context)
    },
  )

  app.delete(
    '/snapshots/:name',
    {
      schema: {
        operationId: 'removeSnapshot',
        summary: 'Remove a snapshot',
        params: SnapshotName,
        response: { 204: Type.Null() },
      },
    },
    async ({ params: { name } }, reply) => {
      if (!store.snapshots.remove(name)) throw noSnapshot(name)
      reply.code(204)
    },
  )
}

function noSnapshot(name: string): ControlError {
  return new ControlError(404, `There is no snapshot named ${name}.`)
}
