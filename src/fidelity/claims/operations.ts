import type { Rule } from './rule.js'
import { goSdk, openapi, recorded } from './sources.js'

export const operations = [
  {
    id: 'operation-create',
    label: 'documented',
    statement:
      '`POST /groups/{groupId}/backup/{cloudProvider}/privateEndpoints` makes a private endpoint and answers 201 with the entity.',
    sources: [openapi('createGroupBackupPrivateEndpoint')],
  },
  {
    id: 'operation-list',
    label: 'documented',
    statement:
      '`GET /groups/{groupId}/backup/{cloudProvider}/privateEndpoints` answers 200 with a page of the private endpoints of that project and provider.',
    sources: [openapi('listGroupBackupPrivateEndpoints')],
  },
  {
    id: 'operation-get',
    label: 'documented',
    statement: '`GET …/privateEndpoints/{endpointId}` answers 200 with the entity.',
    sources: [openapi('getGroupBackupPrivateEndpoint')],
  },
  {
    id: 'operation-delete',
    label: 'documented',
    statement: '`DELETE …/privateEndpoints/{endpointId}` answers 204 without a body.',
    sources: [openapi('deleteGroupBackupPrivateEndpoint')],
  },
  {
    id: 'operation-statuses',
    label: 'documented',
    statement:
      'All four operations list 401, 403, 404, 429 and 500 beside their success, and a create 400 and 409 as well.',
    sources: [openapi('responses of the four operations')],
  },
  {
    id: 'operation-names',
    label: 'observed',
    statement:
      'Clients call the four operations `createBackupPrivateEndpoint`, `listBackupPrivateEndpoints`, `getBackupPrivateEndpoint` and `deleteBackupPrivateEndpoint`.',
    sources: [goSdk('methods of `CloudBackupsApi` since v20250312012', '2026-01')],
  },
  {
    id: 'operation-version',
    label: 'documented',
    statement: '2024-11-13 is the only resource version of the four operations.',
    sources: [openapi('media types of the four operations')],
  },
  {
    id: 'create-without-location',
    label: 'sibling',
    statement: 'A create answers without a `Location` header.',
    sources: [recorded('createGroupPrivateEndpointEndpointService', 'no `Location` beside the new service')],
  },
] as const satisfies readonly Rule[]
