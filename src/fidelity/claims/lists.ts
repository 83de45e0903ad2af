import type { Rule } from './rule.js'
import { openapi, recorded } from './sources.js'

export const lists = [
  {
    id: 'list-shape',
    label: 'documented',
    statement: 'A page is `{"links":[…],"results":[…],"totalCount":n}`, where a link is an object of `href` and `rel`.',
    sources: [
      openapi('PaginatedApiAtlasObjectStoragePrivateEndpointResponseView'),
      recorded('listGroups', '110 pages'),
    ],
  },
  {
    id: 'list-parameters',
    label: 'documented',
    statement:
      '`pageNum` counts from 1 and is 1 unless given, `itemsPerPage` is from 1 to 500 and 100 unless given, and `includeCount=false` leaves `totalCount` out.',
    sources: [openapi('parameters pageNum, itemsPerPage and includeCount')],
  },
  {
    id: 'list-links-absolute',
    label: 'observed',
    statement: 'Links are absolute URLs on the host that the client used, or on the public URL that is configured.',
    sources: [recorded('listGroups', 'links on cloud-dev.mongodb.com before the recorder masked them')],
  },
  {
    id: 'list-self-link',
    label: 'observed',
    statement:
      'A page links to itself as `self`, with the other parameters as sent and then `pageNum=…&itemsPerPage=…`, filled in where the request had none.',
    sources: [recorded('listOrgUsers, two a page', '`?includeCount=true&pageNum=1&itemsPerPage=2`')],
  },
  {
    id: 'list-next-link',
    label: 'observed',
    statement:
      'A page that has a successor links to it as `next`, with the other parameters and then `itemsPerPage=…&pageNum=…`.',
    sources: [recorded('listOrgUsers, two a page', '`?includeCount=true&itemsPerPage=2&pageNum=2`')],
  },
  {
    id: 'list-previous-link',
    label: 'chosen',
    statement: 'A page that has a predecessor links to it as `previous`, after `self` and `next`, built as `next` is.',
  },
  {
    id: 'list-links-keep-parameters',
    label: 'observed',
    statement: 'Links repeat other parameters as sent, percent-encoding and empty values included.',
    sources: [recorded('listOrgs', '`&name=&` in the link of a request that sent it empty')],
  },
  {
    id: 'list-links-trailing-slash',
    label: 'observed',
    statement: "A trailing slash of the path stays in the page's own links and never comes into those of its items.",
    sources: [recorded('listGroups as /groups/', 'links of the page and of its projects')],
  },
  {
    id: 'list-past-the-end',
    label: 'chosen',
    statement: 'A page past the end answers 200 with empty `results`.',
  },
] as const satisfies readonly Rule[]
