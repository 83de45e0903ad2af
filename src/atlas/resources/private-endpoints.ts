import { type Static, Type } from '@sinclair/typebox'
import type { Reads as ReadCount, State, Thing, TimedTransition, Transition } from '../../store/records.js'
import { Duration, DurationOrReads, Id, Moment, Reads } from '../../values/fields.js'
import { type Mistake, show } from '../../values/mistakes.js'
import { Entry, Nullable, StringEnum } from '../../values/schema.js'
import { parseDuration, parseMoment, preciseDate, writeDuration } from '../../values/time.js'
import { cloudProviders, regions, type Status, statuses } from '../../values/vocabulary.js'
import { connectionName, creation, deletion, isConnected, stateAt, stateOf } from '../../world/lifecycle.js'
import { activeFrom } from '../../world/places.js'
import { projectOwner } from '../../world/roles.js'
import type { Draft, Making } from '../../world/world.js'
import { errorKind, errors } from '../errors/errors.js'
import { collection, type Loading, cloudProvider as providerInPath, type Showing } from '../resource.js'
import { ObjectId } from '../schemas.js'
import { cloudBackups } from '../token-bucket-sets.js'

const cloudProvider = StringEnum(cloudProviders)
const regionName = StringEnum(regions, { description: 'Region of the S3 bucket' })
const vpcRegionName = StringEnum(regions, {
  description: 'Region of the VPC; differs from regionName for a cross-region endpoint',
})

/** `ObjectStoragePrivateEndpointResponse`; what is read-only is assigned by Atlas. */
export const PrivateEndpoint = Type.Object({
  cloudProvider,
  errorMessage: Type.Optional(Nullable(Type.String({ readOnly: true, description: 'What went wrong, while FAILED' }))),
  id: Type.String({ ...ObjectId, readOnly: true }),
  privateEndpointConnectionName: Type.Optional(
    Nullable(Type.String({ readOnly: true, description: 'Id of the AWS interface endpoint, once it exists' })),
  ),
  regionName,
  status: StringEnum(statuses, { readOnly: true }),
  vpcRegionName,
})

/** `ObjectStoragePrivateEndpointRequest`. */
export const PrivateEndpointRequest = Type.Object(
  { cloudProvider, regionName, vpcRegionName: Type.Optional(vpcRegionName) },
  { additionalProperties: false },
)

/** What does not change while an endpoint lives. */
export interface PrivateEndpointData {
  readonly cloudProvider: (typeof cloudProviders)[number]
  readonly regionName: (typeof regions)[number]
  readonly vpcRegionName: (typeof regions)[number]
  /** The id of the one in PENDING_RECREATION that this one was made for. */
  readonly replaces?: string
}

/** One endpoint stands in each pair of regions of a project. */
export function placeOf({ regionName, vpcRegionName = regionName }: { regionName: string; vpcRegionName?: string }) {
  return `${regionName} ${vpcRegionName}`
}

/** The place that an entry of a fixture keeps others out of. */
function placeKept({ status, transitions = [], beginsAt, ...entry }: PrivateEndpointEntry): string | undefined {
  // In PENDING_RECREATION it keeps its place only if it is to come back there.
  const isLeaving = status === 'PENDING_RECREATION' && transitions.every((next) => leaving.includes(next.status))
  return isLeaving || beginsAt !== undefined ? undefined : placeOf(entry)
}

const leaving: readonly Status[] = ['PENDING_RECREATION', 'DELETING']

/** A region that is none is told as an attribute that is none. */
const noRegion = (attribute: string) => errors.invalidAttribute.with({ attribute })

const exists = errorKind(
  'PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION',
  'A private endpoint service already exists for {cloudProvider} region {regionName}.',
)

const ConnectionName = Nullable(
  Type.String({
    pattern: '^vpce-[0-9a-f]{17}$',
    description: 'An AWS interface endpoint id: vpce- and 17 hex digits',
  }),
)
const ErrorMessage = Nullable(Type.String({ description: 'What went wrong, for an endpoint that is FAILED' }))

const EndpointTransition = Entry('A status that the endpoint takes by itself', {
  status: StringEnum(statuses),
  after: Type.Optional(
    Duration('How long after the fixture is loaded; below one with reads, how long after that one comes'),
  ),
  at: Type.Optional(Moment('When, in place of after')),
  reads: Type.Optional(Reads('After how many answers that show the status above it, in place of after')),
  errorMessage: Type.Optional(ErrorMessage),
  privateEndpointConnectionName: Type.Optional(ConnectionName),
})

