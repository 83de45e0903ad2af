import type { Rule } from './rule.js'
import { errorCodesPage, goSdk, openapi, recorded } from './sources.js'

export const organizations = [
  {
    id: 'organization-read',
    label: 'observed',
    statement: '`GET /orgs` answers 200 with a page of organizations, `GET /orgs/{orgId}` 200 with one.',
    sources: [recorded('listOrgs', '106 pages'), recorded('getOrg', '106 answers')],
  },
  {
    id: 'organization-keys',
    label: 'observed',
    statement: 'An organization has `id`, `isDeleted`, `links`, `name` and `skipDefaultAlertsSettings`.',
    sources: [recorded('listOrgs', '106 pages'), recorded('getOrg', '106 answers')],
  },
  {
    id: 'organization-links',
    label: 'observed',
    statement:
      'A single organization links to `self` and then, as `https://cloud.mongodb.com/{word}`, to its path followed by `groups`, `teams` and `users`; in a list it links to `self` only.',
    sources: [recorded('getOrg', '106 answers'), recorded('listOrgs', '106 pages')],
  },
  {
    id: 'organization-projects',
    label: 'documented',
    statement: '`GET /orgs/{orgId}/groups` answers 200 with a page of projects, told as by `GET /groups`.',
    sources: [openapi('getOrgGroups')],
  },
  {
    id: 'organization-visible',
    label: 'chosen',
    statement:
      '`GET /orgs` lists the one organization that the credential belongs to, and `GET /orgs/{orgId}/groups` those of its projects that the credential may see.',
  },
  {
    id: 'list-name-filter',
    label: 'documented',
    statement:
      'The query parameter `name` chooses organizations, and projects of an organization, whose name begins so, in whatever case.',
    sources: [openapi('the parameter of listOrgs and getOrgGroups')],
  },
  {
    id: 'organization-version',
    label: 'documented',
    statement: '2023-01-01 is the only resource version of the operations on organizations.',
    sources: [openapi('media types of these operations')],
  },
  {
    id: 'organization-id',
    label: 'documented',
    statement:
      'An organization id that is malformed is 404 `INVALID_ORG_ID`, one that is unknown 404 `ORG_NOT_FOUND`, both with the id as parameter.',
    sources: [errorCodesPage('INVALID_ORG_ID', 'ORG_NOT_FOUND')],
  },
  {
    id: 'organization-not-authorized',
    label: 'chosen',
    statement:
      'For an operation on an organization the id is told where that of a project would be, and a credential of another organization gets 401 `USER_UNAUTHORIZED`.',
  },
  {
    id: 'organization-role-mapping',
    label: 'chosen',
    statement:
      'Organization Member is any role in the organization or on one of its projects; creating a project takes `ORG_OWNER` or `ORG_GROUP_CREATOR`.',
  },
  {
    id: 'organization-settings',
    label: 'chosen',
    statement:
      'The settings of an organization that nobody has configured say `genAIFeaturesEnabled` true, 8760 hours for secrets, `operationsContact` null, every other flag false, and `apiAccessListRequired` as it is.',
  },
  {
    id: 'system-status',
    label: 'documented',
    statement:
      '`GET /api/atlas/v2` tells `apiKey` with `accessList`, `id`, `publicKey` and `roles`, `appName`, `build`, `links` and `throttling`.',
    sources: [goSdk('the model `SystemStatus`', '2026-11')],
  },
  {
    id: 'system-status-details',
    label: 'chosen',
    statement:
      "In the system's status a service account is told as a key with its client id, `build` is 40 hex digits, `throttling` is false, and `apiKey` is missing where no credentials are asked for.",
  },
] as const satisfies readonly Rule[]
