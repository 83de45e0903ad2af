import { type Static, Type } from '@sinclair/typebox'
import { rateLimitPattern } from '../rate-limit.js'
import { Entry, Nullable, StringEnum } from '../schema.js'
import { durationForms, durationPattern, momentPattern } from '../time.js'
import { cloudProviders, objectIdPattern, organizationRoles, projectRoles, regions, statuses } from '../vocabulary.js'
import { latest } from './clock.js'
import { ArmedFault, mostFaults } from './fault-rule.js'
import { outcomes } from './lifecycle.js'

const Id = (of: string) =>
  Type.String({
    pattern: objectIdPattern,
    description: `${of}: 24 lower-case hex digits`,
  })
const Name = (description: string) => Type.String({ minLength: 1, description })
const ConnectionName = Nullable(
  Type.String({
    pattern: '^vpce-[0-9a-f]{17}$',
    description: 'An AWS interface endpoint id: vpce- and 17 hex digits',
  }),
)
const ErrorMessage = Nullable(
  Type.String({
    description: 'What went wrong, for an endpoint that is FAILED',
  }),
)

const AccessList = Type.Optional(
  Type.Array(
    Type.String({
      format: 'access-list-entry',
      description: 'An IPv4 or IPv6 address, or a CIDR block such as 203.0.113.0/24',
    }),
    { description: 'Where it may be used from; from anywhere when missing or empty' },
  ),
)
const Day = (description: string) =>
  Type.String({ format: 'calendar-date', description: `${description}: a calendar date such as 2024-11-13` })

export const Duration = (description: string) =>
  Type.String({ pattern: durationPattern, description: `${description}: ${durationForms}` })
export const Moment = (description: string) =>
  Type.String({
    pattern: momentPattern,
    description: `${description}: a UTC date and time such as 2026-01-01T00:00:00Z`,
  })

const Transition = Entry('A status that the endpoint takes by itself', {
  status: StringEnum(statuses),
  after: Type.Optional(Duration('How long after the fixture is loaded')),
  at: Type.Optional(Moment('When, in place of after')),
  errorMessage: Type.Optional(ErrorMessage),
  privateEndpointConnectionName: Type.Optional(ConnectionName),
})

const PrivateEndpoint = Entry('A private endpoint for cloud backups', {
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
  transitions: Type.Optional(Type.Array(Transition, { description: 'In the order of after, or of at' })),
  goneAfter: Type.Optional(
    Duration('For one that is or will be DELETING, how long after the fixture is loaded it is gone'),
  ),
  goneAt: Type.Optional(Moment('When it is gone, in place of goneAfter')),
})

/** What becomes of new endpoints. */
export const Lifecycle = Entry('What becomes of new endpoints; what is missing is as the settings say', {
  provisioning: Type.Optional(
    Type.String({
      pattern: durationPattern.replace('^(?:', '^(?:manual|'),
      description: `How long they stay INITIATING: ${durationForms}; manual: until someone acts`,
    }),
  ),
  outcome: Type.Optional(StringEnum(outcomes, { description: 'What they are then; ACTIVE when missing' })),
  activeAfter: Type.Optional(Duration('How long after PENDING_ACCEPTANCE they are ACTIVE (never, when missing)')),
  errorMessage: Type.Optional(Type.String({ minLength: 1, description: 'What went wrong, for FAILED' })),
  deletion: Type.Optional(Duration('How long they are DELETING before they are gone')),
})
export type FixtureLifecycle = Static<typeof Lifecycle>

