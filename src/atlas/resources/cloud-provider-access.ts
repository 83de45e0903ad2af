import { type Static, Type } from '@sinclair/typebox'
import type { Thing } from '../../store/records.js'
import { DateTime, Id } from '../../values/fields.js'
import { type Mistake, show } from '../../values/mistakes.js'
import { Entry, Nullable, StringEnum } from '../../values/schema.js'
import { isoDate, parseMoment } from '../../values/time.js'
import { cloudProviders } from '../../values/vocabulary.js'
import type { Chance } from '../../world/chance.js'
import { projectOwner, projectReadOnly } from '../../world/roles.js'
import type { World } from '../../world/world.js'
import { errors } from '../errors/errors.js'
import { cloudProvider, collection, type Loading, plainDraft, type Showing } from '../resource.js'
import { ObjectId } from '../schemas.js'
import { cloudProviderAccess as bucket } from '../token-bucket-sets.js'

const providerName = StringEnum(cloudProviders)

/** Who assumes every role: the same for all of Atlas's customers [access-role-account]. */
const atlasAWSAccountArn = 'arn:aws:iam::123456789012:root'

/** What uses roles, and names its role as `iamRoleId`. Kinds are written as text, because their files import this one. */
const features = [{ kind: 'exportBuckets', featureType: 'EXPORT_SNAPSHOT', id: 'exportBucketId' }] as const

/** `CloudProviderAccessFeatureUsage` of an export bucket. */
const FeatureUsage = Type.Object({
  featureId: Type.Object({ exportBucketId: ObjectId, groupId: ObjectId }),
  featureType: StringEnum(features.map(({ featureType }) => featureType)),
})
type FeatureUsage = Static<typeof FeatureUsage>

/** `CloudProviderAccessAWSIAMRole`. */
const AccessRole = Type.Object({
  atlasAWSAccountArn: Type.String({ readOnly: true, description: 'The account by which Atlas assumes the role' }),
  atlasAssumedRoleExternalId: Type.String({ readOnly: true, description: 'The external id with which it does' }),
  authorizedDate: Nullable(Type.String({ readOnly: true, description: 'When the role was authorized last' })),
  createdDate: Type.String({ readOnly: true }),
  featureUsages: Type.Array(FeatureUsage, { readOnly: true, description: 'What uses the role' }),
  iamAssumedRoleArn: Nullable(Type.String({ description: 'The IAM role, once it has been authorized' })),
  providerName,
  roleId: Type.String({ ...ObjectId, readOnly: true }),
})

const none = Type.Array(Type.Object({}), { maxItems: 0, description: 'Always empty' })

/** `CloudProviderAccessRoles`. */
const AccessRoles = Type.Object({
  awsIamRoles: Type.Array(AccessRole),
  azureServicePrincipals: none,
  gcpServiceAccounts: none,
})

/** Attributes that requests may have, since Atlas's schemas of them do, and that nothing is read from. */
const readOnly = Object.fromEntries(
  ['atlasAWSAccountArn', 'atlasAssumedRoleExternalId', 'authorizedDate', 'createdDate', 'featureUsages', 'roleId'].map(
    (name) => [name, Type.Optional(Type.Unknown())],
  ),
)

/** `CloudProviderAccessAWSIAMRoleRequest`. */
const NewAccessRole = Type.Object({ providerName, ...readOnly }, { additionalProperties: false })

/** `CloudProviderAccessAWSIAMRoleRequestUpdate`. */
const Authorization = Type.Object(
  {
    iamAssumedRoleArn: Type.Optional(Type.String({ minLength: 20, maxLength: 2048 })),
    providerName,
    ...readOnly,
  },
  { additionalProperties: false },
)
type Authorization = { readonly iamAssumedRoleArn?: string }

