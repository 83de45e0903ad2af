import type { Rule } from './rule.js'
import { openapi, recorded } from './sources.js'

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
] as const satisfies readonly Rule[]
