import type { Rule } from './rule.js'
import { allRecordings, documentation, openapi, recorded, reports, versioningPage } from './sources.js'

export const versions = [
  {
    id: 'version-newest-on-or-before',
    label: 'documented',
    statement:
      '`Accept: application/vnd.atlas.YYYY-MM-DD+json` is served by the newest resource version on or before that date.',
    sources: [
      documentation('samples ask private endpoints for 2025-03-12 and get 2024-11-13'),
      versioningPage('each resource has versions of its own'),
    ],
  },
  {
    id: 'version-future',
    label: 'chosen',
    statement: 'A date in the future is served by the newest version.',
  },
  {
    id: 'version-before-first',
    label: 'documented',
    statement: 'A date before the first version of a resource is not acceptable.',
    sources: [versioningPage('a version that does not exist')],
  },
  {
    id: 'version-absent',
    label: 'observed',
    statement:
      'Without `Accept`, and with one that names no version, such as `*/*` or `application/json`, nothing is acceptable.',
    sources: [reports.unversioned],
  },
  {
    id: 'version-other-forms',
    label: 'chosen',
    statement:
      'Preview and upcoming versions, dates that no calendar has, and formats other than `+json` are not acceptable.',
  },
  {
    id: 'version-media-types',
    label: 'chosen',
    statement:
      'Media types compare in any case; of several acceptable ranges the one with the highest weight wins, the first among equals; a weight of 0 or one that is none refuses; other parameters are ignored.',
  },
  {
    id: 'version-deprecated-since',
    label: 'observed',
    statement: 'A version is deprecated once a newer one exists, from the day of the newer one on.',
    sources: [recorded('listGroupClusters at version 2023-02-01', '`Deprecation: Mon, 5 Aug 2024`, 104 of 104')],
  },
  {
    id: 'version-deprecation-headers',
    label: 'observed',
    statement:
      'A deprecated version adds `Deprecation` and `Sunset` to its answers, errors included, in the form `Wed, 1 Feb 2023 00:00:00 GMT` with the day of the month unpadded; `Sunset` may be missing.',
    sources: [
      recorded('listGroupClusters at version 2023-02-01', 'both headers, 104 of 104'),
      allRecordings('errors answered by deprecated versions'),
    ],
  },
  {
    id: 'version-days',
    label: 'chosen',
    statement:
      'A version is served from its own day on, the oldest one before that too, and gone from the start of its day of sunset in UTC, even where it wins over others.',
  },
  {
    id: 'version-per-method',
    label: 'observed',
    statement: 'Each method of a path has versions of its own, and is served, deprecated, gone or refused by them.',
    sources: [
      recorded('deleteGroupBackupExportBucket', '2023-01-01 where GET and POST answer 2024-05-30, 106 of 106'),
      openapi('media types of the operations on export buckets'),
    ],
  },
  {
    id: 'request-content-type-versions',
    label: 'documented',
    statement:
      'A body may be sent as `application/json` or as `application/vnd.atlas.{date}+json` of any date, with parameters such as a charset.',
    sources: [documentation('samples send `application/json`'), openapi('media types of bodies')],
  },
  {
    id: 'request-body-ignored',
    label: 'chosen',
    statement: 'GET, HEAD and DELETE ignore a body and its `Content-Type`.',
  },
] as const satisfies readonly Rule[]