/** The ARN of an IAM role, with the path that it may have; what else there is cannot be assumed [access-role-assumable]. */
const roleArnPattern = '^arn:aws(?:-cn|-us-gov)?:iam::[0-9]{12}:role/(?:[!-~]*/)?[A-Za-z0-9+=,.@_-]{1,64}$'
const roleArn = new RegExp(roleArnPattern)

const uuidPattern = '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$'

const AccessRoleEntry = Entry('A role by which Atlas acts in an account of a cloud provider', {
  id: Type.Optional(Id('The id of the role; made up when missing')),
  providerName: Type.Optional(StringEnum(cloudProviders, { description: 'AWS when missing' })),
  iamAssumedRoleArn: Type.Optional(
    Type.String({
      pattern: roleArnPattern,
      maxLength: 2048,
      description: 'The ARN of the IAM role; the role has not been authorized when missing',
    }),
  ),
  authorizedDate: Type.Optional(
    DateTime('When it was authorized; when the fixture is loaded, when missing beside iamAssumedRoleArn'),
  ),
  createdDate: Type.Optional(DateTime('When it was made; when the fixture is loaded, when missing')),
  atlasAssumedRoleExternalId: Type.Optional(
    Type.String({ pattern: uuidPattern, description: 'A UUID in lower case; made up when missing' }),
  ),
})
type AccessRoleEntry = Static<typeof AccessRoleEntry>

/** Dates are as answers have them. */
export interface AccessRoleData {
  readonly providerName: (typeof cloudProviders)[number]
  readonly createdDate: string
  readonly atlasAssumedRoleExternalId: string
  /** Undefined until the role is authorized, and so is the date. */
  readonly iamAssumedRoleArn?: string
  readonly authorizedDate?: string
}

/** Roles by which Atlas acts in the accounts of a project's owners, as when it writes to export buckets. */
export const cloudProviderAccess = collection({
  name: 'cloudProviderAccess',
  title: 'cloud provider access role',
  path: '/groups/:groupId/cloudProviderAccess',
  id: 'roleId',
  bucket,
  entity: AccessRole,
  show: (role: Thing<AccessRoleData>, { world, now }: Showing) =>
    describe(role, usagesIn(world, role.ownerId, now).get(role.id)),
  missing: (id) => errors.resourceNotFound.with({ resource: `Cloud provider access role with id ${id}` }),
  errors: [],
  fixture: { entry: AccessRoleEntry, load, save, place: undefined, mistakes },
  operations: {
    create: {
      operationId: 'createGroupCloudProviderAccess',
      alias: 'createCloudProviderAccess',
      summary: 'Create a cloud provider access role',
      versions: [{ date: '2023-01-01' }],
      role: projectOwner,
      success: 200,
      body: { schema: NewAccessRole, invalid: {} },
      make: ({ providerName }: Static<typeof NewAccessRole>, { now, chance }) =>
        plainDraft<AccessRoleData>({
          providerName,
          createdDate: isoDate(now),
          atlasAssumedRoleExternalId: uuid(chance),
        }),
    },
    list: {
      operationId: 'listGroupCloudProviderAccess',
      alias: 'listCloudProviderAccess',
      summary: 'List the cloud provider access roles of a project',
      versions: [{ date: '2023-01-01' }],
      role: projectReadOnly,
      whole: {
        answer: AccessRoles,
        tell: (roles, projectId, { world, now }) => {
          const usages = usagesIn(world, projectId, now)
          return {
            awsIamRoles: roles.map((role) => describe(role, usages.get(role.id))),
            azureServicePrincipals: [],
            gcpServiceAccounts: [],
          }
        },
      },
    },
    get: {
      operationId: 'getGroupCloudProviderAccess',
      alias: 'getCloudProviderAccess',
      summary: 'Get a cloud provider access role',
      versions: [{ date: '2023-01-01' }],
      role: projectReadOnly,
    },
    update: {
      operationId: 'authorizeGroupCloudProviderAccessRole',
      alias: 'authorizeProviderAccessRole',
      summary: 'Authorize a cloud provider access role',
      versions: [{ date: '2023-01-01' }],
      role: projectOwner,
      body: { schema: Authorization, invalid: {} },
      change: ({ data }, { iamAssumedRoleArn }: Authorization, { now }) => {
        if (iamAssumedRoleArn === undefined) return data
        if (!roleArn.test(iamAssumedRoleArn)) return errors.cannotAssumeRoleArn.with({ iamAssumedRoleArn })
        return { ...data, iamAssumedRoleArn, authorizedDate: isoDate(now) }
      },
    },
    delete: {
      operationId: 'deauthorizeGroupCloudProviderAccessRole',
      alias: 'deauthorizeProviderAccessRole',
      summary: 'Remove a cloud provider access role',
      versions: [{ date: '2023-01-01' }],
      role: projectOwner,
      at: {
        path: '/groups/:groupId/cloudProviderAccess/:cloudProvider/:roleId',
        parameters: { cloudProvider },
      },
      end: ({ id }, { world, projectId, now }) =>
        usagesIn(world, projectId, now).has(id) ? errors.roleInUse.with({ roleId: id }) : undefined,
    },
  },
})

