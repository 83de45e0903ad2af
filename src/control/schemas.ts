import { type Static, Type } from '@sinclair/typebox'
import { ArmedFault } from '../faults/rule.js'
import { Duration, Lifecycle, Moment } from '../fixture/schema.js'
import { Entry, Nullable, StringEnum } from '../values/schema.js'
import { momentPattern } from '../values/time.js'
import { cloudProviders, objectIdPattern, regions, statuses } from '../values/vocabulary.js'

/** What the control API takes and gives: one schema each, from which validation, types and the client derive. */

const Count = (description: string) => Type.Integer({ minimum: 0, description })
const MomentOf = (description: string) =>
  Type.String({ pattern: momentPattern, description: `${description}; UTC, with milliseconds` })
const ProjectId = Type.String({
  pattern: objectIdPattern,
  description: 'The id of a project: 24 lower-case hex digits',
})

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'about:blank: the status says what kind of problem it is' }),
    title: Type.String({ description: "The status's reason phrase" }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong and what to do, for people' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          detail: Type.String({ description: 'What was found there, and what is allowed' }),
          pointer: Type.Optional(Type.String({ description: 'JSON Pointer (RFC 6901) into the body that was sent' })),
          parameter: Type.Optional(
            Type.String({ description: 'The parameter of the path or the query, or the header' }),
          ),
        }),
        { description: 'Every place at fault' },
      ),
    ),
  },
  { description: 'What went wrong; RFC 9457' },
)
export type Problem = Static<typeof Problem>

export const Counts = Type.Object(
  {
    organizations: Count('Organizations'),
    projects: Count('Projects'),
    apiKeys: Count('API keys'),
    serviceAccounts: Count('Service accounts'),
    privateEndpoints: Count('Private endpoints that exist by the clock'),
    faults: Count('Faults that are armed'),
    requests: Count('Requests in the journal'),
  },
  { description: 'How much there is of everything' },
)
export type Counts = Static<typeof Counts>

export const Health = Type.Object({
  status: StringEnum(['ok', 'unwritable']),
  version: Type.String(),
  uptime: Type.Number({ description: 'Seconds of real time since the start' }),
  database: StringEnum(['memory', 'file']),
  counts: Counts,
})
export type Health = Static<typeof Health>

export const ClockState = Type.Object({
  now: MomentOf('What the clock says'),
  frozen: Type.Boolean({ description: 'Whether it stands still' }),
  offset: Type.Integer({ description: "How far it is ahead of the system's time, in milliseconds" }),
})
export type ClockState = Static<typeof ClockState>

export const ClockCommand = Entry('One of advance, freeze and resume', {
  advance: Type.Optional(Duration('By how much')),
  freeze: Type.Optional(Moment('At what moment')),
  resume: Type.Optional(Type.Literal(true, { description: 'Lets the clock run on from where it is' })),
})
export type ClockCommand = Static<typeof ClockCommand>

export const LifecycleState = Type.Object({
  all: Lifecycle,
  projects: Type.Record(Type.String(), Lifecycle, { description: 'Those with a plan of their own, by id' }),
})
export type LifecycleState = Static<typeof LifecycleState>

export const LifecycleCommand = Entry('The plan, and for which project; for all of them when that is missing', {
  project: Type.Optional(ProjectId),
  ...Lifecycle.properties,
})
export type LifecycleCommand = Static<typeof LifecycleCommand>

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
    Nullable(Duration('For DELETING, after how long it is gone; null for never; as for a DELETE when missing')),
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
  cloudProvider: StringEnum(cloudProviders),
  regionName: StringEnum(regions),
  vpcRegionName: StringEnum(regions),
  ...EndpointStatus,
  transitions: Type.Array(Type.Object({ at: MomentOf('When'), ...EndpointStatus }), { description: 'Those to come' }),
  goneAt: Nullable(MomentOf('When it is gone')),
})
export type MovedEndpoint = Static<typeof MovedEndpoint>

