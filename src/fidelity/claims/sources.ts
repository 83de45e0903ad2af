/** Public places that claims cite, each address written once. */
import type { Source } from './rule.js'

const github = 'https://github.com'
const cli = `${github}/mongodb/mongodb-atlas-cli`
const snapshots = 'test/e2e/testdata/.snapshots'

/**
 * Answers of Atlas that the end-to-end tests of the Atlas CLI recorded, by operation or by what was answered.
 * `file` is the recorder's name for the recording of `date`; ids in it change with every recording. Where the folder is
 * known, the link is the history of that folder, because each recording replaces the one before.
 */
const recordings = {
  listOrgs: { file: 'GET_api_atlas_v2_orgs_1', date: '2026-08-10', folder: 'TestAtlasOrgs/List' },
  'listOrgUsers, two a page': {
    file: 'GET_api_atlas_v2_orgs_a0123456789abcdef012345a_users_2',
    date: '2026-08-10',
    folder: undefined,
  },
  listGroups: { file: 'GET_api_atlas_v2_groups_1', date: '2026-08-10', folder: 'TestAtlasProjects/List' },
  'listGroups as /groups/': { file: 'GET__api_atlas_v2_groups__1', date: '2025-04-15', folder: undefined },
  getGroup: { file: 'GET_api_atlas_v2_groups_6a793feb2c88faeba59bd8f6_1', date: '2026-08-10', folder: undefined },
  updateGroup: { file: 'PATCH_api_atlas_v2_groups_6a793feb2c88faeba59bd8f6_1', date: '2026-08-10', folder: undefined },
  deleteGroup: { file: 'DELETE_api_atlas_v2_groups_6a794320c0eb9e7a17728a63_1', date: '2026-08-10', folder: undefined },
  getOrg: { file: 'GET_api_atlas_v2_orgs_a0123456789abcdef012345a_1', date: '2026-08-10', folder: undefined },
  listOrgUsers: {
    file: 'GET_api_atlas_v2_orgs_a0123456789abcdef012345a_users_1',
    date: '2026-08-10',
    folder: undefined,
  },
  createGroup: { file: 'POST_api_atlas_v2_groups_1', date: '2026-08-10', folder: undefined },
  'createGroup in an organization that is full': {
    file: 'POST__api_atlas_v2_groups_1',
    date: '2025-04-15',
    folder: undefined,
  },
  'createGroup with a name that is taken': {
    file: 'POST_api_atlas_v2_groups_1',
    date: '2025-06-18',
    folder: undefined,
  },
  listGroupUsers: {
    file: 'GET_api_atlas_v2_groups_b0123456789abcdef012345b_users_1',
    date: '2026-08-10',
    folder: undefined,
  },
  listGroupTeams: {
    file: 'GET_api_atlas_v2_groups_6a794012c0eb9e7a17719684_teams_1',
    date: '2026-08-10',
    folder: undefined,
  },
  getGroupSettings: {
    file: 'GET_api_atlas_v2_groups_6a7940802c88faeba59bfda2_settings_1',
    date: '2026-08-10',
    folder: undefined,
  },
  updateGroupSettings: {
    file: 'PATCH_api_atlas_v2_groups_6a7940802c88faeba59bfda2_settings_1',
    date: '2026-08-10',
    folder: undefined,
  },
  'listGroupClusters at version 2023-02-01': {
    file: 'GET_api_atlas_v2_groups_6a799efbc0eb9e7a177d7e0e_clusters_1',
    date: '2026-08-10',
    folder: undefined,
  },
  listGroupBackupExportBuckets: {
    file: 'GET_api_atlas_v2_groups_b0123456789abcdef012345b_backup_exportBuckets_1',
    date: '2026-08-10',
    folder: 'TestExportBuckets/List',
  },
  createGroupBackupExportBucket: {
    file: 'POST_api_atlas_v2_groups_b0123456789abcdef012345b_backup_exportBuckets_1',
    date: '2026-08-10',
    folder: 'TestExportBuckets/Create',
  },
  getGroupBackupExportBucket: {
    file: 'GET_api_atlas_v2_groups_b0123456789abcdef012345b_backup_exportBuckets_6a793f752c88faeba59bba56_1',
    date: '2026-08-10',
    folder: 'TestExportBuckets',
  },
  deleteGroupBackupExportBucket: {
    file: 'DELETE_api_atlas_v2_groups_b0123456789abcdef012345b_backup_exportBuckets_6a793f752c88faeba59bba56_1',
    date: '2026-08-10',
    folder: 'TestExportBuckets/Delete',
  },
  createGroupCloudProviderAccess: {
    file: 'POST_api_atlas_v2_groups_6a793f832c88faeba59bc3c2_cloudProviderAccess_1',
    date: '2026-08-10',
    folder: undefined,
  },
  listGroupCloudProviderAccess: {
    file: 'GET_api_atlas_v2_groups_6a793f832c88faeba59bc3c2_cloudProviderAccess_1',
    date: '2026-08-10',
    folder: undefined,
  },
  listGroupPrivateEndpointEndpointService: {
    file: 'GET_api_atlas_v2_groups_6a793f63c0eb9e7a177153f5_privateEndpoint_AWS_endpointService_1',
    date: '2026-08-10',
    folder: 'TestPrivateEndpointsAWS',
  },
  'listGroupPrivateEndpointEndpointService while INITIATING': {
    file: 'GET__api_atlas_v2_groups_67ec2554e5d25d6be608e521_privateEndpoint_AWS_endpointService_1',
    date: '2025-04-01',
    folder: 'TestPrivateEndpointsAWS',
  },
  createGroupPrivateEndpointEndpointService: {
    file: 'POST_api_atlas_v2_groups_*_privateEndpoint_endpointService_1',
    date: '2026-08',
    folder: 'TestPrivateEndpointsAWS/Create',
  },
  'challenge to a GET': {
    file: 'GET_api_atlas_v2_groups_6a793f362c88faeba59b8a26_clusters_cluster-607_5',
    date: '2026-08-10',
    folder: undefined,
  },
  'challenge to a DELETE': {
    file: 'DELETE_api_atlas_v2_groups_6a793f362c88faeba59b8a26_clusters_cluster-607_1',
    date: '2026-08-10',
    folder: undefined,
  },
  'challenge to createGroup': { file: 'POST_api_atlas_v2_groups_1', date: '2026-08-10', folder: undefined },
  'GROUP_NOT_FOUND to createDatabaseUser': {
    file: 'POST_api_atlas_v2_groups_111111111111111111111111_databaseUsers_2',
    date: '2026-08-10',
    folder: undefined,
  },
  'RESOURCE_NOT_FOUND to getOnlineArchive': {
    file: 'GET_api_atlas_v2_groups_6a793f532c88faeba59ba0df_clusters_onlineArchives-734_onlineArchives_6a79450d2c88faeba59d4082_1',
    date: '2026-08-10',
    folder: undefined,
  },
  'a 400 to deleteCluster': {
    file: 'DELETE_api_atlas_v2_groups_b0123456789abcdef012345b_clusters_cluster-871_1',
    date: '2026-08-10',
    folder: undefined,
  },
  'a 500 to createRollingIndex': {
    file: 'POST_api_atlas_v2_groups_6923c92021519f56cb87793b_clusters_cluster-216_index_1',
    date: '2025-11-24',
    folder: undefined,
  },
  'a 405 to DELETE /groups/': { file: 'DELETE__api_atlas_v2_groups__1', date: '2025-04-15', folder: undefined },
} as const satisfies Record<string, { file: string; date: string; folder: string | undefined }>

