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
    id: 'project-version',
    label: 'documented',
    statement: '2023-01-01 is the only resource version of the operations on projects.',
    sources: [openapi('media types of these operations')],
  },
  {
    id: 'project-create',
    label: 'observed',
    statement:
      'Creating a project answers 201 with it, though 200 is documented, and has `tags` only where some were sent.',
    sources: [recorded('createGroup', '4,739 answers, 104 of them with tags')],
  },
  {
    id: 'project-owner',
    label: 'chosen',
    statement: 'Whoever creates a project gets `GROUP_OWNER` on it, and roles on a project end with it.',
  },
  {
    id: 'project-name',
    label: 'sibling',
    statement:
      "The name of a project has 1 to 64 letters, digits, spaces and `-_.(),:&@+'`, else it is 400 `INVALID_GROUP_NAME` with the name as parameter.",
    sources: [
      openapi('the pattern of both names, which has no space'),
      recorded('listOrgs', 'an organization with spaces in its name'),
      errorCodesPage('INVALID_GROUP_NAME'),
    ],
  },
  {
    id: 'project-name-taken',
    label: 'observed',
    statement:
      'A name that another project of the organization has is 409 `GROUP_ALREADY_EXISTS`, `A group with name "{name}" already exists.`',
    sources: [recorded('createGroup with a name that is taken', 'the error')],
  },
  {
    id: 'project-limit',
    label: 'observed',
    statement:
      'A project too many is 400 `MAX_GROUPS_PER_ORG_EXCEEDED` with the limit, 250, and the organization as parameters, both as strings.',
    sources: [recorded('createGroup in an organization that is full', '79 answers')],
  },
  {
    id: 'project-create-order',
    label: 'chosen',
    statement:
      'Behind the mistakes of its body, creating a project tells 404 `ORG_NOT_FOUND`, 401 `NOT_ORG_GROUP_CREATOR`, the limit and the name, in this order.',
  },
  {
    id: 'project-by-name',
    label: 'documented',
    statement: '`GET /groups/byName/{groupName}` answers 200 with the project, told as by its id.',
    sources: [openapi('getGroupByName')],
  },
  {
    id: 'project-by-name-unknown',
    label: 'sibling',
    statement: 'A name that no visible project has is 401 `NOT_IN_GROUP`, and one of several 409 `MULTIPLE_GROUPS`.',
    sources: [
      kubernetesOperator('which codes it takes for no such project, by name too'),
      errorCodesPage('NOT_IN_GROUP', 'MULTIPLE_GROUPS'),
    ],
  },
  {
    id: 'project-update',
    label: 'observed',
    statement: 'PATCH of a project answers 200 with it, as changed.',
    sources: [recorded('updateGroup', '208 answers')],
  },
  {
    id: 'project-delete',
    label: 'observed',
    statement: 'Deleting a project answers 202 with `{}`, though 204 is documented.',
    sources: [recorded('deleteGroup', '271 answers')],
  },
  {
    id: 'project-delete-clusters',
    label: 'observed',
    statement: 'A project with clusters stays: 409 `CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS`.',
    sources: [acceptanceLogs('the error of deleteGroup as printed', '2026-10')],
  },
  {
    id: 'project-delete-endpoints',
    label: 'sibling',
    statement:
      'A project with a private endpoint that is not gone stays: 409 `CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_PRIVATE_ENDPOINT_SERVICES`.',
    sources: [acceptanceLogs('the error of deleteGroup beside private endpoint services', '2026-10')],
  },
  {
    id: 'project-delete-rest',
    label: 'chosen',
    statement: 'A deleted project is gone at once, and its export buckets and roles with it.',
  },
  {
    id: 'project-cluster-count',
    label: 'chosen',
    statement:
      'The `clusterCount` of a project is the number of clusters that it lists, or where it lists none what the fixture says.',
  },
] as const satisfies readonly Rule[]
