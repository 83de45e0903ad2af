import type { Rule } from './rule.js'
import { openapi, recorded, terraformMock } from './sources.js'

export const neighbours = [
  {
    id: 'project-users',
    label: 'observed',
    statement:
      'Users of a project are told as active users of an organization are, but `roles` is a list of strings and `teamIds` is missing.',
    sources: [recorded('listGroupUsers', '838 users, sorted by username in 108 of 108 pages')],
  },
  {
    id: 'project-teams',
    label: 'observed',
    statement: 'A team of a project has `links` with `self`, `roleNames` and `teamId`.',
    sources: [recorded('listGroupTeams', '104 pages'), terraformMock('an empty page, 98 times')],
  },
  {
    id: 'project-limits',
    label: 'observed',
    statement:
      'Limits are a bare array of ten, each with `currentUsage`, `defaultLimit`, `maximumLimit`, `name` and `value`, and without `currentUsage` for the two of private service connections.',
    sources: [terraformMock('listGroupLimits, 148 answers')],
  },
  {
    id: 'project-limit',
    label: 'documented',
    statement: '`GET …/limits/{limitName}` answers one limit.',
    sources: [openapi('getGroupLimit')],
  },
  {
    id: 'project-ip-addresses',
    label: 'observed',
    statement:
      'IP addresses are told as `groupId` and `services`, whose `clusters` is `[]` in a project without clusters.',
    sources: [terraformMock('getGroupIpAddresses, 49 answers without clusters')],
  },
  {
    id: 'project-managed-slow-ms',
    label: 'observed',
    statement: '`GET …/managedSlowMs` answers the bare JSON value `true`.',
    sources: [terraformMock('getGroupManagedSlowMs, 98 answers')],
  },
  {
    id: 'clusters-versions',
    label: 'documented',
    statement:
      'Clusters have the versions 2023-01-01 and 2023-02-01, which end on 1 July 2027, and 2024-08-05, flex clusters 2024-11-13 alone.',
    sources: [openapi('listGroupClusters and listGroupFlexClusters')],
  },
  {
    id: 'clusters-shapes',
    label: 'observed',
    statement:
      'Clusters are told in the shape of the version: 2024-08-05 has `effectiveReplicationSpecs`, `featureCompatibilityVersion` and `redactClientLogData`; 2023-02-01 has none of these, but `diskSizeGB` on the cluster and `numShards` in its `replicationSpecs`.',
    sources: [
      recorded('listGroupClusters', '68 answers'),
      recorded('listGroupClusters at version 2023-02-01', '104 answers'),
    ],
  },
  {
    id: 'clusters-flex',
    label: 'observed',
    statement:
      'A flex cluster has `backupSettings`, `clusterType`, `connectionStrings`, `createDate`, `groupId`, `id`, `mongoDBVersion`, `name`, `providerSettings`, `stateName`, `tags`, `terminationProtectionEnabled` and `versionReleaseSystem`, and no `links`, though they are documented.',
    sources: [recorded('listGroupFlexClusters', '104 pages')],
  },
  {
    id: 'clusters-key-order',
    label: 'observed',
    statement:
      'The specs of a cluster are the one exception to the order of keys: `instanceSize`, `diskIOPS`, `diskSizeGB`, `ebsVolumeType`, `nodeCount`.',
    sources: [recorded('listGroupClusters', '172 answers')],
  },
  {
    id: 'clusters-connection-strings',
    label: 'observed',
    statement: '`connectionStrings` of a replica set that is being created is `{}`.',
    sources: [recorded('listGroupClusters', '11 of 11')],
  },
  {
    id: 'endpoint-services',
    label: 'observed',
    statement:
      'Private endpoint services are a bare array whose items differ by provider, with `errorMessage` as `null` while nothing failed.',
    sources: [recorded('listGroupPrivateEndpointEndpointService', '311 answers of three providers')],
  },
  {
    id: 'rate-limits-list',
    label: 'documented',
    statement:
      '`GET /rateLimits`, at version 2025-03-12, answers a page of endpoint sets, each with `capacity`, `endpointSetId`, `endpointSetName`, `endpoints`, `refillDurationSeconds`, `refillRate` and `scope`.',
    sources: [openapi('listRateLimits and RateLimitEndpointSetResponse')],
  },
] as const satisfies readonly Rule[]
