import type { Rule } from './rule.js'
import { acceptanceLogs, errorCodesPage, kubernetesOperator, openapi, recorded } from './sources.js'

export const projects = [
  {
    id: 'project-read',
    label: 'observed',
    statement: '`GET /groups` answers 200 with a page of projects, `GET /groups/{groupId}` 200 with one.',
    sources: [recorded('listGroups', '110 pages'), recorded('getGroup', '412 answers')],
  },
  {
    id: 'project-keys',
    label: 'observed',
    statement:
      'A project has `clusterCount`, `created`, `id`, `links`, `name`, `orgId`, `tags` as a list of `{"key":…,"value":…}` that may be `[]`, and `withDefaultAlertsSettings`, but never `regionUsageRestrictions`.',
    sources: [recorded('getGroup', '412 answers'), recorded('listGroups', '4,342 projects in 110 pages')],
  },
  {
    id: 'project-links',
    label: 'observed',
    statement:
      'A single project links to `self` and then, as `https://cloud.mongodb.com/{word}`, to its path followed by `containers`, `clusters`, `databaseUsers`, `peers`, `processes` and `whitelist`; in a list it links to `self` only.',
    sources: [recorded('getGroup', '412 answers'), recorded('listGroups', '4,342 projects in 110 pages')],
  },
  {
    id: 'project-list-order',
    label: 'observed',
    statement: 'Projects are listed by name in code-point order.',
    sources: [recorded('listGroups', '110 of 110 pages')],
  },
  {
    id: 'project-list-count-deleting',
    label: 'observed',
    statement:
      '`totalCount` of the projects may exceed those listed without a `next`, by those that are being deleted.',
    sources: [recorded('listGroups, more counted than listed', '36 of 110 pages, by 1 to 5')],
  },
  {
    id: 'project-version',
    label: 'documented',
    statement: '2023-01-01 is the only resource version of the operations on projects, their settings and limits.',
    sources: [openapi('media types of these operations')],
  },
  {
    id: 'project-create-status',
    label: 'observed',
    statement: '`POST /groups` answers 201, though the OpenAPI says 200.',
    sources: [recorded('createGroup', '4,739 answers')],
  },
  {
    id: 'project-create-tags',
    label: 'observed',
    statement: 'The answer to a create has `tags` only if the request had some.',
    sources: [recorded('createGroup', 'absent in 4,634 of 4,738, present in 104')],
  },
  {
    id: 'project-create-order',
    label: 'chosen',
    statement:
      'After the faults of its body, a create is refused with `ORG_NOT_FOUND`, `NOT_ORG_GROUP_CREATOR`, `MAX_GROUPS_PER_ORG_EXCEEDED` and `GROUP_ALREADY_EXISTS`, in this order.',
  },
  {
    id: 'project-create-not-allowed',
    label: 'documented',
    statement:
      'A credential that may not create projects in the organization gets 401 `NOT_ORG_GROUP_CREATOR`, `The currently logged in user does not have the group creator role in organization {orgId}.`',
    sources: [errorCodesPage('NOT_ORG_GROUP_CREATOR')],
  },
  {
    id: 'project-create-maximum',
    label: 'observed',
    statement:
      'An organization with 250 projects is full: 400 `MAX_GROUPS_PER_ORG_EXCEEDED`, `Maximum number of groups per organization ({max}) in {orgId} exceeded while trying to add group.`, with both as strings.',
    sources: [recorded('createGroup, organization full', '79 answers')],
  },
  {
    id: 'project-name-taken',
    label: 'observed',
    statement:
      'A name that another project of the organization has is 409 `GROUP_ALREADY_EXISTS`, `A group with name "{name}" already exists.`, with the name as parameter.',
    sources: [
      recorded('createGroup, name taken', '2 answers'),
      acceptanceLogs('GROUP_ALREADY_EXISTS as printed', '2026-01-07'),
    ],
  },
  {
    id: 'project-names-in-fixtures',
    label: 'chosen',
    statement:
      'Names are held unique for POST and PATCH only, a fixture may repeat them, and its organization may set another maximum than 250.',
  },
  {
    id: 'project-region-restrictions',
    label: 'chosen',
    statement: '`regionUsageRestrictions` is an unknown attribute of a create.',
  },
  {
    id: 'project-by-name-unknown',
    label: 'sibling',
    statement: 'A name that no visible project has is 401 `NOT_IN_GROUP` by `GET /groups/byName/{groupName}`.',
    sources: [kubernetesOperator, errorCodesPage('NOT_IN_GROUP')],
  },
  {
    id: 'project-by-name-several',
    label: 'documented',
    statement:
      'A name that several projects have is 409 `MULTIPLE_GROUPS`, `Multiple groups exist with the specified name.`',
    sources: [errorCodesPage('MULTIPLE_GROUPS')],
  },
  {
    id: 'project-update',
    label: 'observed',
    statement: '`PATCH /groups/{groupId}` answers 200 with the project as GET shows it.',
    sources: [recorded('updateGroup', '208 answers')],
  },
  {
    id: 'project-delete-status',
    label: 'observed',
    statement: '`DELETE /groups/{groupId}` answers 202 with `{}`, though the OpenAPI says 204.',
    sources: [recorded('deleteGroup', '271 answers')],
  },
  {
    id: 'project-delete-effect',
    label: 'chosen',
    statement: 'A deleted project is gone at once, and its export buckets and access roles with it.',
  },
  {
    id: 'project-delete-endpoints',
    label: 'chosen',
    statement:
      'A project with a private endpoint that is not gone yet refuses its deletion with 409 `CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_PRIVATE_ENDPOINT_SERVICES`.',
  },
  {
    id: 'project-delete-endpoints-text',
    label: 'observed',
    statement:
      'The text of that refusal is `Cannot close group while it has active private endpoint services; please terminate all private endpoint services.`, without parameters.',
    sources: [acceptanceLogs('deleteGroup of a project with private endpoint services', '2025-10-02')],
  },
  {
    id: 'project-delete-clusters',
    label: 'observed',
    statement:
      'A project with clusters refuses its deletion with 409 `CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS`, `Cannot close group while it has active clusters; please terminate all clusters.`',
    sources: [acceptanceLogs('deleteGroup of a project with clusters', '2026-08-28')],
  },
  {
    id: 'project-settings',
    label: 'observed',
    statement:
      "GET and PATCH of a project's settings answer the whole set of twelve flags, which in a new project are true but for `isDataExplorerGenAISampleDocumentPassingEnabled`, `isExtendedStorageSizesEnabled` and `isNativeRerankingEnabled`.",
    sources: [
      recorded('getGroupSettings', 'twelve flags of a project just made'),
      recorded('updateGroupSettings', 'twelve flags'),
    ],
  },
  {
    id: 'system-status',
    label: 'documented',
    statement:
      '`GET /api/atlas/v2` tells `apiKey` with its `id`, `publicKey`, `roles` and `accessList`, `appName` as `MongoDB Atlas`, `build` as 40 hex digits, `links` and `throttling`.',
    sources: [openapi('getSystemStatus')],
  },
  {
    id: 'system-status-service-account',
    label: 'chosen',
    statement: 'For a service account `apiKey` is as for a key, with the client id.',
  },
] as const satisfies readonly Rule[]
