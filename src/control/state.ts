import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { FixtureSchema } from '../fixture/schema.js'
import type { State } from '../fixture/state.js'
import type { Commands } from './commands.js'
import { Counts, Snapshot, SnapshotName, Snapshots, StateQuery } from './schemas.js'

export interface CommandRouteOptions {
  readonly commands: Commands
}

/** The world as a whole: reset, export, import, and worlds that are kept under a name. */
export const stateRoutes: FastifyPluginAsyncTypebox<CommandRouteOptions> = async (app, { commands }) => {
  app.post(
    '/reset',
    { schema: { operationId: 'reset', summary: 'Start over with the configured fixtures', response: { 200: Counts } } },
    async () => commands.reset(),
  )

  app.get(
    '/state',
    {
      schema: {
        operationId: 'exportState',
        summary: 'Export the world as a fixture',
        querystring: StateQuery,
        response: { 200: Type.Unsafe<State>(FixtureSchema) },
      },
      // For people, and for their version control.
      serializerCompiler: () => (state) => `${JSON.stringify(state, null, 2)}\n`,
    },
    async ({ query }) => commands.exportState(query.secrets === 'true'),
  )

  // Checked by the command, as a fixture is: secrets that are known may be missing.
  app.put(
    '/state',
    {
      config: { described: { body: FixtureSchema } },
      schema: { operationId: 'importState', summary: 'Replace the world', response: { 200: Counts } },
    },
    async ({ body }) => commands.importState(body),
  )

  app.get(
    '/snapshots',
    { schema: { operationId: 'listSnapshots', summary: 'List snapshots', response: { 200: Snapshots } } },
    async () => ({
      snapshots: commands.snapshots(),
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
    async ({ params }) => commands.takeSnapshot(params.name),
  )

  app.post(
    '/snapshots/:name/restore',
    {
      schema: {
        operationId: 'restoreSnapshot',
        summary: 'Go back to a snapshot',
        params: SnapshotName,
        response: { 200: Counts },
      },
    },
    async ({ params }) => commands.restoreSnapshot(params.name),
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
    async ({ params }, reply) => {
      commands.removeSnapshot(params.name)
      reply.code(204)
    },
  )
}
