import { type Static, Type } from '@sinclair/typebox'
import type { Thing, Transition } from '../../store/records.js'
import { Duration, Id, Moment } from '../../values/fields.js'
import { type Mistake, show } from '../../values/mistakes.js'
import { Entry, Nullable, StringEnum } from '../../values/schema.js'
import { parseDuration, parseMoment, preciseDate } from '../../values/time.js'
import { cloudProviders, regions, type Status, statuses } from '../../values/vocabulary.js'
import { connectionName, creation, deletion, isConnected, stateAt } from '../../world/lifecycle.js'
import { projectOwner } from '../../world/roles.js'
import { errorKind, errors } from '../errors/errors.js'
import type { PathParameter } from '../operation.js'
import { collection, type Loading, type Showing } from '../resource.js'
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
  errorMessage: Nullable(Type.String({ readOnly: true, description: 'What went wrong, while FAILED' })),
  id: Type.String({ ...ObjectId, readOnly: true }),
  privateEndpointConnectionName: Nullable(
    Type.String({ readOnly: true, description: 'Id of the AWS interface endpoint, once it exists' }),
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
}

/** One endpoint stands in each pair of regions of a project. */
function placeOf({ regionName, vpcRegionName = regionName }: { regionName: string; vpcRegionName?: string }): string {
  return `${regionName} ${vpcRegionName}`
}

const providerInPath: PathParameter = {
  schema: cloudProvider,
  error: (value) => errors.noSuchProvider.with({ cloudProvider: value }),
}

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
  after: Type.Optional(Duration('How long after the fixture is loaded')),
  at: Type.Optional(Moment('When, in place of after')),
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
    Duration('For one that is or will be DELETING, how long after the fixture is loaded it is gone'),
  ),
  goneAt: Type.Optional(Moment('When it is gone, in place of goneAfter')),
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
  missing: (id) => errors.resourceNotFound.with({ resource: `Object storage private endpoint with id ${id}` }),
  errors: [exists],
  fixture: {
    entry: PrivateEndpointEntry,
    load,
    save,
    place: { of: placeOf, what: 'endpoint', allowed: 'one for each pair of regionName and vpcRegionName' },
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
      end: (endpoint, { now, plan }) => deletion(endpoint, now, plan),
    },
  },
})

function describe(
  { id, data, transitions }: Thing<PrivateEndpointData>,
  { now, as }: Showing,
): Static<typeof PrivateEndpoint> {
  // A create answers with the endpoint as it starts, even when it takes no time to be made.
  const state = as === 'created' ? (transitions[0] as Transition) : stateAt(transitions, now)
  return {
    id,
    cloudProvider: data.cloudProvider,
    regionName: data.regionName,
    vpcRegionName: data.vpcRegionName,
    status: state.status,
    errorMessage: state.errorMessage,
    privateEndpointConnectionName: state.privateEndpointConnectionName,
  }
}

function load(entry: PrivateEndpointEntry, loading: Loading) {
  const { cloudProvider = 'AWS', regionName, vpcRegionName = regionName, goneAfter, goneAt } = entry
  return {
    place: placeOf(entry),
    data: { cloudProvider, regionName, vpcRegionName },
    transitions: transitionsOf(entry, loading),
    goneAt: goneAfter === undefined && goneAt === undefined ? null : loading.time(goneAfter, goneAt),
  }
}

function transitionsOf(entry: PrivateEndpointEntry, { now, plan, chance, time }: Loading): readonly Transition[] {
  const { status, transitions = [] } = entry
  if (status === undefined) return creation(now, plan, chance)
  const name = entry.privateEndpointConnectionName ?? connectionName(chance)
  const at = (moment: number, state: Omit<PrivateEndpointEntry, 'regionName'> & { status: Status }): Transition => ({
    at: moment,
    status: state.status,
    errorMessage: state.errorMessage ?? null,
    privateEndpointConnectionName:
      state.privateEndpointConnectionName !== undefined
        ? state.privateEndpointConnectionName
        : isConnected(state.status)
          ? name
          : null,
  })
  const later = transitions.map((transition) => at(time(transition.after, transition.at), transition))
  return [at(Math.min(now, later[0]?.at ?? now), { ...entry, status }), ...later]
}

function save({ id, data, transitions, goneAt }: Thing<PrivateEndpointData>, now: number): PrivateEndpointEntry {
  const current = stateAt(transitions, now)
  const state = ({ status, errorMessage, privateEndpointConnectionName }: Transition) => ({
    status,
    ...(errorMessage !== null && { errorMessage }),
    privateEndpointConnectionName,
  })
  const later = transitions.slice(transitions.indexOf(current) + 1)
  return {
    id,
    ...data,
    ...state(current),
    ...(later.length > 0 && {
      transitions: later.map((transition) => ({ at: preciseDate(transition.at), ...state(transition) })),
    }),
    ...(goneAt !== null && { goneAt: preciseDate(goneAt) }),
  }
}

/** What only an endpoint with a status can have. */
const stateOnly = ['errorMessage', 'privateEndpointConnectionName', 'transitions', 'goneAfter', 'goneAt']

/** What the schema cannot say of an endpoint. */
function mistakes(entry: PrivateEndpointEntry, pointer: string): Mistake[] {
  const found: Mistake[] = []
  const add = (at: string, text: string) => found.push({ pointer: `${pointer}${at}`, text })
  const { status, transitions = [], goneAfter, goneAt } = entry
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
  const kind = transitions[0]?.at === undefined ? 'after' : 'at'
  const other = kind === 'after' ? 'at' : 'after'
  transitions.reduce((latest, transition, k) => {
    const text = transition[kind]
    if (text === undefined || transition[other] !== undefined) {
      add(`/transitions/${k}`, `found no ${kind}, or ${other} beside it; allowed: in one endpoint, either after or at`)
      return latest
    }
    if (kind === 'at') checkMoment(text, `/transitions/${k}/at`)
    const time = kind === 'at' ? (parseMoment(text) ?? latest) : (parseDuration(text) as number)
    if (time < latest) add(`/transitions/${k}/${kind}`, `found ${show(text)}, which comes before the one above it`)
    return time
  }, 0)
  return found
}
