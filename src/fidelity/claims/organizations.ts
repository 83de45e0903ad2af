import type { Rule } from './rule.js'
import { openapi, recorded } from './sources.js'

export const organizations = [
  {
    id: 'organization-keys',
    label: 'observed',
    statement:
      'An organization has `id`, `isDeleted`, `links`, `name` and `skipDefaultAlertsSettings`; it links to `self` and, where it stands alone, as `https://cloud.mongodb.com/{word}` to `groups`, `teams` and `users`.',
    sources: [recorded('listOrgs', '106 pages'), recorded('getOrg', '106 answers')],
  },
  {
    id: 'organization-projects',
    label: 'documented',
    statement: '`GET /orgs/{orgId}/groups` answers a page of projects as `GET /groups` does.',
    sources: [openapi('getOrgGroups')],
  },
  {
    id: 'organization-settings',
    label: 'documented',
    statement: '`GET /orgs/{orgId}/settings` answers the settings, `apiAccessListRequired` among them.',
    sources: [openapi('OrganizationSettings')],
  },
  {
    id: 'organization-users',
    label: 'observed',
    statement:
      'An active user has `country`, `createdAt`, `firstName`, `id`, `lastAuth`, `lastName`, `mobileNumber`, which may be `null`, `orgMembershipStatus`, `roles`, `teamIds` and `username`; an invited one has `invitationCreatedAt`, `invitationExpiresAt` and `inviterUsername` in place of all that tells of a person.',
    sources: [recorded('listOrgUsers', '1,883 active and 633 invited users')],
  },
  {
    id: 'organization-users-order',
    label: 'observed',
    statement: 'Users are listed by username, active and invited ones mixed.',
    sources: [recorded('listOrgUsers', '212 of 212 pages with several users')],
  },
  {
    id: 'organization-users-versions',
    label: 'documented',
    statement: 'Users have the versions 2023-01-01, which ends on 1 July 2027, and 2025-02-19.',
    sources: [openapi('listOrgUsers and listGroupUsers')],
  },
] as const satisfies readonly Rule[]