/** An endpoint as a fixture writes it. */
export const PrivateEndpointEntry = Entry('A private endpoint for cloud backups', {
  id: Type.Optional(Id('The id of the endpoint; made up when missing')),
  cloudProvider: Type.Optional(StringEnum(cloudProviders, { description: 'AWS when missing' })),
  regionName: StringEnum(regions, { description: 'Region of the S3 bucket' }),
  vpcRegionName: Type.Optional(StringEnum(regions, { description: 'regionName when missing' })),
  status: Type.Optional(
    StringEnum(statuses, {
      description:
        'Stays until someone acts, unless transitions are listed. When missing, the endpoint is created as the fixture is loaded.',
    }),
  ),
  errorMessage: Type.Optional(ErrorMessage),
  privateEndpointConnectionName: Type.Optional(ConnectionName),
  transitions: Type.Optional(Type.Array(EndpointTransition, { description: 'In the order of after, or of at' })),
  goneAfter: Type.Optional(
    DurationOrReads(
      'For one that is or will be DELETING, how long after the fixture is loaded it is gone; with transitions that have reads, how long after the last of these comes',
    ),
  ),
  goneAt: Type.Optional(Moment('When it is gone, in place of goneAfter')),
  replaces: Type.Optional(
    Id('The endpoint in PENDING_RECREATION that it was made for, which is gone once this one is ACTIVE'),
  ),
  beginsAt: Type.Optional(Moment('Before which it does not exist yet; it does, when missing')),
})
export type PrivateEndpointEntry = Static<typeof PrivateEndpointEntry>

/** Private endpoints for cloud backups. */
export const privateEndpoints = collection({
  name: 'privateEndpoints',
  title: 'private endpoint',
  path: '/groups/:groupId/backup/:cloudProvider/privateEndpoints',
  id: 'endpointId',
  parameters: { cloudProvider: providerInPath },
  bucket: cloudBackups,
  entity: PrivateEndpoint,
  show: describe,
  state: ({ transitions }, now) => stateAt(transitions, now),
  missing: (id) => errors.resourceNotFound.with({ resource: `Object storage private endpoint with id ${id}` }),
  errors: [exists],
  fixture: {
    entry: PrivateEndpointEntry,
    load,
    save,
    place: { of: placeKept, what: 'endpoint', allowed: 'one for each pair of regionName and vpcRegionName' },
    mistakes,
  },
  operations: {
    create: {
      operationId: 'createGroupBackupPrivateEndpoint',
      alias: 'createBackupPrivateEndpoint',
      summary: 'Create a private endpoint',
      versions: [{ date: '2024-11-13' }],
      role: projectOwner,
      success: 201,
      body: {
        schema: PrivateEndpointRequest,
        invalid: { regionName: noRegion, vpcRegionName: noRegion },
      },
      make: (body: Static<typeof PrivateEndpointRequest>, { now, plan, chance }) => {
        const { cloudProvider, regionName, vpcRegionName = regionName } = body
        return {
          place: placeOf(body),
          data: { cloudProvider, regionName, vpcRegionName },
          transitions: creation(now, plan, chance),
          goneAt: null,
        }
      },
      taken: ({ cloudProvider, regionName }: PrivateEndpointData) => exists.with({ cloudProvider, regionName }),
    },
    list: {
      operationId: 'listGroupBackupPrivateEndpoints',
      alias: 'listBackupPrivateEndpoints',
      summary: 'List the private endpoints of a project',
      versions: [{ date: '2024-11-13' }],
      role: projectOwner,
    },
    get: {
      operationId: 'getGroupBackupPrivateEndpoint',
      alias: 'getBackupPrivateEndpoint',
      summary: 'Get a private endpoint',
      versions: [{ date: '2024-11-13' }],
      role: projectOwner,
    },
    delete: {
      operationId: 'deleteGroupBackupPrivateEndpoint',
      alias: 'deleteBackupPrivateEndpoint',
      summary: 'Delete a private endpoint',
      versions: [{ date: '2024-11-13' }],
      role: projectOwner,
      end: (endpoint, { now, plan }) => {
        const isBlocked = plan.deletable === 'settled' && stateAt(endpoint.transitions, now).status === 'INITIATING'
        return isBlocked
          ? errors.deletionBlocked.with({ bracketedId: `[${endpoint.id}]` })
          : deletion(endpoint, now, plan)
      },
    },
  },
})

