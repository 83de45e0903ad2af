import type { Rule } from './rule.js'
import {
  acceptanceLogs,
  allRecordings,
  awsKmsPage,
  documentation,
  openapi,
  recorded,
  terraformTransitions,
} from './sources.js'

export const privateEndpoints = [
  {
    id: 'endpoint-fields',
    label: 'documented',
    statement:
      'A private endpoint has `cloudProvider`, `errorMessage`, `id` as 24 lower-case hex digits that the server gives, `privateEndpointConnectionName`, `regionName`, `status` and `vpcRegionName`.',
    sources: [openapi('ObjectStoragePrivateEndpointResponse')],
  },
  {
    id: 'endpoint-provider-aws',
    label: 'documented',
    statement: '`AWS` is the only value of `cloudProvider`.',
    sources: [openapi('ObjectStoragePrivateEndpointRequest, cloudProvider')],
  },
  {
    id: 'endpoint-regions',
    label: 'documented',
    statement:
      '`regionName`, where the bucket lies, and `vpcRegionName`, where the interface endpoint lies, take any of 27 AWS regions, `GLOBAL` included.',
    sources: [openapi('ObjectStoragePrivateEndpointRequest, regionName and vpcRegionName')],
  },
  {
    id: 'endpoint-statuses',
    label: 'documented',
    statement:
      '`status` is `INITIATING`, `PENDING_ACCEPTANCE`, `ACTIVE`, `FAILED`, `PENDING_RECREATION` or `DELETING`.',
    sources: [openapi('ObjectStoragePrivateEndpointResponse, status')],
  },
  {
    id: 'endpoint-error-message',
    label: 'documented',
    statement: '`errorMessage` tells why a private endpoint is `FAILED`.',
    sources: [openapi('ObjectStoragePrivateEndpointResponse, errorMessage')],
  },
  {
    id: 'endpoint-connection-name-late',
    label: 'sibling',
    statement: '`privateEndpointConnectionName` has no value until the interface endpoint exists.',
    sources: [
      recorded('listGroupPrivateEndpointEndpointService while INITIATING', '`endpointServiceName` is still null'),
    ],
  },
  {
    id: 'endpoint-connection-name-form',
    label: 'sibling',
    statement:
      '`privateEndpointConnectionName` is the id of an AWS interface endpoint, `vpce-` followed by 17 hex digits.',
    sources: [openapi('the same field of an AWS private endpoint for encryption at rest')],
  },
  {
    id: 'endpoint-request',
    label: 'documented',
    statement:
      'A create names `cloudProvider` and `regionName`, and may name `vpcRegionName`, which is `regionName` where it is left out and differs from it for a cross-region endpoint.',
    sources: [
      openapi('ObjectStoragePrivateEndpointRequest'),
      documentation('private endpoints for backups, body of the request'),
    ],
  },
  {
    id: 'endpoint-nulls-sent',
    label: 'chosen',
    statement:
      'Fields of a private endpoint that have no value are sent as `null`; `--empty-fields omit` leaves them out, there alone.',
  },
  {
    id: 'endpoint-starts-initiating',
    label: 'documented',
    statement: 'A new private endpoint is `INITIATING`.',
    sources: [openapi('ObjectStoragePrivateEndpointResponse, status')],
  },
  {
    id: 'endpoint-initiating-lasts',
    label: 'sibling',
    statement: 'A private endpoint stays `INITIATING` for a while, for up to three minutes in the cases on record.',
    sources: [allRecordings('three AWS private endpoint services, from create to the first other status')],
  },
  {
    id: 'endpoint-settles',
    label: 'sibling',
    statement:
      "A create is over once the status is `ACTIVE`, which on AWS needs nobody's approval, `PENDING_ACCEPTANCE` or `FAILED`.",
    sources: [terraformTransitions],
  },
  {
    id: 'endpoint-deleting-until-gone',
    label: 'sibling',
    statement:
      'A deleted private endpoint is `DELETING` on GET and in lists until GET answers 404, or until its deletion ends in `FAILED`.',
    sources: [terraformTransitions],
  },
  {
    id: 'endpoint-delete-twice',
    label: 'chosen',
    statement: 'DELETE of a private endpoint that is `DELETING` answers 204 again and changes nothing.',
  },
  {
    id: 'endpoint-delete-initiating',
    label: 'chosen',
    statement: 'DELETE of a private endpoint that is `INITIATING` is taken, unless its lifecycle plan refuses that.',
  },
  {
    id: 'endpoint-delete-blocked',
    label: 'sibling',
    statement:
      'Where the lifecycle plan says `deletable: "settled"`, DELETE while `INITIATING` answers 400 `ENCRYPTION_AT_REST_PRIVATE_ENDPOINT_DELETE_BLOCKED_DURING_PROVISIONING`, `Failed to delete Encryption at Rest Private endpoint with id [{id}] during IN_PROGRESS state. Please try again later.`, with `[{id}]` as parameter.',
    sources: [
      acceptanceLogs('private endpoints of encryption at rest, deleted too early', '2025-10'),
      acceptanceLogs('the same refusal, last seen', '2026-04'),
    ],
  },
  {
    id: 'endpoint-recreation',
    label: 'sibling',
    statement:
      'An active private endpoint that AWS rejects or removes turns `PENDING_RECREATION`, and Atlas makes another in the same regions that starts `INITIATING` beside it.',
    sources: [awsKmsPage('what happens to an endpoint that is removed in AWS')],
  },
  {
    id: 'endpoint-recreation-ends',
    label: 'chosen',
    statement:
      'The private endpoint that is `PENDING_RECREATION` is gone once its replacement is `ACTIVE`, and comes back only while no other has its place.',
  },
  {
    id: 'endpoint-place-unique',
    label: 'chosen',
    statement:
      'A project has one private endpoint for each provider, `regionName` and `vpcRegionName`, counting one that is `DELETING` and not counting those in `PENDING_RECREATION`.',
  },
  {
    id: 'endpoint-order',
    label: 'chosen',
    statement: 'Private endpoints are listed oldest first.',
  },
  {
    id: 'endpoint-key-order',
    label: 'sibling',
    statement: 'The keys of a private endpoint stand in code-point order.',
    sources: [recorded('listGroupPrivateEndpointEndpointService', 'keys of 311 lists')],
  },
] as const satisfies readonly Rule[]
