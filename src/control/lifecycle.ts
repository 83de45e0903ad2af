import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import {
  type PrivateEndpointData,
  placeOf,
  privateEndpoints,
  recreation,
  whenOf,
  writtenTime,
} from '../atlas/resources/private-endpoints.js'
import { fromLifecycle, Lifecycle, lifecycleMistakes, toLifecycle, toTime } from '../fixture/lifecycle.js'
import { Duration, DurationOrReads } from '../values/fields.js'
import { Entry, Nullable, StringEnum } from '../values/schema.js'
import { parseDuration, preciseDate } from '../values/time.js'
import { cloudProviders, objectIdPattern, regions, statuses } from '../values/vocabulary.js'
import { endingOf, stateAt, stateOf } from '../world/lifecycle.js'
import type { Moved } from '../world/world.js'
import type { ControlContext, SubjectOptions } from './context.js'
import { MomentOf } from './fields.js'
import { ControlError, invalidBody } from './problems.js'

export const LifecycleState = Type.Object({
  all: Lifecycle,
  projects: Type.Record(Type.String(), Lifecycle, { description: 'Those with a plan of their own, by id' }),
})
export type LifecycleState = Static<typeof LifecycleState>

export const LifecycleCommand = Entry('The plan, and for which project; for all of them when that is missing', {
  project: Type.Optional(
    Type.String({ pattern: objectIdPattern, description: 'The id of a project: 24 lower-case hex digits' }),
  ),
  ...Lifecycle.properties,
})

export const MoveCommand = Entry('Where to move an endpoint, and when', {
  status: StringEnum(statuses),
  after: Type.Optional(Duration('After how long; at once when missing')),
  errorMessage: Type.Optional(Type.String({ minLength: 1, description: 'What went wrong, for FAILED' })),
  privateEndpointConnectionName: Type.Optional(
    Nullable(
      Type.String({
        pattern: '^vpce-[0-9a-f]{17}$',
        description: 'An AWS interface endpoint id, vpce- and 17 hex digits; as it is, or made up, when missing',
      }),
    ),
  ),
  goneAfter: Type.Optional(
    Nullable(DurationOrReads('For DELETING, after how long it is gone; null for never; as for a DELETE when missing')),
  ),
  recreate: Type.Optional(
    Type.Boolean({
      description: 'For PENDING_RECREATION, whether a new endpoint is made in the same regions; true when missing',
    }),
  ),
  force: Type.Optional(Type.Boolean({ description: 'Makes a transition that Atlas would never make' })),
})
export type MoveCommand = Static<typeof MoveCommand>

const EndpointStatus = {
  status: StringEnum(statuses),
  errorMessage: Nullable(Type.String()),
  privateEndpointConnectionName: Nullable(Type.String()),
}

export const MovedEndpoint = Type.Object({
  id: Type.String(),
  project: Type.String({ description: 'The id of its project' }),
  replacement: Nullable(
    Type.String({ description: 'The id of the endpoint that was made in the same regions; null when there is none' }),
  ),
  cloudProvider: StringEnum(cloudProviders),
  regionName: StringEnum(regions),
  vpcRegionName: StringEnum(regions),
  ...EndpointStatus,
  transitions: Type.Array(
    Type.Object({
      at: Type.Optional(MomentOf('When')),
      reads: Type.Optional(
        Type.Integer({ description: 'In place of at: after how many answers that show the status above it' }),
      ),
      after: Type.Optional(Type.String({ description: 'In place of at: how long after the last one with reads' })),
      ...EndpointStatus,
    }),
    { description: 'Those to come' },
  ),
  goneAt: Nullable(MomentOf('When it is gone, as far as that is known')),
  goneAfter: Type.Optional(DurationOrReads('In place of goneAt')),
})
export type MovedEndpoint = Static<typeof MovedEndpoint>