function describe(
  { id, data, transitions }: Thing<PrivateEndpointData>,
  { now, as, emptyFields }: Showing,
): Static<typeof PrivateEndpoint> {
  // A create answers with the endpoint as it starts, even when it takes no time to be made.
  const state: State = as === 'created' ? (transitions[0] as Transition) : stateAt(transitions, now)
  const told = {
    id,
    cloudProvider: data.cloudProvider,
    regionName: data.regionName,
    vpcRegionName: data.vpcRegionName,
    status: state.status,
    errorMessage: state.errorMessage,
    privateEndpointConnectionName: state.privateEndpointConnectionName,
  }
  if (emptyFields === 'null') return told
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null)) as typeof told
}

/** The endpoint that is made at `at` for one that is PENDING_RECREATION from then on [endpoint-recreation]. */
export function recreation(
  { id, data }: Thing<PrivateEndpointData>,
  at: number,
  { now, plan, chance }: Making,
): Draft<PrivateEndpointData> {
  return {
    place: placeOf(data),
    data: { ...data, replaces: id },
    transitions: creation(at, plan, chance),
    goneAt: null,
    ...(at > now && { beginsAt: at }),
  }
}

function load(entry: PrivateEndpointEntry, loading: Loading): Draft<PrivateEndpointData> {
  const { cloudProvider = 'AWS', regionName, vpcRegionName = regionName, replaces, beginsAt } = entry
  const { transitions, goneAt } = lifeOf(entry, loading)
  const hasLeft = entry.status === 'PENDING_RECREATION' && stateAt(transitions, loading.now).status === 'DELETING'
  return {
    place: hasLeft ? null : placeOf(entry),
    data: { cloudProvider, regionName, vpcRegionName, ...(replaces !== undefined && { replaces }) },
    transitions,
    goneAt,
    ...(beginsAt !== undefined && { beginsAt: loading.time(undefined, beginsAt) }),
  }
}

/** What becomes of an endpoint of a fixture. */
function lifeOf(entry: PrivateEndpointEntry, loading: Loading): Pick<Thing, 'transitions' | 'goneAt'> {
  const { now, plan, chance, time } = loading
  const { status, transitions = [], goneAfter, goneAt } = entry
  if (status === undefined) return { transitions: creation(now, plan, chance), goneAt: null }
  const name = entry.privateEndpointConnectionName ?? connectionName(chance)
  const state = (written: Omit<PrivateEndpointEntry, 'regionName'> & { status: Status }): State => ({
    status: written.status,
    errorMessage: written.errorMessage ?? null,
    privateEndpointConnectionName:
      written.privateEndpointConnectionName !== undefined
        ? written.privateEndpointConnectionName
        : isConnected(written.status)
          ? name
          : null,
  })
  const firstRead = transitions.findIndex(({ reads }) => reads !== undefined)
  const later = transitions.map((transition, i): Transition => {
    const { reads, after, at } = transition
    if (reads !== undefined) return { ...state(transition), reads }
    const isBelow = firstRead >= 0 && i > firstRead
    return {
      ...state(transition),
      ...(isBelow ? { after: parseDuration(after as string) as number } : { at: time(after, at) }),
    }
  })
  const [next] = later
  const first: TimedTransition = {
    ...state({ ...entry, status }),
    at: next && 'at' in next ? Math.min(now, next.at) : now,
  }
  const all: readonly Transition[] = [first, ...later]
  if (typeof goneAfter !== 'object' && firstRead < 0) {
    return {
      transitions: all,
      goneAt: goneAfter === undefined && goneAt === undefined ? null : time(goneAfter, goneAt),
    }
  }
  if (goneAfter === undefined) return { transitions: all, goneAt: null }
  const ending = typeof goneAfter === 'object' ? goneAfter : (parseDuration(goneAfter) as number)
  return {
    transitions: [...all.slice(0, -1), { ...(all.at(-1) as Transition), goneAfter: ending } as Transition],
    goneAt: null,
  }
}

function save(
  { id, place, data: { replaces, ...data }, transitions, goneAt, beginsAt }: Thing<PrivateEndpointData>,
  now: number,
): PrivateEndpointEntry {
  const current = stateAt(transitions, now)
  const written = ({ status, errorMessage, privateEndpointConnectionName }: State) => ({
    status,
    ...(errorMessage !== null && { errorMessage }),
    privateEndpointConnectionName,
  })
  // One that is being deleted without its place has lost that while it was PENDING_RECREATION, and is told as such.
  const hasLeft = place === null && current.status === 'DELETING'
  const first: State = hasLeft ? { ...stateOf(current), status: 'PENDING_RECREATION' } : current
  const later = transitions.slice(transitions.indexOf(current) + (hasLeft ? 0 : 1))
  const last = transitions.at(-1) as Transition
  const isReplacing = replaces !== undefined && (activeFrom({ transitions }) ?? Number.POSITIVE_INFINITY) > now
  return {
    id,
    ...data,
    ...written(first),
    ...(later.length > 0 && {
      transitions: later.map((transition) => ({ ...whenOf(transition), ...written(transition) })),
    }),
    ...(last.status === 'DELETING' && goneAt !== null && { goneAt: preciseDate(goneAt) }),
    ...(last.goneAfter !== undefined && { goneAfter: writtenTime(last.goneAfter) }),
    ...(isReplacing && { replaces }),
    ...(beginsAt !== undefined && beginsAt > now && { beginsAt: preciseDate(beginsAt) }),
  }
}