/** One recorded answer, and what it shows. */
export function recorded(answer: keyof typeof recordings, what: string): Source {
  const { file, date, folder } = recordings[answer]
  const link = folder === undefined ? `${cli}/tree/main/${snapshots}` : `${cli}/commits/main/${snapshots}/${folder}`
  return { what: `Recorded ${answer}: ${what}; \`${file}.snaphost\``, link, date }
}

/** All answers that the Atlas CLI's end-to-end tests recorded from 31 March 2025 to 10 August 2026, and what they show. */
export const allRecordings = (what: string): Source => ({
  what: `Recorded answers of all operations (\`*.snaphost\`): ${what}`,
  link: `${cli}/tree/main/${snapshots}`,
  date: '2026-08-10',
})

/** Atlas's OpenAPI document. */
export const openapi = (what: string): Source => ({
  what: `OpenAPI: ${what}`,
  link: `${cli}/blob/main/tools/internal/specs/spec.yaml`,
  date: '2026-08-21',
})

/** Errors that the Terraform provider's acceptance tests met, as its logs print them. */
export const acceptanceLogs = (what: string, date: string): Source => ({
  what: `Acceptance logs of the Terraform provider: ${what}`,
  link: `${github}/EspenAlbert/schedule-test/tree/HEAD/ci-tests/docs`,
  date,
})

const docs = `${github}/mongodb/docs`
const readInNovember = '2026-11'

/** A page of Atlas's documentation, by its path below the documentation's source; its own date where it has one. */
const page = (title: string, path: string, what: string, date = readInNovember): Source => ({
  what: `Documentation, ${title}: ${what}`,
  link: `${docs}/blob/HEAD/content/atlas/source/${path}`,
  date,
})

