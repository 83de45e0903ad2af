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
  {
    id: 'own-answers',
    label: 'chosen',
    statement:
      "An answer of one's own, given by a fixture or the control API for a method and path that no operation has, comes after credentials, addresses, version, the project or organization that the path names and any role there, the token bucket if it names one, and the query.",
  },
  {
    id: 'own-answers-any-version',
    label: 'chosen',
    statement: "An answer of one's own without a version is served in whichever version is asked for by its date.",
  },
  {
    id: 'own-answers-recorded',
    label: 'chosen',
    statement:
      'Of a recorded answer the status, the version of its media type, `Deprecation`, `Sunset`, `Location` and the JSON are kept, numbers as they are written, and `http://localhost:8080` becomes the base URL.',
  },
] as const satisfies readonly Rule[]
