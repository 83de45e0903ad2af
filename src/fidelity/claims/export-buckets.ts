import type { Rule } from './rule.js'
import { acceptanceLogs, openapi, recorded } from './sources.js'

export const exportBuckets = [
  {
    id: 'export-bucket-keys',
    label: 'observed',
    statement:
      'An export bucket has `_id`, `bucketName`, `cloudProvider`, `iamRoleId` and `requirePrivateNetworking`, and no `links`.',
    sources: [
      recorded('listGroupBackupExportBuckets', '10,600 buckets in 106 pages'),
      recorded('createGroupBackupExportBucket', '211 answers'),
    ],
  },
  {
    id: 'export-bucket-region',
    label: 'observed',
    statement: "GET of one export bucket adds `region` in AWS's spelling, which lists and creates never have.",
    sources: [
      recorded('getGroupBackupExportBucket', '`us-east-1` in 59 of 59 since July 2025'),
      recorded('listGroupBackupExportBuckets', 'absent in 10,600 of 10,600'),
    ],
  },
  {
    id: 'export-bucket-region-value',
    label: 'chosen',
    statement:
      "The region of an export bucket is the fixture's, else that of the project's oldest `ACTIVE` private endpoint, else `us-east-1`.",
  },
  {
    id: 'export-bucket-create-status',
    label: 'observed',
    statement: 'Creating an export bucket answers 200, not 201.',
    sources: [recorded('createGroupBackupExportBucket', '211 answers')],
  },
  {
    id: 'export-bucket-private-networking-default',
    label: 'observed',
    statement: '`requirePrivateNetworking` is false unless sent.',
    sources: [recorded('createGroupBackupExportBucket', '102 of 102 since August 2025')],
  },
  {
    id: 'export-bucket-duplicates',
    label: 'observed',
    statement:
      'The same bucket with the same role can be created any number of times, and each new one comes at the end of the list.',
    sources: [recorded('listGroupBackupExportBuckets', 'one bucket 2,508 times, the same first page in 106 of 106')],
  },
  {
    id: 'export-bucket-cannot-assume-role',
    label: 'observed',
    statement:
      'A bucket with a role that Atlas cannot assume is not created: 400 `CANNOT_ASSUME_ROLE`, `Atlas cannot assume the specified role ({iamRoleId}).`, with the id of the role as its parameter.',
    sources: [acceptanceLogs('createGroupBackupExportBucket, ten cases and more', '2026-07-19')],
  },
  {
    id: 'export-bucket-role-not-authorized',
    label: 'observed',
    statement:
      'Nor is one with a role that has not been authorized: 400 `CLOUD_PROVIDER_ACCESS_ROLE_NOT_AUTHORIZED`, `The specified Cloud Provider Access role ({iamRoleId}) has not been authorized.`, with the same parameter.',
    sources: [acceptanceLogs('createGroupBackupExportBucket, for a bucket of AZURE', '2026-01-09')],
  },
  {
    id: 'export-bucket-role',
    label: 'chosen',
    statement:
      'Creating an export bucket looks for its role in the project once nothing is wrong with the body, and then at private networking; an unknown role cannot be assumed, and an authorized one can.',
  },
  {
    id: 'export-bucket-without-role',
    label: 'chosen',
    statement:
      'An export bucket of a fixture or an older database whose role is not there is listed, changed and deleted like any other.',
  },
  {
    id: 'export-bucket-private-networking',
    label: 'chosen',
    statement:
      'Under `--private-networking strict`, a POST or PATCH with `requirePrivateNetworking` true needs an `ACTIVE` private endpoint whose `regionName` is the region of the bucket, and is otherwise 400 `VALIDATION_ERROR`, `requirePrivateNetworking needs an ACTIVE private endpoint in region {region}.`, with the region in the spelling of AWS as its parameter; under `lenient` it needs none.',
  },
  {
    id: 'export-bucket-providers',
    label: 'chosen',
    statement: '`AWS` is the only provider of export buckets; `AZURE` and `GCP` are `INVALID_ENUM_VALUE`.',
  },
  {
    id: 'export-bucket-delete-versions',
    label: 'observed',
    statement:
      'DELETE of an export bucket knows version 2023-01-01 alone and answers 204 in its name, though GET and POST answer 2024-05-30.',
    sources: [recorded('deleteGroupBackupExportBucket', '106 of 106')],
  },
  {
    id: 'export-bucket-versions',
    label: 'documented',
    statement:
      'Export buckets have the versions 2023-01-01, which ends on 1 July 2027, and 2024-05-30, and PATCH the latter alone.',
    sources: [openapi('operations on export buckets')],
  },
  {
    id: 'export-bucket-update',
    label: 'documented',
    statement: '`PATCH …/exportBuckets/{exportBucketId}` answers 200 with the bucket.',
    sources: [openapi('updateGroupBackupExportBucket')],
  },
] as const satisfies readonly Rule[]