export const rateLimitsPage = (what: string) => page('rate limits', 'includes/api-rate-limits.rst', what, '2026-04-10')
export const tokenPage = (what: string) =>
  page('generating a token', 'api/service-accounts/generate-oauth2-token.txt', what)
export const revokePage = (what: string) =>
  page('revoking a token', 'api/service-accounts/revoke-oauth2-token.txt', what)
export const authenticationPage = (what: string) => page('authentication', 'api/api-authentication.txt', what)
export const versioningPage = (what: string) => page('versioned API', 'api/versioned-api-overview.txt', what)
export const errorCodesPage = (...codes: string[]) =>
  page('error codes', 'reference/api-errors.txt', `${codes.join(', ')} with text and status`)
export const awsKmsPage = (what: string) =>
  page('AWS KMS over private endpoints', 'security/aws-kms-over-private-endpoint.txt', what)

/** The one page that tells how many tokens a service account may hold, and in which words more are refused. */
export const tokenLimitPage: Source = {
  what: 'Documentation, rate limits of the managed MCP server: tokens of a service account',
  link: 'https://www.mongodb.com/docs/mcp-server/remote-mcp/rate-limits.md',
  date: readInNovember,
}

/** Atlas's documentation where the page is not known to have kept its path. */
export const documentation = (what: string): Source => ({
  what: `Documentation: ${what}`,
  link: `${docs}/tree/HEAD/content/atlas/source`,
  date: readInNovember,
})

const terraform = `${github}/mongodb/terraform-provider-mongodbatlas`

/** What the Terraform provider waits for when it creates and deletes private endpoints for encryption at rest. */
export const terraformTransitions: Source = {
  what: "Terraform provider, state transitions of encryption at rest's private endpoints",
  link: `${terraform}/blob/HEAD/internal/service/encryptionatrestprivateendpoint/state_transition.go`,
  date: readInNovember,
}

export const terraformTroubleshooting: Source = {
  what: 'Terraform provider, troubleshooting of service accounts: the 429 word for word',
  link: terraform,
  date: readInNovember,
}

export const terraformSource = (what: string): Source => ({
  what: `Terraform provider: ${what}`,
  link: terraform,
  date: readInNovember,
})

/** Answers that the tests of the Terraform provider keep; its recorder sorts keys and masks ids. */
export const terraformMocks = (what: string): Source => ({
  what: `Mocks of the Terraform provider's tests, November 2024 to January 2025: ${what}`,
  link: terraform,
  date: '2025-01',
})

/** How the Kubernetes operator reads Atlas's answers. */
export const kubernetesOperator = (what: string): Source => ({
  what: `Kubernetes operator: ${what}`,
  link: `${github}/mongodb/mongodb-atlas-kubernetes/blob/HEAD/internal/translation/project/project.go`,
  date: readInNovember,
})

export const cliSource = (what: string): Source => ({ what: `Atlas CLI: ${what}`, link: cli, date: readInNovember })

export const goSdk = (what: string, date: string): Source => ({
  what: `Go SDK: ${what}`,
  link: `${github}/mongodb/atlas-sdk-go`,
  date,
})

export const mcpServer: Source = {
  what: "MongoDB's MCP server: it sends id and secret as they are, since `%5F` for `_` is refused",
  link: `${github}/mongodb-js/mongodb-mcp-server/blob/97195e48d3a415c1b0428d2db59e77ff73fd2729/src/common/atlas/apiClient.ts`,
  date: readInNovember,
}

/** What users of Atlas reported, word for word. */
export const reports = {
  ipAddress: {
    what: 'Terraform provider issue 1048: IP_ADDRESS_NOT_ON_ACCESS_LIST as printed',
    link: `${terraform}/issues/1048`,
    date: '2023-02-07',
  },
  accessList: {
    what: "A user's output of the Atlas CLI from 2023: ORG_REQUIRES_ACCESS_LIST with the address as its parameter",
    link: `${cli}/issues`,
    date: readInNovember,
  },
  versionGone: {
    what: 'Atlas CLI issue 4472: VERSION_GONE as printed, parameters included',
    link: `${cli}/issues/4472`,
    date: '2026-03-02',
  },
  unversioned: {
    what: 'Issue 58 of an Atlas client: requests without a versioned Accept header are answered 406',
    link: `${github}/montumodi/mongodb-atlas-api-client/issues/58`,
    date: '2025-04-07',
  },
} as const satisfies Record<string, Source>

const published = {
  6749: '2012-10',
  7009: '2013-08',
  7616: '2015-09',
  9110: '2022-06',
} as const

/** A section of an RFC that Atlas follows. */
export const rfc = (number: keyof typeof published, section: string): Source => ({
  what: `RFC ${number}, section ${section}`,
  link: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`,
  date: published[number],
})
