import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { addFixture, checkAddition } from '../fixture/addition.js'
import { checkFixture, FixtureConflict, FixtureError } from '../fixture/fixture.js'
import { AddedStateSchema, type Fixture, StateSchema } from '../fixture/schema.js'
import { loadFixture, reloadProject, type State, writeState } from '../fixture/state.js'
import type { DirectoryRepository } from '../store/directory.js'
import { givingWay, type Work } from '../values/pace.js'
import { isRecord } from '../values/record.js'
import { Entry, StringEnum } from '../values/schema.js'
import { objectIdPattern } from '../values/vocabulary.js'
import type { ClockSetting } from '../world/clock.js'
import type { ControlContext, SubjectOptions } from './context.js'
import { Counts, countsOf } from './counts.js'
import { sendPieces } from './pieces.js'
import { ControlError, invalidBody } from './problems.js'

const StateQuery = Entry('What to export', {
  secrets: Type.Optional(
    StringEnum(['true', 'false'], { description: 'true for private keys and client secrets too' }),
  ),
})

const ResetQuery = Entry('What to put back', {
  project: Type.Optional(
    Type.String({
      pattern: objectIdPattern,
      description: 'The id of the only project to put back, and of none else; everything when missing',
    }),
  ),
})

/** The world as a whole: reset, export, import, and what is added to it. */
export const stateRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context }) => {
  const { store, clock, journal, unserved } = context
  const readFixtures = async (): Promise<Fixture> => {
    try {
      return (await context.readFixtures()).fixture
    } catch (error) {
      throw unusable(error as Error, 500)
    }
  }

  app.post(
    '/reset',
    {
      config: {
        checkNamed: async (_params: object, { project }: Static<typeof ResetQuery>) => {
          if (project === undefined) return
          const { projects } = await readFixtures()
          if (!projects.some(({ id }) => id === project)) throw noProject(project)
        },
      },
      schema: {
        operationId: 'reset',
        summary: 'Start over with the configured fixtures, or put back one project alone',
        querystring: ResetQuery,
        response: { 200: Counts },
      },
    },
    async ({ query: { project } }) => {
      const fixture = await readFixtures()
      if (project !== undefined) {
        putBack(context, fixture, project)
        return countsOf(context)
      }
      replaceWorld(context, fixture)
      journal?.clear()
      unserved.clear()
      return countsOf(context)
    },
  )

  app.get(
    '/state',
    {
      schema: {
        operationId: 'exportState',
        summary: 'Export the world as a fixture',
        querystring: StateQuery,
        response: { 200: Type.Unsafe<State>(StateSchema) },
      },
    },
    // Printed for people, and for their version control.
    async (request, reply) =>
      sendPieces(request, reply, writeState(store, clock, { secrets: request.query.secrets === 'true' })) as never,
  )

  app.put(
    '/state',
    {
      // The body is checked as a fixture is, once the secrets that it may leave out are filled in.
      config: { described: { body: StateSchema } },
      schema: { operationId: 'importState', summary: 'Replace the world', response: { 200: Counts } },
    },
    async ({ body }) => {
      let fixture: Fixture
      try {
        fixture = await checkFixture(await givingWay(withSecrets(body, store.directory)), 'given')
      } catch (error) {
        throw unusable(error as Error)
      }
      replaceWorld(context, fixture)
      return countsOf(context)
    },
  )

  app.post(
    '/state',
    {
      config: { described: { body: AddedStateSchema } },
      schema: { operationId: 'addState', summary: 'Add a world to the running one', response: { 200: Counts } },
    },
    async ({ body }) => {
      try {
        const addition = await checkAddition(await givingWay(withSecrets(body, store.directory)), 'given')
        store.transaction(() => addFixture(addition, context))
      } catch (error) {
        throw unusable(error as Error)
      }
      context.faults.reload()
      context.responses.reload()
      return countsOf(context)
    },
  )
}

/**
 * Replaces the world in one transaction.
 * @param takenAt when the world was the fixture's, in milliseconds since the epoch; see `loadFixture`
 */
export function replaceWorld(context: ControlContext, fixture: Fixture, takenAt?: number): void {
  const { store, clock, faults, responses, buckets, tokenLimits } = context
  let setting: ClockSetting
  try {
    setting = store.transaction(() => loadFixture(fixture, 'given', context, takenAt))
  } catch (error) {
    throw unusable(error as Error)
  }
  clock.set(setting)
  faults.reload()
  responses.reload()
  buckets.clear()
  tokenLimits?.clear()
}

/** Puts one project back as the fixture has it: the project, its things and its rate limits. All else stays. */
function putBack(context: ControlContext, fixture: Fixture, project: string): void {
  const { store, buckets } = context
  let isKnown: boolean
  try {
    isKnown = store.transaction(() => reloadProject(fixture, project, context))
  } catch (error) {
    throw error instanceof FixtureError ? new ControlError(409, error.message) : error
  }
  if (!isKnown) throw noProject(project)
  buckets.clearOf(project)
}

function noProject(id: string): ControlError {
  return new ControlError(404, `The configured fixtures have no project with the id ${id}.`)
}

/** The state with the secrets that it leaves out, where they are known. */
function* withSecrets(state: unknown, directory: DirectoryRepository): Work<unknown> {
  function* fill(list: unknown, kind: 'apiKey' | 'serviceAccount', id: string, secret: string): Work<unknown> {
    if (!Array.isArray(list)) return list
    const filled: unknown[] = []
    for (const entry of list) {
      const known = typeof entry?.[id] === 'string' ? directory.credential(kind, entry[id]) : undefined
      filled.push(known && entry[secret] === undefined ? { ...entry, [secret]: known.secret } : entry)
      yield
    }
    return filled
  }
  if (!isRecord(state)) return state
  const { apiKeys, serviceAccounts } = state
  return {
    ...state,
    ...(apiKeys !== undefined && { apiKeys: yield* fill(apiKeys, 'apiKey', 'publicKey', 'privateKey') }),
    ...(serviceAccounts !== undefined && {
      serviceAccounts: yield* fill(serviceAccounts, 'serviceAccount', 'clientId', 'clientSecret'),
    }),
  }
}

/** The control API's error for a fixture or a state that cannot be loaded. */
function unusable(error: Error, status = 400): Error {
  if (!(error instanceof FixtureError)) return error
  if (error instanceof FixtureConflict) return invalidBody(error.mistakes, 409)
  return error.mistakes.length > 0 && status === 400
    ? invalidBody(error.mistakes)
    : new ControlError(status, error.message)
}
