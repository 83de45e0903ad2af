import { type Static, Type } from '@sinclair/typebox'
import type { ResourceVersion, Thing } from '../../store/records.js'
import { Id } from '../../values/fields.js'
import { Entry, StringEnum } from '../../values/schema.js'
import { cloudProviders } from '../../values/vocabulary.js'
import { stateAt } from '../../world/lifecycle.js'
import { projectBackupManager, projectReadOnly } from '../../world/roles.js'
import type { World } from '../../world/world.js'
import { type AtlasError, errorKind, errors } from '../errors/errors.js'
import { collection, plainDraft, plainFixture, type Showing, type Working } from '../resource.js'
import { ObjectId } from '../schemas.js'
import { cloudBackups } from '../token-bucket-sets.js'
import { type AccessRoleData, cloudProviderAccess } from './cloud-provider-access.js'
import { type PrivateEndpointData, privateEndpoints } from './private-endpoints.js'

const bucketName = Type.String({ minLength: 3, maxLength: 63, description: 'Name of the S3 bucket' })
const cloudProvider = StringEnum(cloudProviders)
const iamRoleId = Type.String({ ...ObjectId, description: 'Id of the role by which Atlas writes to the bucket' })
const region = Type.String({ description: 'Region of the bucket, as AWS spells it' })
const requirePrivateNetworking = Type.Boolean({ description: 'Whether exports go through a private endpoint' })

/** `DiskBackupSnapshotAWSExportBucketResponse`. */
const ExportBucket = Type.Object({
  _id: ObjectId,
  bucketName,
  cloudProvider,
  iamRoleId,
  region: Type.Optional(region),
  requirePrivateNetworking,
})

/** `DiskBackupSnapshotAWSExportBucketRequest`, whose links are taken and ignored. */
const NewExportBucket = Type.Object(
  {
    bucketName,
    cloudProvider,
    iamRoleId,
    links: Type.Optional(Type.Unknown()),
    requirePrivateNetworking: Type.Optional(requirePrivateNetworking),
  },
  { additionalProperties: false },
)

const PrivateNetworking = Type.Object({ requirePrivateNetworking }, { additionalProperties: false })

const ExportBucketEntry = Entry('An export bucket', {
  id: Type.Optional(Id('The id of the bucket; made up when missing')),
  bucketName,
  cloudProvider: Type.Optional(StringEnum(cloudProviders, { description: 'AWS when missing' })),
  iamRoleId,
  region: Type.Optional(
    Type.String({
      description: 'As AWS spells it; that of the oldest ACTIVE private endpoint, or us-east-1, when missing',
    }),
  ),
  requirePrivateNetworking: Type.Optional(Type.Boolean({ description: 'false when missing' })),
})
type ExportBucketData = Omit<Static<typeof ExportBucketEntry>, 'id'>

const notFound = errorKind('EXPORT_BUCKET_NOT_FOUND', 'No export Bucket with ID {exportBucketId} does not exist.')
const nameInvalid = errorKind('EXPORT_BUCKET_NAME_INVALID', 'Export Bucket name is invalid.')
const notPrivate = errorKind(
  'VALIDATION_ERROR',
  'requirePrivateNetworking needs an ACTIVE private endpoint in region {region}.',
)

const oldest: ResourceVersion = { date: '2023-01-01', sunset: '2027-07-01' }
const newest: ResourceVersion = { date: '2024-05-30' }

