import type { Rule } from './rule.js'
import { acceptanceLogs, allRecordings, documentation, openapi, rateLimitsPage, recorded } from './sources.js'

export const rateLimits = [
  {
    id: 'bucket-cloud-backups',
    label: 'documented',
    statement:
      'The private endpoint operations share the token bucket `Cloud Backups` of their project with those on export buckets: capacity 1200, refill 500 every 60 seconds.',
    sources: [rateLimitsPage('endpoint set Cloud Backups')],
  },
  {
    id: 'bucket-cloud-provider-access',
    label: 'observed',
    statement:
      'The five operations on cloud provider access share a token bucket of their project: capacity 2000, refill 1000 every 60 seconds.',
    sources: [
      recorded('createGroupCloudProviderAccess', '`RateLimit-Limit: 2000`'),
      recorded('listGroupCloudProviderAccess', '`RateLimit-Remaining` counts the create before'),
      rateLimitsPage('endpoint set Cloud Provider Access'),
    ],
  },
  {
    id: 'bucket-projects',
    label: 'observed',
    statement:
      '`GET /groups`, `POST /groups` and `GET /groups/byName/{groupName}` take from a bucket of the credential, the operations on one project, its settings and its limits from one of the project, each with capacity 1200 and refill 500 every 60 seconds.',
    sources: [
      allRecordings('`RateLimit-Limit` of both operations since 19 January 2026'),
      rateLimitsPage('the endpoint sets and their refills'),
    ],
  },
  {
    id: 'bucket-organizations',
    label: 'observed',
    statement:
      '`GET /orgs` takes from a bucket of the credential with capacity 300 and refill 100 every 60 seconds; an organization has one for itself and its projects and one for its users, both with 500 and 250, and one for its settings with 10 and 5.',
    sources: [recorded('listOrgs', '`RateLimit-Limit: 300`'), rateLimitsPage('endpoint sets of organizations')],
  },
  {
    id: 'bucket-neighbours',
    label: 'documented',
    statement:
      'A project has buckets of their own for users, teams, IP addresses, the performance advisor and flex clusters with capacity 1200 and refill 500 every 60 seconds, and one for clusters with 10000 and 5000.',
    sources: [rateLimitsPage('endpoint sets of these operations')],
  },
  {
    id: 'bucket-system-status',
    label: 'chosen',
    statement: 'The status of the system takes from the bucket of `GET /orgs`.',
  },
  {
    id: 'bucket-headers',
    label: 'observed',
    statement:
      'From the token bucket on, every answer carries `RateLimit-Limit` and `RateLimit-Remaining`, be it 204, 400 or 404, and a 429 says that 0 remain.',
    sources: [
      recorded('deleteGroupBackupExportBucket', 'a 204 with both'),
      recorded('a 400 to deleteCluster', 'a 400 with both'),
      recorded('RESOURCE_NOT_FOUND to getOnlineArchive', 'a 404 with both'),
    ],
  },
  {
    id: 'bucket-not-before',
    label: 'observed',
    statement: 'What is refused before the token bucket takes no token and carries neither header.',
    sources: [
      recorded('challenge to a GET', 'neither header'),
      recorded('GROUP_NOT_FOUND to createDatabaseUser', 'neither header'),
    ],
  },
  {
    id: 'bucket-remaining',
    label: 'observed',
    statement: '`RateLimit-Remaining` already counts the request that it answers: 1199 on the first.',
    sources: [allRecordings('first answers of a fresh project')],
  },
  {
    id: 'bucket-refill-in-lump',
    label: 'observed',
    statement:
      'A bucket is refilled in one lump every 60 seconds, counted from its first use, and never above its capacity.',
    sources: [allRecordings('`RateLimit-Remaining` over time')],
  },
  {
    id: 'bucket-empty',
    label: 'documented',
    statement:
      'An empty bucket answers 429 `RATE_LIMITED_TOKEN_BUCKET` with `Retry-After` in seconds, `Rate limit exceeded for {path}. Please retry after {s} seconds. Request capacity: {c}. Refill rate: {r} per {t} seconds.`, and path without leading slash, s, c, r and t as parameters.',
    sources: [rateLimitsPage('the 429'), openapi('response tooManyRequests')],
  },
  {
    id: 'bucket-empty-link',
    label: 'observed',
    statement:
      'The text of `RATE_LIMITED_TOKEN_BUCKET` ends with `For more information, see: http://dochub.mongodb.org/core/atlas-api-rate-limit.`',
    sources: [acceptanceLogs('listOrgs, a 429 as printed', '2026-09-29')],
  },
  {
    id: 'bucket-retry-after-503',
    label: 'documented',
    statement: 'A 503 may carry `Retry-After`.',
    sources: [documentation('Retry-After beside 429 and 503')],
  },
  {
    id: 'bucket-settings',
    label: 'chosen',
    statement:
      "`--rate-limit atlas` gives each bucket its documented size, `{capacity}/{refill}/{seconds}` and `off` hold for all, a project's `rateLimit` for its Cloud Backups alone; with `--auth off` a credential's bucket is that of the caller's address; every bucket is full when the emulator starts.",
  },
] as const satisfies readonly Rule[]