/** What becomes of private endpoints: of new ones by a plan, of existing ones by a command. */
export const lifecycleRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context }) => {
  const { world, store } = context

  app.get(
    '/lifecycle',
    {
      schema: {
        operationId: 'getLifecycle',
        summary: 'Tell what becomes of new endpoints',
        response: { 200: LifecycleState },
      },
    },
    async () => plansOf(context),
  )

  app.put(
    '/lifecycle',
    {
      schema: {
        operationId: 'setLifecycle',
        summary: 'Set what becomes of new endpoints',
        body: LifecycleCommand,
        response: { 200: LifecycleState },
      },
    },
    async ({ body: { project, ...plan } }) => {
      const mistakes = lifecycleMistakes(plan, '')
      if (mistakes.length > 0) throw invalidBody(mistakes)
      if (project !== undefined && !world.project(project)) {
        throw invalidBody([{ pointer: '/project', text: `found ${project}, which is no project’s id` }])
      }
      world.setLifecycle(Object.keys(plan).length > 0 ? toLifecycle(plan) : undefined, project)
      return plansOf(context)
    },
  )

  app.patch(
    '/privateEndpoints/:id',
    {
      config: {
        checkNamed: ({ id }: { id: string }) => {
          if (!store.things.of(privateEndpoints.name).find(id, world.now())) throw noEndpoint(id)
        },
      },
      schema: {
        operationId: 'movePrivateEndpoint',
        summary: 'Move an endpoint to another status',
        params: Type.Object({ id: Type.String() }),
        body: MoveCommand,
        response: { 200: MovedEndpoint },
      },
    },
    async ({ params, body }) => move(context, params.id, body),
  )
}

function plansOf({ store, world }: ControlContext): LifecycleState {
  const projects = store.directory.projects().flatMap(({ id, lifecycle }) => (lifecycle ? [[id, lifecycle]] : []))
  return {
    all: fromLifecycle(world.lifecycle),
    projects: Object.fromEntries(projects.map(([id, lifecycle]) => [id, fromLifecycle(lifecycle as object)])),
  }
}

/** @throws {ControlError} for an id that no endpoint has, and for a status that the endpoint cannot be moved to */
function move({ world }: ControlContext, id: string, command: MoveCommand): MovedEndpoint {
  const {
    status,
    after = '0s',
    errorMessage,
    privateEndpointConnectionName,
    goneAfter,
    recreate,
    force = false,
  } = command
  if (errorMessage !== undefined && status !== 'FAILED') {
    throw invalidBody([{ pointer: '/errorMessage', text: `found beside ${status}; allowed: beside FAILED` }])
  }
  if (goneAfter !== undefined && status !== 'DELETING') {
    throw invalidBody([{ pointer: '/goneAfter', text: `found beside ${status}; allowed: beside DELETING` }])
  }
  if (recreate !== undefined && status !== 'PENDING_RECREATION') {
    throw invalidBody([{ pointer: '/recreate', text: `found beside ${status}; allowed: beside PENDING_RECREATION` }])
  }
  const result = world.move<PrivateEndpointData>(privateEndpoints.name, id, {
    placeOf,
    recreate: recreate === false ? undefined : recreation,
    move: ({ place }, { now, plan }) => ({
      status,
      at: now + (parseDuration(after) as number),
      errorMessage,
      privateEndpointConnectionName,
      ending:
        goneAfter === undefined
          ? endingOf(plan, place)
          : { after: goneAfter === null ? null : toTime(goneAfter), failure: undefined },
      force,
    }),
  })
  if (!result) throw noEndpoint(id)
  if (result === 'taken') {
    const detail =
      'Another private endpoint is in its place: one in PENDING_RECREATION comes back only while that is free.'
    throw new ControlError(409, detail, [{ detail: 'allowed: PENDING_RECREATION, DELETING', pointer: '/status' }])
  }
  if ('from' in result) {
    const detail = `Atlas never makes a private endpoint that is ${result.from} ${status}. Send "force":true to do it all the same.`
    throw new ControlError(409, detail, [{ detail: `allowed: ${result.allowed.join(', ')}`, pointer: '/status' }])
  }
  return describeEndpoint(result, world.now())
}

function noEndpoint(id: string): ControlError {
  return new ControlError(404, `There is no private endpoint with the id ${id}.`)
}

/** An endpoint as it is at `now`, with what is to come. */
export function describeEndpoint({ thing, replacement }: Moved<PrivateEndpointData>, now: number): MovedEndpoint {
  const { id, ownerId, data, transitions, goneAt } = thing
  const current = stateAt(transitions, now)
  const goneAfter = transitions.at(-1)?.goneAfter
  return {
    id,
    project: ownerId,
    replacement: replacement?.id ?? null,
    cloudProvider: data.cloudProvider,
    regionName: data.regionName,
    vpcRegionName: data.vpcRegionName,
    ...stateOf(current),
    transitions: transitions
      .slice(transitions.indexOf(current) + 1)
      .map((transition) => ({ ...whenOf(transition), ...stateOf(transition) })),
    goneAt: goneAt === null ? null : preciseDate(goneAt),
    ...(goneAfter !== undefined && { goneAfter: writtenTime(goneAfter) }),
  }
}