/** Buckets that backups are exported to. Several may have the same name and role [export-bucket-duplicates]. */
export const exportBuckets = collection({
  name: 'exportBuckets',
  title: 'export bucket',
  path: '/groups/:groupId/backup/exportBuckets',
  id: 'exportBucketId',
  bucket: cloudBackups,
  entity: ExportBucket,
  show,
  missing: (id) => notFound.with({ exportBucketId: id }),
  errors: [notFound, nameInvalid, notPrivate],
  fixture: plainFixture<typeof ExportBucketEntry, ExportBucketData>(ExportBucketEntry),
  operations: {
    create: {
      operationId: 'createGroupBackupExportBucket',
      alias: 'createExportBucket',
      summary: 'Create an export bucket',
      versions: [oldest, newest],
      role: projectBackupManager,
      success: 200,
      body: { schema: NewExportBucket, invalid: { bucketName: () => nameInvalid.with({}) } },
      make: ({ links: _, ...body }: Static<typeof NewExportBucket>, working) =>
        roleRefusal(body, working) ?? networkRefusal(body, working) ?? plainDraft<ExportBucketData>(body),
    },
    list: {
      operationId: 'listGroupBackupExportBuckets',
      alias: 'listExportBuckets',
      summary: 'List the export buckets of a project',
      versions: [oldest, newest],
      role: projectReadOnly,
    },
    get: {
      operationId: 'getGroupBackupExportBucket',
      alias: 'getExportBucket',
      summary: 'Get an export bucket',
      versions: [oldest, newest],
      role: projectReadOnly,
    },
    update: {
      operationId: 'updateGroupBackupExportBucket',
      alias: 'updateBackupExportBucket',
      summary: 'Change whether an export bucket requires private networking',
      versions: [newest],
      role: projectBackupManager,
      body: { schema: PrivateNetworking, invalid: {} },
      change: ({ data }, body: Static<typeof PrivateNetworking>, working) => {
        const changed = { ...data, ...body }
        return networkRefusal(changed, working) ?? changed
      },
    },
    delete: {
      operationId: 'deleteGroupBackupExportBucket',
      alias: 'deleteExportBucket',
      summary: 'Delete an export bucket',
      versions: [{ date: '2023-01-01' }],
      role: projectBackupManager,
      end: () => undefined,
    },
  },
})

/** Why no bucket can have this role; undefined when there is no reason [export-bucket-role]. */
function roleRefusal({ iamRoleId }: ExportBucketData, { world, projectId, now }: Working): AtlasError | undefined {
  const role = world.find<AccessRoleData>(cloudProviderAccess.name, projectId, iamRoleId, now)
  if (!role) return errors.cannotAssumeRole.with({ iamRoleId })
  if (role.data.iamAssumedRoleArn === undefined) return errors.awsRoleNotAuthorized.with({ iamRoleId })
  return undefined
}

/** Why the bucket cannot be reached privately, where it has to be [export-bucket-private-networking]. */
function networkRefusal(
  bucket: ExportBucketData,
  { world, projectId, now, privateNetworking }: Working,
): AtlasError | undefined {
  if (!bucket.requirePrivateNetworking || privateNetworking === 'lenient') return undefined
  const active = activeRegions(world, projectId, now)
  const region = regionOf(bucket, active)
  return active.includes(region) ? undefined : notPrivate.with({ region })
}

/** The regions with an ACTIVE private endpoint, as AWS spells them, that of the oldest endpoint first. */
function activeRegions(world: World, projectId: string, now: number): string[] {
  return world
    .allOf<PrivateEndpointData>(privateEndpoints.name, projectId, now)
    .filter(({ transitions }) => stateAt(transitions, now).status === 'ACTIVE')
    .map(({ data }) => data.regionName.toLowerCase().replaceAll('_', '-'))
}

/** Where the bucket lies [export-bucket-region-value]. */
function regionOf({ region }: ExportBucketData, [oldest = 'us-east-1']: readonly string[]): string {
  return region ?? oldest
}

/** The region is told of one bucket alone, never in lists or by the create. */
function show(
  { id, ownerId, data }: Thing<ExportBucketData>,
  { as, now, world }: Showing,
): Static<typeof ExportBucket> {
  const { bucketName, cloudProvider = 'AWS', iamRoleId, requirePrivateNetworking = false } = data
  const told = { _id: id, bucketName, cloudProvider, iamRoleId, requirePrivateNetworking }
  return as === 'one' ? { ...told, region: regionOf(data, activeRegions(world, ownerId, now)) } : told
}