const Project = Entry('A project, which paths call a group', {
  id: Id('The id of the project'),
  orgId: Id('The id of its organization'),
  name: Name('Its name'),
  created: Type.Optional(
    Type.String({
      pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$',
      description: 'A UTC date and time such as 2026-08-10T03:05:16Z; when the fixture is loaded, when missing',
    }),
  ),
  clusterCount: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description: '0 when missing' })),
  tags: Type.Optional(
    Type.Array(Entry('A tag', { key: Name('Its key'), value: Type.String() }), {
      description: 'None when missing',
    }),
  ),
  withDefaultAlertsSettings: Type.Optional(Type.Boolean({ description: 'true when missing' })),
  rateLimit: Type.Optional(
    Type.String({
      pattern: rateLimitPattern,
      description: 'Of its cloud backups: atlas, off, or capacity/refill/seconds; --rate-limit when missing',
    }),
  ),
  lifecycle: Type.Optional(Lifecycle),
  privateEndpoints: Type.Optional(Type.Array(PrivateEndpoint, { description: 'Oldest first' })),
})

const Role = Entry('A role in the credential’s organization (orgId) or on one of its projects (groupId)', {
  roleName: StringEnum([...organizationRoles, ...projectRoles]),
  orgId: Type.Optional(Id('The organization, for an ORG_ role')),
  groupId: Type.Optional(Id('The project, for a GROUP_ role')),
})

const ApiKey = Entry('An API key, for HTTP Digest', {
  publicKey: Type.String({
    pattern: '^[A-Za-z0-9_.-]+$',
    description: 'Letters, digits, _ . and -',
  }),
  privateKey: Name('Its secret'),
  orgId: Id('The organization it belongs to'),
  roles: Type.Array(Role),
  accessList: AccessList,
})

const ServiceAccount = Entry('A service account, for OAuth 2.0 client credentials', {
  clientId: Type.String({
    pattern: '^mdb_sa_id_[0-9a-f]{24}$',
    description: 'mdb_sa_id_ and 24 hex digits',
  }),
  clientSecret: Type.String({
    pattern: '^mdb_sa_sk_[A-Za-z0-9_-]{40}$',
    description: 'mdb_sa_sk_ and 40 letters, digits, _ or -',
  }),
  orgId: Id('The organization it belongs to'),
  roles: Type.Array(Role),
  accessList: AccessList,
})

const Organization = Entry('An organization', {
  id: Id('Its id'),
  name: Name('Its name'),
  apiAccessListRequired: Type.Optional(
    Type.Boolean({ description: 'Whether its credentials must have an accessList; false when missing' }),
  ),
})

const Version = Entry('A version of a resource', {
  date: Day('The day it is released'),
  sunset: Type.Optional(Day('The day it is gone')),
})

const ClockSetting = Entry('What the clock says; the system’s time when missing', {
  frozen: Type.Optional(Moment('Always this')),
  offset: Type.Optional(
    Type.Integer({
      minimum: -latest,
      maximum: latest,
      description: "The system's time and so many milliseconds more",
    }),
  ),
})

/** A world to start from. `fixtures/schema.json` is this, for editors. */
export const FixtureSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors' })),
    organizations: Type.Array(Organization),
    projects: Type.Array(Project),
    apiKeys: Type.Optional(Type.Array(ApiKey)),
    serviceAccounts: Type.Optional(Type.Array(ServiceAccount)),
    privateEndpointVersions: Type.Optional(
      Type.Array(Version, {
        minItems: 1,
        description: "The versions of the private endpoints' resource, oldest first; Atlas's, 2024-11-13, when missing",
      }),
    ),
    lifecycle: Type.Optional(Lifecycle),
    clock: Type.Optional(ClockSetting),
    faults: Type.Optional(
      Type.Array(ArmedFault, {
        maxItems: mostFaults,
        description: 'Faults that are armed, in the order to look at them',
      }),
    ),
  },
  {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A fixture of atlas-backup-emulator',
    additionalProperties: false,
  },
)

export type Fixture = Static<typeof FixtureSchema>
export type FixtureApiKey = Static<typeof ApiKey>
export type FixtureServiceAccount = Static<typeof ServiceAccount>
export type FixtureProject = Static<typeof Project>
export type FixtureEndpoint = Static<typeof PrivateEndpoint>
export type FixtureRole = Static<typeof Role>
