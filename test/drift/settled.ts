import type { Settled } from './drift.js'

const aws = 'AWS is the only provider that is served'
const recorded = 'recorded answers of Atlas have it so, whatever its OpenAPI says'

/** Differences between Atlas's OpenAPI and the emulator that are meant, and why. */
export const settled: readonly Settled[] = [
  {
    operation: 'getSystemStatus',
    what: 'Atlas has no such operation at this path',
    reason: 'its documentation and its SDKs have it; a slice of the OpenAPI may lack it',
  },
  { operation: '*', what: 'answer status: the emulator alone', reason: 'a page in an envelope tells its status' },
  {
    operation: '*BackupExportBucket',
    what: 'query parameter pretty: the emulator alone',
    reason: 'flags work on every operation',
  },
  { operation: '*', what: '* value AZURE: Atlas alone', reason: aws },
  { operation: '*', what: '* value GCP: Atlas alone', reason: aws },
  { operation: 'listGroupCloudProviderAccess', what: 'answer azureServicePrincipals[].*', reason: aws },
  { operation: 'listGroupCloudProviderAccess', what: 'answer gcpServiceAccounts[].*', reason: aws },
  {
    operation: '*CloudProviderAccess*',
    what: '*featureUsages[].feature*: Atlas alone',
    reason: 'export buckets are the only feature that is served and uses roles',
  },
  {
    operation: '*Group*',
    what: '*regionUsageRestrictions: Atlas alone',
    reason: 'it is for Atlas for Government alone, and in none of the recorded answers',
  },
  { operation: '*BackupExportBucket*', what: 'answer *links*: Atlas alone', reason: recorded },
  { operation: 'createGroup', what: 'success: Atlas 200, the emulator 201', reason: recorded },
  { operation: 'deleteGroup', what: 'success: Atlas 204, the emulator 202', reason: recorded },
  {
    operation: 'createGroup',
    what: 'role: Atlas none, the emulator Organization Project Creator',
    reason: 'the text of the operation asks for this role',
  },
  {
    operation: 'createGroup',
    what: 'query parameter projectOwnerId: Atlas alone',
    reason: 'it names a user, and the emulator knows no users that could own a project',
  },
  {
    operation: 'createGroup',
    what: 'request c* required: Atlas true, the emulator false',
    reason: 'both are read-only, and no client can know them before',
  },
  {
    operation: 'createGroupBackup*',
    what: 'request * required: Atlas false, the emulator true',
    reason: 'nothing can be made without them, and the documentation of both resources asks for them',
  },
  { operation: '*GroupSettings', what: '* isAtlasHomePageAiAssistantEnabled: the emulator alone', reason: recorded },
  {
    operation: 'getOrgSettings',
    what: 'answer customSessionTimeouts*: Atlas alone',
    reason: 'it may be absent, and is where nobody has configured it',
  },
  ...['listOrgs', 'getOrg', 'listGroupLimits', 'getGroupLimit', 'listGroupFlexClusters'].map((operation) => ({
    operation,
    what: 'status 409: Atlas alone',
    reason: 'it reads, and nothing that the emulator holds can stand in its way',
  })),
  {
    operation: 'list*Users',
    what: 'query parameter *: Atlas alone',
    reason: 'only the filters of private endpoints’ neighbours that clients use are served; others are ignored',
  },
  {
    operation: 'listGroupClusters',
    what: 'query parameter includeDeletedWithRetainedBackups: Atlas alone',
    reason: 'clusters are listed as the fixture writes them',
  },
]