/** When a transition comes, for people. */
export function whenOf(transition: Transition): { at: string } | { reads: number } | { after: string } {
  if ('at' in transition) return { at: preciseDate(transition.at) }
  return 'reads' in transition ? { reads: transition.reads } : { after: writeDuration(transition.after) }
}

/** A duration for people; reads as they are. */
export function writtenTime(time: number | ReadCount): string | ReadCount {
  return typeof time === 'number' ? writeDuration(time) : time
}

/** What only an endpoint with a status can have. */
const stateOnly = [
  ...['errorMessage', 'privateEndpointConnectionName', 'transitions', 'goneAfter', 'goneAt', 'replaces', 'beginsAt'],
]

/** What the schema cannot say of an endpoint. */
function mistakes(entry: PrivateEndpointEntry, pointer: string): Mistake[] {
  const found: Mistake[] = []
  const add = (at: string, text: string) => found.push({ pointer: `${pointer}${at}`, text })
  const { status, transitions = [], goneAfter, goneAt, beginsAt } = entry
  const stateless = stateOnly.filter((key) => key in entry)
  if (status === undefined && stateless.length > 0) {
    add('', `found ${stateless.join(', ')} without a status; allowed: ${statuses.join(', ')} as its status`)
  }
  const states = [entry, ...transitions]
  if (states.some(({ status, errorMessage }) => errorMessage && status && status !== 'FAILED')) {
    add('', 'found an errorMessage with another status than FAILED; allowed: one with FAILED')
  }
  const isGoing = states.at(-1)?.status === 'DELETING'
  if (goneAfter !== undefined && goneAt !== undefined) add('/goneAt', 'found beside goneAfter; allowed: one of the two')
  if ((goneAfter !== undefined || goneAt !== undefined) && status !== undefined && !isGoing) {
    add(goneAt === undefined ? '/goneAfter' : '/goneAt', 'found with another last status; allowed: with DELETING')
  }
  const checkMoment = (text: string | undefined, at: string) => {
    if (text !== undefined && parseMoment(text) === undefined) {
      add(at, `found ${show(text)}; allowed: a date and time that exist, from 1970 on`)
    }
  }
  checkMoment(goneAt, '/goneAt')
  checkMoment(beginsAt, '/beginsAt')
  const firstRead = transitions.findIndex(({ reads }) => reads !== undefined)
  if (goneAt !== undefined && firstRead >= 0) {
    add('/goneAt', 'found beside transitions with reads, whose time nobody knows; allowed: goneAfter')
  }
  const written = transitions.find(({ reads }) => reads === undefined)
  let kind: 'after' | 'at' = written?.at === undefined ? 'after' : 'at'
  let latest = 0
  transitions.forEach((transition, k) => {
    const { after, at, reads } = transition
    if (reads !== undefined) {
      // Times below this one count from it.
      latest = 0
      kind = 'after'
      if (after !== undefined || at !== undefined) {
        add(`/transitions/${k}/reads`, 'found beside after or at; allowed: one of the three')
      }
      return
    }
    const text = kind === 'after' ? after : at
    if (text === undefined || (after !== undefined && at !== undefined)) {
      const allowed =
        firstRead >= 0 && k > firstRead ? 'below reads, after or reads' : 'in one endpoint, either after or at'
      add(
        `/transitions/${k}`,
        `found no ${kind}, or ${kind === 'after' ? 'at' : 'after'} beside it; allowed: ${allowed}`,
      )
      return
    }
    if (kind === 'at') checkMoment(text, `/transitions/${k}/at`)
    const time = kind === 'at' ? (parseMoment(text) ?? latest) : (parseDuration(text) as number)
    if (time < latest) add(`/transitions/${k}/${kind}`, `found ${show(text)}, which comes before the one above it`)
    latest = time
  })
  return found
}