export const SnapshotName = Type.Object({
  name: Type.String({
    pattern: '^[A-Za-z0-9._-]{1,100}$',
    description: 'Up to 100 letters, digits, . _ and -',
  }),
})

export const Snapshot = Type.Object({
  name: Type.String(),
  takenAt: MomentOf('When it was taken'),
})
export type Snapshot = Static<typeof Snapshot>
export const Snapshots = Type.Object({ snapshots: Type.Array(Snapshot, { description: 'By name' }) })

export const ArmedFaultState = Type.Object({
  ...ArmedFault.properties,
  id: Type.String(),
  matched: Count('How many requests it has met'),
  fired: Count('How many of them it has struck'),
})
export type ArmedFaultState = Static<typeof ArmedFaultState>
export const FaultList = Type.Object({
  faults: Type.Array(ArmedFaultState, { description: 'In the order in which a request meets them' }),
})

export const JournalEntry = Type.Object({
  id: Type.Integer({ description: 'Counts from 1' }),
  time: MomentOf("When it came, by the emulator's clock"),
  method: Type.String(),
  url: Type.String({ description: 'The request target' }),
  operation: Nullable(
    Type.String({ description: 'The operationId; null for a path or method that Atlas does not have' }),
  ),
  project: Nullable(Type.String({ description: 'The id in the path' })),
  credential: Nullable(Type.String({ description: 'Public key or client id of who asked, once that is known' })),
  status: Nullable(Type.Integer({ description: 'Null when a fault left it without an answer' })),
  errorCode: Nullable(Type.String()),
  duration: Type.Number({ description: 'Milliseconds of real time until the answer was ready' }),
  fault: Nullable(Type.String({ description: 'The faults that touched it' })),
  requestHeaders: Type.Record(Type.String(), Type.String()),
  requestBody: Type.Unknown({ description: 'Parsed where it is JSON; null for none' }),
  responseHeaders: Type.Record(Type.String(), Type.String()),
  responseBody: Type.Unknown({ description: 'Parsed where it is JSON; null for none' }),
})
export type JournalEntry = Static<typeof JournalEntry>
export const JournalPage = Type.Object({
  count: Type.Integer({ description: 'How many requests fit' }),
  requests: Type.Optional(Type.Array(JournalEntry, { description: 'Oldest first' })),
})

const Text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))

/** What the journal can be searched for; all of it must fit. */
export const RequestFilter = Entry('What a request must be like', {
  operation: Text('The operationId'),
  method: Text('GET, HEAD, POST, DELETE, …'),
  path: Text('The path, without query'),
  project: Text('The id in the path'),
  credential: Text('A public key or client id'),
  status: Type.Optional(
    Type.String({ pattern: '^(?:[1-5][0-9]{2}|[1-5]xx|none)$', description: '404, 4xx, or none for no answer' }),
  ),
  errorCode: Text('The code of an error'),
  fault: Text('The name of a fault that touched it; any for whatever fault, none for no fault'),
  minDuration: Type.Optional(Duration('How long it took at least')),
  maxDuration: Type.Optional(Duration('How long it took at most')),
  since: Type.Optional(Moment('The earliest moment')),
  until: Type.Optional(Moment('The moment before which it came')),
  header: Text('A header that was sent: its name, or name:value'),
  body: Text('What the body that was sent holds'),
  answer: Text('What the body of the answer holds'),
})
export type RequestFilter = Static<typeof RequestFilter>

export const RequestQuery = Entry('What a request must be like, and how many to tell', {
  ...RequestFilter.properties,
  limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,6}$', description: 'How many to tell, the latest ones' })),
  count: Type.Optional(StringEnum(['true', 'false'], { description: 'true for the number alone' })),
})

export const StateQuery = Entry('What to export', {
  secrets: Type.Optional(
    StringEnum(['true', 'false'], { description: 'true for private keys and client secrets too' }),
  ),
})
