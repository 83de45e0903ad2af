import type { Rule } from './rule.js'
import { openapi, recorded, terraformMocks } from './sources.js'

export const neighbours = [
  {
    id: 'user-lists',
    label: 'chosen',
    statement:
      'Projects and organizations list the users that the fixture gives them, as it writes them and in either version; API keys and service accounts are no users.',
  },
  {
    id: 'user-list-order',
    label: 'observed',
    statement: 'Users are listed by username.',
    sources: [recorded('listOrgUsers', '212 of 212 pages'), recorded('listGroupUsers', '108 of 108 pages')],
  },
  {
    id: 'user-filters',
    label: 'documented',
    statement:
      'The query parameters `username` and `orgMembershipStatus` choose the users that have just these values.',
    sources: [openapi('parameters of listGroupUsers and listOrgUsers')],
  },
  {
    id: 'user-versions',
    label: 'documented',
    statement: 'Users have the versions 2023-01-01, which ends on 1 July 2027, and 2025-02-19.',
    sources: [openapi('media types of listGroupUsers and listOrgUsers')],
  },
  {
    id: 'team-keys',
    label: 'observed',
    statement: 'A team of a project has `links` with `self` alone, `roleNames` and `teamId`.',
    sources: [recorded('listGroupTeams', '104 pages')],
  },
  {
    id: 'settings-of-a-new-project',
    label: 'observed',
    statement:
      'The settings of a new project are twelve flags, of which `isDataExplorerGenAISampleDocumentPassingEnabled`, `isExtendedStorageSizesEnabled` and `isNativeRerankingEnabled` are false.',
    sources: [recorded('getGroupSettings', 'twelve flags on 10 August 2026')],
  },
  {
    id: 'settings-update',
    label: 'observed',
    statement: 'PATCH of the settings of a project answers 200 with all of them.',
    sources: [recorded('updateGroupSettings', '141 answers')],
  },
  {
    id: 'limit-list',
    label: 'observed',
    statement:
      'The limits of a project are a bare array of ten in a fixed order; the two on private service connections have no `currentUsage`.',
    sources: [terraformMocks('148 answers of listGroupLimits')],
  },
  {
    id: 'limit-usage',
    label: 'chosen',
    statement:
      'The `currentUsage` of the limit on clusters is the `clusterCount` of the project, and that of others 0.',
  },
  {
    id: 'limit-unknown',
    label: 'chosen',
    statement: 'A limit of an unknown name is 404 `RESOURCE_NOT_FOUND`, `Cannot find resource Limit with name {name}.`',
  },
  {
    id: 'ip-addresses',
    label: 'observed',
    statement: 'The IP addresses of a project are `{"groupId":…,"services":{"clusters":[]}}` without clusters.',
    sources: [terraformMocks('49 answers of getGroupIpAddresses without clusters')],
  },
  {
    id: 'managed-slow-ms',
    label: 'observed',
    statement: 'Whether Atlas manages the threshold of slow queries is a bare `true`.',
    sources: [terraformMocks('98 answers of getGroupManagedSlowMs')],
  },
  {
    id: 'cluster-lists',
    label: 'chosen',
    statement:
      'Clusters and flex clusters are listed as the fixture writes them, for every version, and can be neither made nor shown alone.',
  },
  {
    id: 'cluster-versions',
    label: 'documented',
    statement:
      'The list of clusters has the versions 2023-01-01 and 2023-02-01, which end on 1 July 2027, and 2024-08-05; that of flex clusters 2024-11-13 alone.',
    sources: [
      openapi('media types of listGroupClusters and listGroupFlexClusters'),
      recorded('listGroupClusters at version 2023-02-01', 'its `Deprecation` and `Sunset`'),
    ],
  },
] as const satisfies readonly Rule[]
