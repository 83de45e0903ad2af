import type { Rule } from './rule.js'
import { allRecordings, recorded } from './sources.js'

export const headers = [
  {
    id: 'legacy-location',
    label: 'observed',
    statement:
      'The create of a project and GET and PATCH of its settings have `Location: {base URL}//api/atlas/v1.0`, whatever they are about, and no other answer has one.',
    sources: [
      recorded('createGroup', '4,739 of 4,739'),
      recorded('getGroupSettings', '103 of 103'),
      recorded('updateGroupSettings', '141 of 141'),
    ],
  },
  {
    id: 'security-headers',
    label: 'observed',
    statement:
      'Every answer of the API but the challenge and a 405 has `Referrer-Policy: strict-origin-when-cross-origin`, `Strict-Transport-Security: max-age=31536000; includeSubdomains;`, `X-Content-Type-Options: nosniff`, `X-Frame-Options: DENY` and `X-Permitted-Cross-Domain-Policies: none`.',
    sources: [allRecordings('every success and every ordinary error')],
  },
  {
    id: 'vary-on-get-and-post',
    label: 'observed',
    statement: 'GET and POST carry `Vary: Accept-Encoding` whatever the status, a 405 excepted.',
    sources: [
      recorded('GROUP_NOT_FOUND to createDatabaseUser', 'with `Vary`'),
      recorded('a 400 to deleteCluster', 'a DELETE without `Vary`'),
    ],
  },
  {
    id: 'no-content-headers',
    label: 'observed',
    statement: 'A 204 keeps the versioned `Content-Type` and has no `Content-Length`.',
    sources: [recorded('deleteGroupBackupExportBucket', '106 of 106')],
  },
  {
    id: 'headers-absent',
    label: 'observed',
    statement: 'No answer has `Set-Cookie`, `ETag`, CORS headers or the id of the request.',
    sources: [allRecordings('header names of all answers')],
  },
  {
    id: 'headers-of-the-emulator',
    label: 'chosen',
    statement:
      "`Server` names the emulator, and headers that only tell of Atlas's own implementation, as `X-Java-Method` and `X-Envoy-Upstream-Service-Time`, are left out.",
  },
] as const satisfies readonly Rule[]