/** What uses the roles of a project, by the role's id; oldest first. */
function usagesIn(world: World, projectId: string, now: number): Map<string, FeatureUsage[]> {
  const usages = new Map<string, FeatureUsage[]>()
  for (const { kind, featureType, id: name } of features) {
    for (const { id, data } of world.allOf<{ readonly iamRoleId: string }>(kind, projectId, now)) {
      const usage = { featureId: { [name]: id, groupId: projectId }, featureType } as FeatureUsage
      const known = usages.get(data.iamRoleId)
      if (known) known.push(usage)
      else usages.set(data.iamRoleId, [usage])
    }
  }
  return usages
}

function describe(
  { id, data }: Thing<AccessRoleData>,
  featureUsages: readonly FeatureUsage[] = [],
): Static<typeof AccessRole> {
  const { authorizedDate = null, iamAssumedRoleArn = null, ...rest } = data
  return {
    ...rest,
    atlasAWSAccountArn,
    authorizedDate,
    featureUsages: [...featureUsages],
    iamAssumedRoleArn,
    roleId: id,
  }
}

function uuid(chance: Chance): string {
  const digits = chance.hex(30)
  const variant = '89ab'[chance.below(4)]
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(12, 15)}`,
    `${variant}${digits.slice(15, 18)}`,
    digits.slice(18),
  ]
  return parts.join('-')
}

function load(entry: AccessRoleEntry, { now, chance }: Loading) {
  const { providerName = 'AWS', iamAssumedRoleArn, authorizedDate = isoDate(now), createdDate = isoDate(now) } = entry
  return plainDraft<AccessRoleData>({
    providerName,
    createdDate,
    atlasAssumedRoleExternalId: entry.atlasAssumedRoleExternalId ?? uuid(chance),
    ...(iamAssumedRoleArn !== undefined && { iamAssumedRoleArn, authorizedDate }),
  })
}

function save({ id, data }: Thing<AccessRoleData>): AccessRoleEntry {
  return { id, ...data }
}

/** What the schema cannot say of a role. */
function mistakes({ iamAssumedRoleArn, authorizedDate, createdDate }: AccessRoleEntry, pointer: string): Mistake[] {
  const wrong = Object.entries({ authorizedDate, createdDate }).flatMap(([name, text]) =>
    text === undefined || parseMoment(text) !== undefined
      ? []
      : [
          {
            pointer: `${pointer}/${name}`,
            text: `found ${show(text)}; allowed: a date and time that exist, from 1970 on`,
          },
        ],
  )
  if (authorizedDate === undefined || iamAssumedRoleArn !== undefined) return wrong
  const text = 'found without iamAssumedRoleArn; allowed: beside the role that was authorized'
  return [...wrong, { pointer: `${pointer}/authorizedDate`, text }]
}
