import type { Rule } from './rule.js'
import { acceptanceLogs, openapi, recorded } from './sources.js'

export const cloudProviderAccess = [
  {
    id: 'access-role-keys',
    label: 'observed',
    statement:
      'A cloud provider access role has `atlasAWSAccountArn`, `atlasAssumedRoleExternalId` (a UUID), `authorizedDate`, `createdDate`, `featureUsages`, `iamAssumedRoleArn`, `providerName` and `roleId`; until it is authorized, its `authorizedDate` and `iamAssumedRoleArn` are null.',
    sources: [
      recorded('createGroupCloudProviderAccess', '102 answers'),
      recorded('listGroupCloudProviderAccess', '102 answers'),
    ],
  },
  {
    id: 'access-role-account',
    label: 'chosen',
    statement: '`atlasAWSAccountArn` is `arn:aws:iam::123456789012:root` for every role.',
  },
  {
    id: 'access-role-create-status',
    label: 'observed',
    statement: 'Creating a role answers 200, not 201.',
    sources: [recorded('createGroupCloudProviderAccess', '102 answers')],
  },
  {
    id: 'access-role-list',
    label: 'observed',
    statement:
      'The list of roles is no page but `{"awsIamRoles":[…],"azureServicePrincipals":[],"gcpServiceAccounts":[]}`, each empty when there are none.',
    sources: [
      recorded('listGroupCloudProviderAccess', '102 answers'),
      openapi('listGroupCloudProviderAccess, which takes no paging parameters'),
    ],
  },
  {
    id: 'access-role-list-envelope',
    label: 'chosen',
    statement: 'An envelope around the list of roles holds all of it as `content`, oldest role first.',
  },
  {
    id: 'access-role-operations',
    label: 'documented',
    statement:
      '`GET` and `PATCH …/cloudProviderAccess/{roleId}` answer 200 with the role, `DELETE …/cloudProviderAccess/{cloudProvider}/{roleId}` answers 204.',
    sources: [openapi('operations on cloud provider access')],
  },
  {
    id: 'access-role-version',
    label: 'documented',
    statement: '2023-01-01 is the only resource version of the five operations on roles.',
    sources: [openapi('media types of the five operations')],
  },
  {
    id: 'access-role-usages',
    label: 'documented',
    statement:
      '`featureUsages` has `{"featureId":{"exportBucketId":…,"groupId":…},"featureType":"EXPORT_SNAPSHOT"}` for each export bucket that names the role.',
    sources: [openapi('CloudProviderAccessExportSnapshotFeatureUsage')],
  },
  {
    id: 'access-role-authorization',
    label: 'documented',
    statement:
      'PATCH with an `iamAssumedRoleArn` authorizes the role: it has that ARN and an `authorizedDate` from then on.',
    sources: [openapi('authorizeGroupCloudProviderAccessRole and CloudProviderAccessAWSIAMRole')],
  },
  {
    id: 'access-role-authorization-again',
    label: 'chosen',
    statement:
      'A role that is authorized can be authorized again, with the same or another ARN and a new `authorizedDate`, and a PATCH without an ARN changes nothing.',
  },
  {
    id: 'access-role-cannot-assume',
    label: 'observed',
    statement:
      'An ARN that Atlas cannot assume is 400 `CANNOT_ASSUME_ROLE`, `Atlas cannot assume the specified role ({iamAssumedRoleArn}).`, with the ARN as its parameter.',
    sources: [acceptanceLogs('authorizeGroupCloudProviderAccessRole, ten cases and more', '2026-10-02')],
  },
  {
    id: 'access-role-assumable',
    label: 'chosen',
    statement:
      'The ARN of an IAM role, `arn:aws:iam::{12 digits}:role/{name}`, also with `aws-cn` or `aws-us-gov` and with a path, can be assumed, and every other text of 20 to 2048 characters cannot.',
  },
  {
    id: 'access-role-in-use',
    label: 'observed',
    statement:
      'A role that is in use cannot be removed: 400 `AWS_IAM_ROLE_IN_USE`, `Cannot remove the AWS IAM role because it is still in use.`, whose one parameter is the sentence `Cannot remove the AWS IAM role ({roleId}) because it is still in use.`',
    sources: [acceptanceLogs('deauthorizeGroupCloudProviderAccessRole, four cases and more', '2025-10-05')],
  },
  {
    id: 'access-role-not-found',
    label: 'chosen',
    statement:
      'A role id that is malformed or unknown in the project is 404 `RESOURCE_NOT_FOUND`, `Cannot find resource Cloud provider access role with id {roleId}.`',
  },
  {
    id: 'access-role-providers',
    label: 'chosen',
    statement:
      '`AWS` is the only provider of roles: `AZURE` and `GCP` are `INVALID_ENUM_VALUE` as `providerName`, and `VALIDATION_ERROR` in the path of a DELETE.',
  },
] as const satisfies readonly Rule[]
