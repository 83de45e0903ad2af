/** Every question that verify asks, as data, and why no question is asked about the other claims. */
import type { ClaimId } from '../claims.js'
import { type Level, levels, madeUpSegment, malformed } from './guard.js'
import type { Probe } from './probe.js'

const api = '/api/atlas/v2'
const projects = `${api}/groups`
const organization = `${api}/orgs/‹organization:1›`
const project = `${projects}/‹project:1›`
const endpoints = `${project}/backup/AWS/privateEndpoints`
const buckets = `${project}/backup/exportBuckets`
const roles = `${project}/cloudProviderAccess`
const elsewhere = `${projects}/‹nobody›`
/** Where nothing can be changed, whoever asks. */
const nowhere = `${elsewhere}/backup/AWS/privateEndpoints`

const version = (date: string) => ({ accept: `application/vnd.atlas.${date}+json` })
const usual = version('2025-03-12')
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const json = { 'content-type': 'application/json' }

type Claims = Probe['claims']
type Rest = Partial<Pick<Probe, 'body' | 'headers' | 'identity' | 'shows' | 'needs' | 'isShape' | 'decides'>>

function get(id: string, claims: Claims, path: string, rest: Rest = {}): Probe {
  return { id, level: 'read', claims, method: 'GET', path, identity: 'own', headers: usual, ...rest }
}

/** A request without credentials, or with ones that are none. */
function stranger(id: string, claims: Claims, method: string, path: string, rest: Rest = {}): Probe {
  return { id, level: 'read', claims, method, path, identity: 'none', headers: usual, ...rest }
}

/** A request that Atlas must refuse. */
function refused(id: string, claims: Claims, method: string, path: string, rest: Rest = {}): Probe {
  return { id, level: 'refuse', claims, method, path, identity: 'own', headers: { ...usual, ...json }, ...rest }
}

const owner = { shows: 'private endpoint', needs: ['owner'] } as const
/** Where an error tells which of several things is at fault. */
const errorText = ['body:/detail', 'body:/parameters*']
const bucket = { shows: 'export bucket', needs: ['buckets'] } as const

/** Whoever asks without credentials is told so first. */
const strangers: readonly Probe[] = [
  stranger('challenge', ['challenge-shape', 'challenge-body', 'challenge-headers', 'digest-md5'], 'GET', endpoints),
  stranger('challenge-post', ['challenge-before-body', 'challenge-headers'], 'POST', nowhere, {
    headers: { ...usual, ...json },
    body: '{',
  }),
  stranger('challenge-delete', ['challenge-headers'], 'DELETE', `${nowhere}/‹nobody›`),
  stranger('challenge-flags', ['challenge-body'], 'GET', `${endpoints}?pretty=false&envelope=true`),
  stranger('challenge-first', ['order-credentials-first'], 'GET', nowhere, { headers: {} }),
  stranger('key-unknown', ['challenge-shape', 'digest-md5'], 'GET', endpoints, { identity: 'made up' }),
  stranger('token-unknown', ['token-bad'], 'GET', endpoints, {
    headers: { ...usual, authorization: 'Bearer none' },
    decides: ['header:www-authenticate'],
  }),
  stranger('path-unknown-first', ['unknown-path-after-credentials'], 'GET', `${api}/${madeUpSegment}`),
  stranger('path-outside', ['no-such-path', 'unknown-path-after-credentials'], 'GET', `/${madeUpSegment}`),
  stranger('path-doubled-slash', ['unknown-path-after-credentials'], 'GET', `${api}//${madeUpSegment}`),
  stranger('method-unknown', ['method-not-allowed-empty', 'allow-header'], 'PUT', nowhere),
  stranger('method-unknown-of-one', ['allow-header'], 'PUT', `${nowhere}/‹nobody›`),
  stranger('method-unknown-bucket', ['allow-header'], 'PUT', `${elsewhere}/backup/exportBuckets/‹nobody›`),
  stranger('options', ['options-answer'], 'OPTIONS', endpoints),
  stranger('token-client-unknown', ['token-errors', 'token-client-first'], 'POST', '/api/oauth/token', {
    headers: form,
    body: 'grant_type=none&client_id=mdb_sa_id_‹nobody›&client_secret=none',
    decides: ['header:www-authenticate'],
  }),
  stranger('token-no-client', ['token-errors'], 'POST', '/api/oauth/token', {
    headers: form,
    body: 'grant_type=client_credentials',
  }),
  stranger('token-slash', ['trailing-slash-oauth'], 'POST', '/api/oauth/token/', {
    headers: form,
    body: 'grant_type=client_credentials&grant_type=client_credentials',
  }),
  stranger('token-pretty', ['token-pretty-envelope'], 'POST', '/api/oauth/token?pretty=true&envelope=true', {
    headers: form,
    body: '',
  }),
  stranger('revoke-client-unknown', ['token-revoke'], 'POST', '/api/oauth/revoke', {
    headers: form,
    body: 'token=none',
  }),
]

/** What exists, and how it is told. */
const things: readonly Probe[] = [
  get('project', ['project-read', 'project-keys', 'project-links', 'project-version'], project, { shows: 'project' }),
  get('projects', ['project-read', 'role-visible-projects'], projects, { shows: 'project', needs: ['projects'] }),
  get('projects-first-page', ['list-next-link', 'list-parameters'], `${projects}?itemsPerPage=1`, {
    shows: 'project',
    needs: ['two projects'],
  }),
  get('projects-second-page', ['list-previous-link', 'list-parameters'], `${projects}?pageNum=2&itemsPerPage=1`, {
    shows: 'project',
    needs: ['two projects'],
  }),
  get('endpoints', ['operation-list', 'list-shape', 'operation-version'], endpoints, owner),
  get('endpoints-unauthorized', ['user-unauthorized', 'role-private-endpoints'], endpoints, { needs: ['no owner'] }),
  get('endpoint', ['operation-get', 'endpoint-fields'], `${endpoints}/‹endpoint:1›`, {
    ...owner,
    needs: ['owner', 'endpoint'],
  }),
  get('endpoint-unknown', ['endpoint-not-found', 'endpoint-not-found-phrase'], `${endpoints}/‹nobody›`, owner),
  get('endpoint-malformed', ['endpoint-not-found', 'endpoint-not-found-phrase'], `${endpoints}/${malformed}`, owner),
  get('project-unknown', ['group-not-found'], elsewhere),
  get('project-unknown-of-endpoints', ['group-not-found'], nowhere),
  get('project-malformed', ['group-id-malformed'], `${projects}/${malformed}`),
  get('provider-unknown', ['provider-unknown'], `${project}/backup/AZURE/privateEndpoints`, owner),
  get('path-unknown', ['no-such-path'], `${api}/${madeUpSegment}`),
  get('path-undecoded', ['path-as-sent'], `${api}/${madeUpSegment}/%41?a=b`, { decides: errorText }),
  get('buckets', ['export-bucket-keys', 'export-bucket-versions', 'role-mapping'], buckets, bucket),
  get('bucket', ['export-bucket-region'], `${buckets}/‹bucket:1›`, {
    ...bucket,
    needs: ['bucket'],
    decides: ['body:/region'],
  }),
  get('bucket-unknown', ['export-bucket-not-found'], `${buckets}/‹nobody›`),
  get('bucket-malformed', ['export-bucket-not-found'], `${buckets}/${malformed}`),
  get(
    'buckets-deprecated',
    ['version-deprecation-headers', 'version-deprecated-since', 'export-bucket-versions'],
    buckets,
    { ...bucket, headers: version('2023-01-01') },
  ),
  get('bucket-unknown-deprecated', ['version-deprecation-headers'], `${buckets}/‹nobody›`, {
    headers: version('2023-01-01'),
  }),
  {
    ...get(
      'token',
      ['token-request', 'token-answer', 'token-claims', 'token-subject', 'token-secret-as-is'],
      '/api/oauth/token',
      {
        needs: ['service account'],
        headers: form,
        body: 'grant_type=client_credentials',
      },
    ),
    method: 'POST',
  },
]

/** What is around private endpoints. */
const neighbours: readonly Probe[] = [
  get('organizations', ['organization-read', 'organization-visible'], `${api}/orgs`, {
    shows: 'organization',
    needs: ['organization'],
  }),
  get('organization', ['organization-read', 'organization-version', 'organization-role-mapping'], organization, {
    shows: 'organization',
    needs: ['organization'],
  }),
  get('organization-projects', ['organization-projects'], `${organization}/groups`, {
    shows: 'project',
    needs: ['organization', 'projects'],
  }),
  get('organization-projects-named', ['list-name-filter'], `${organization}/groups?name=${madeUpSegment}`, {
    shows: 'project',
    needs: ['organization'],
  }),
  get('organization-unknown', ['organization-id'], `${api}/orgs/‹nobody›`),
  get('organization-malformed', ['organization-id'], `${api}/orgs/${malformed}`),
  get('organization-settings', ['organization-settings'], `${organization}/settings`, {
    isShape: true,
    needs: ['organization'],
  }),
  get('project-by-name', ['project-by-name'], `${projects}/byName/‹encoded:1›`, {
    shows: 'project',
    needs: ['projects'],
  }),
  get('project-by-name-unknown', ['project-by-name-unknown'], `${projects}/byName/${madeUpSegment}`),
  get('settings', ['settings-of-a-new-project', 'legacy-location'], `${project}/settings`, {
    isShape: true,
    decides: ['header:location'],
  }),
  get('limits', ['limit-list'], `${project}/limits`, { isShape: true }),
  get('limit-unknown', ['limit-unknown'], `${project}/limits/${malformed}`),
  get('ip-addresses', ['ip-addresses'], `${project}/ipAddresses`, { isShape: true }),
  get('managed-slow-ms', ['managed-slow-ms'], `${project}/managedSlowMs`, { isShape: true }),
  get('system-status', ['system-status'], api, { isShape: true }),
  get('users-before', ['user-versions'], `${elsewhere}/users`, { headers: version('2022-12-31') }),
  get('users-deprecated', ['user-versions'], `${elsewhere}/users`, { headers: version('2023-01-01') }),
  get('clusters-deprecated', ['cluster-versions'], `${elsewhere}/clusters`, { headers: version('2023-02-01') }),
  get('flex-clusters-before', ['cluster-versions'], `${elsewhere}/flexClusters`, { headers: version('2024-11-12') }),
  get('roles', ['access-role-list', 'role-cloud-provider-access'], roles, { needs: ['roles'], isShape: true }),
  get('roles-enveloped', ['access-role-list-envelope'], `${roles}?envelope=true`, { needs: ['roles'], isShape: true }),
  get('role', ['access-role-operations', 'access-role-keys'], `${roles}/‹role:1›`, {
    needs: ['role'],
    shows: 'access role',
    isShape: true,
  }),
  get('role-unknown', ['access-role-not-found'], `${roles}/‹nobody›`),
  get('role-malformed', ['access-role-not-found'], `${roles}/${malformed}`),
  get('role-before', ['access-role-version'], roles, { headers: version('2022-12-31') }),
]

/** How lists and answers of all kinds are printed. */
const representation: readonly Probe[] = [
  get(
    'list-unknown-parameters',
    ['list-links-keep-parameters', 'query-unknown-ignored', 'list-self-link'],
    `${endpoints}?b=%7e&a=x%20y&empty=`,
    owner,
  ),
  get('list-page-size', ['list-parameters', 'list-self-link'], `${endpoints}?itemsPerPage=500`, owner),
  get('list-no-count', ['list-parameters'], `${endpoints}?includeCount=false`, owner),
  get('list-past-the-end', ['list-past-the-end'], `${endpoints}?pageNum=999`, owner),
  get('list-trailing-slash', ['trailing-slash', 'list-links-trailing-slash'], `${endpoints}/`, {
    ...owner,
    decides: ['body:/links/0/href'],
  }),
  get('list-empty-number', ['query-empty-absent'], `${endpoints}?itemsPerPage=`, owner),
  get('list-pretty', ['pretty-form'], `${endpoints}?pretty=true`, owner),
  get('project-pretty', ['pretty-form'], `${project}?pretty=true`, { shows: 'project' }),
  get('flag-bare', ['query-values'], `${project}?pretty`, { shows: 'project' }),
  get('flag-upper-case', ['query-values'], `${project}?envelope=TRUE`, { shows: 'project' }),
  get('flag-false', ['query-values'], `${project}?pretty=False&envelope=false`, { shows: 'project' }),
  get('flag-bad', ['query-parameter-invalid', 'query-values'], `${endpoints}?pretty=maybe`, owner),
  get('page-zero', ['query-parameter-invalid', 'list-parameters'], `${endpoints}?pageNum=0`, owner),
  get('page-size-over', ['query-parameter-invalid', 'list-parameters'], `${endpoints}?itemsPerPage=501`, owner),
  get('page-size-text', ['query-parameter-invalid', 'query-values'], `${endpoints}?itemsPerPage=1e1`, owner),
  get('parameter-twice', ['query-first-fault'], `${endpoints}?pageNum=1&itemsPerPage=0&pageNum=1`, {
    ...owner,
    decides: errorText,
  }),
  get('envelope-page', ['envelope-entity'], `${endpoints}?envelope=true`, { ...owner, decides: ['body:/status'] }),
  get('envelope-one', ['envelope-entity'], `${project}?envelope=true`, {
    shows: 'project',
    decides: ['body:/status', 'body:/content'],
  }),
  get('envelope-error', ['envelope-others'], `${projects}/‹nobody›?envelope=true`, {
    decides: ['body:/status', 'body:/content'],
  }),
  get('pretty-error', ['pretty-envelope-everywhere'], `${projects}/‹nobody›?envelope=true&pretty=true`, {
    decides: ['body:', 'body:/status', 'body:/content'],
  }),
  { ...get('head', ['head-like-get'], endpoints, owner), method: 'HEAD' },
  { ...get('head-error', ['head-like-get'], elsewhere), method: 'HEAD' },
  get('gzip', ['gzip-success'], project, { headers: { ...usual, 'accept-encoding': 'gzip' }, shows: 'project' }),
  get('gzip-error', ['gzip-success'], elsewhere, { headers: { ...usual, 'accept-encoding': 'gzip' } }),
  get('gzip-refused', ['gzip-q-values'], project, {
    headers: { ...usual, 'accept-encoding': 'gzip;q=0, br' },
    shows: 'project',
    decides: ['header:content-encoding'],
  }),
  get('gzip-tie', ['gzip-details'], project, {
    headers: { ...usual, 'accept-encoding': 'identity, gzip' },
    shows: 'project',
    decides: ['header:content-encoding'],
  }),
  get('gzip-pretty', ['gzip-details'], `${project}?pretty=true`, {
    headers: { ...usual, 'accept-encoding': 'gzip' },
    shows: 'project',
    decides: ['header:content-encoding'],
  }),
  get('body-of-get', ['request-body-ignored'], project, {
    headers: { ...usual, 'content-type': 'text/plain' },
    body: 'x',
    shows: 'project',
  }),
]

/** Which version is served. */
const versions: readonly Probe[] = [
  get('accept-absent', ['version-absent', 'version-not-acceptable'], endpoints, { headers: {}, needs: ['owner'] }),
  get('accept-anything', ['version-absent'], endpoints, { headers: { accept: '*/*' }, needs: ['owner'] }),
  get('accept-json', ['version-absent'], endpoints, { headers: { accept: 'application/json' }, needs: ['owner'] }),
  get('accept-preview', ['version-other-forms'], endpoints, {
    headers: { accept: 'application/vnd.atlas.preview+json' },
    needs: ['owner'],
  }),
  get('accept-upcoming', ['version-other-forms'], endpoints, {
    headers: { accept: 'application/vnd.atlas.2025-03-12.upcoming+json' },
    needs: ['owner'],
  }),
  get('accept-no-date', ['version-other-forms'], endpoints, { headers: version('2025-02-30'), needs: ['owner'] }),
  get('accept-csv', ['version-other-forms'], endpoints, {
    headers: { accept: 'application/vnd.atlas.2025-03-12+csv' },
    needs: ['owner'],
  }),
  get('accept-before-first', ['version-before-first'], endpoints, { headers: version('2024-11-12'), needs: ['owner'] }),
  get('accept-first', ['version-newest-on-or-before', 'operation-version'], endpoints, {
    ...owner,
    headers: version('2024-11-13'),
  }),
  get('accept-newest', ['version-newest-on-or-before'], buckets, { ...bucket, headers: version('2024-05-30') }),
  get('accept-future', ['version-future'], endpoints, { ...owner, headers: version('2099-01-01') }),
  get('accept-weights', ['version-media-types'], buckets, {
    ...bucket,
    headers: {
      accept: 'application/vnd.atlas.2023-01-01+json;q=0.1, */*, APPLICATION/vnd.atlas.2024-05-30+json;q=0.9',
    },
    decides: ['header:content-type', 'header:deprecation', 'header:sunset'],
  }),
  get('order-version-first', ['order-of-checks'], nowhere, { headers: {} }),
  get('order-project-first', ['order-of-checks'], `${elsewhere}/backup/AZURE/privateEndpoints?pageNum=0`),
  get('order-provider-first', ['order-of-checks'], `${project}/backup/AZURE/privateEndpoints?pageNum=0`, owner),
  get('order-query-first', ['order-of-checks'], `${endpoints}/‹nobody›?pretty=maybe`, owner),
]

const create = (id: string, claims: Claims, body: string | undefined, rest: Rest = {}) =>
  refused(id, claims, 'POST', endpoints, { ...owner, ...(body !== undefined && { body }), ...rest })
const createBucket = (id: string, claims: Claims, body: string) =>
  refused(id, claims, 'POST', buckets, { body, needs: ['buckets', 'owner'] })
const ownerOnly = { needs: ['owner'] } as const
const createProject = (id: string, claims: Claims, body: string) =>
  refused(id, claims, 'POST', projects, { body, needs: ['projects'] })
const aws = '"cloudProvider":"AWS"'

/** What Atlas must refuse; the bodies that a more lenient Atlas could take come last. */
const refusals: readonly Probe[] = [
  create('type-absent', ['content-type-unsupported'], '{}', { headers: usual }),
  create('type-text', ['content-type-unsupported'], '{}', { headers: { ...usual, 'content-type': 'text/plain' } }),
  create('type-form', ['content-type-unsupported'], 'a=b', { headers: { ...usual, ...form } }),
  create('type-version', ['request-content-type-versions'], '{', {
    headers: { ...usual, 'content-type': 'application/vnd.atlas.2023-01-01+json;charset=utf-8' },
  }),
  create('body-cut', ['body-malformed'], '{"cloudProvider":'),
  create('body-prototype', ['body-prototype-keys'], '{"__proto__":{}}'),
  create('body-absent', ['body-no-object'], undefined),
  create('body-list', ['body-no-object'], '[]'),
  create('body-null', ['body-no-object'], 'null'),
  create('attribute-unknown', ['attribute-unknown', 'error-without-fields'], '{"madeUp":1}'),
  create('attributes-unknown', ['order-of-violations'], '{"zeta":1,"alpha":1}', { decides: errorText }),
  create('attribute-missing', ['attribute-missing'], `{${aws}}`),
  create('attribute-missing-other', ['attribute-missing'], '{"regionName":"US_EAST_1"}'),
  create('attributes-missing', ['attributes-missing'], '{}'),
  create('attribute-number', ['attribute-wrong-type'], '{"cloudProvider":7,"regionName":"US_EAST_1"}'),
  create('attribute-null', ['attribute-null'], `{${aws},"regionName":null}`),
  create(
    'attribute-enum',
    ['attribute-enum', 'endpoint-provider-aws'],
    '{"cloudProvider":"NOWHERE","regionName":"US_EAST_1"}',
  ),
  create('attribute-enum-empty', ['attribute-enum'], '{"cloudProvider":"","regionName":"US_EAST_1"}'),
  create('region-unknown', ['attribute-region', 'endpoint-regions'], `{${aws},"regionName":"NOWHERE_1"}`),
  create('violations', ['order-of-violations'], '{"cloudProvider":"NOWHERE","regionName":7}'),
  refused('order-type-first', ['order-of-checks'], 'POST', endpoints, {
    ...owner,
    headers: { ...usual, 'content-type': 'text/plain' },
    body: '{',
  }),
  refused('order-query-before-body', ['order-of-checks'], 'POST', `${endpoints}?pretty=maybe`, { ...owner, body: '{' }),
  refused('create-elsewhere', ['group-not-found', 'order-of-checks'], 'POST', nowhere, { body: '{' }),
  refused('create-provider', ['provider-unknown'], 'POST', `${project}/backup/AZURE/privateEndpoints`, {
    ...owner,
    body: '{',
  }),
  refused('create-enveloped', ['pretty-envelope-everywhere'], 'POST', `${endpoints}?envelope=true&pretty=true`, {
    ...owner,
    body: '{',
    decides: ['body:', 'body:/status', 'body:/content'],
  }),
  refused(
    'delete-unknown',
    ['endpoint-not-found', 'endpoint-not-found-phrase'],
    'DELETE',
    `${endpoints}/‹nobody›`,
    owner,
  ),
  refused(
    'delete-unknown-bucket',
    ['export-bucket-not-found', 'export-bucket-delete-versions'],
    'DELETE',
    `${buckets}/‹nobody›`,
  ),
  refused(
    'delete-bucket-before',
    ['export-bucket-delete-versions', 'version-per-method'],
    'DELETE',
    `${buckets}/‹nobody›`,
    { headers: version('2022-12-31') },
  ),
  refused('update-unknown-bucket', ['export-bucket-not-found'], 'PATCH', `${buckets}/‹nobody›`, {
    body: '{"requirePrivateNetworking":true}',
  }),
  refused('update-bucket-before', ['version-per-method', 'export-bucket-versions'], 'PATCH', `${buckets}/‹nobody›`, {
    headers: { ...version('2023-01-01'), ...json },
    body: '{}',
  }),
  createBucket('bucket-attributes-missing', ['attributes-missing'], '{}'),
  createBucket('bucket-attribute-unknown', ['attribute-unknown'], '{"madeUp":1}'),
  createBucket(
    'bucket-provider',
    ['export-bucket-providers', 'attribute-enum'],
    '{"bucketName":"verify-bucket","cloudProvider":"AZURE","iamRoleId":"‹nobody›"}',
  ),
  createBucket('bucket-read-only', ['attribute-read-only'], '{"links":[]}'),
  createBucket('bucket-name', ['attribute-form'], `{"bucketName":"x",${aws},"iamRoleId":"‹nobody›"}`),
  createBucket(
    'bucket-role-unknown',
    ['export-bucket-cannot-assume-role', 'export-bucket-role'],
    `{"bucketName":"${madeUpSegment}",${aws},"iamRoleId":"‹nobody›"}`,
  ),
  createProject('project-attributes-missing', ['attributes-missing'], '{}'),
  createProject('project-name', ['project-name'], '{"name":"<verify>","orgId":"‹nobody›"}'),
  createProject(
    'project-organization-unknown',
    ['project-create-order', 'organization-id'],
    `{"name":"${madeUpSegment}","orgId":"‹nobody›"}`,
  ),
  refused('update-unknown-project', ['group-not-found'], 'PATCH', elsewhere, { body: '{}' }),
  refused('delete-unknown-project', ['group-not-found'], 'DELETE', elsewhere),
  refused('update-settings-elsewhere', ['group-not-found'], 'PATCH', `${elsewhere}/settings`, { body: '{}' }),
  refused('update-unknown-role', ['access-role-not-found'], 'PATCH', `${roles}/‹nobody›`, {
    ...ownerOnly,
    body: '{"providerName":"AWS"}',
  }),
  refused('delete-unknown-role', ['access-role-not-found'], 'DELETE', `${roles}/AWS/‹nobody›`, ownerOnly),
  refused('delete-role-provider', ['access-role-providers'], 'DELETE', `${roles}/AZURE/‹nobody›`, ownerOnly),
  refused('grant-type', ['token-errors'], 'POST', '/api/oauth/token', {
    needs: ['service account'],
    headers: form,
    body: 'grant_type=none',
  }),
  create('vpc-region-unknown', ['attribute-region'], `{${aws},"regionName":"US_EAST_1","vpcRegionName":"NOWHERE_1"}`),
  create('vpc-region-number', ['attribute-wrong-type'], `{${aws},"regionName":"US_EAST_1","vpcRegionName":7}`),
  create('vpc-region-null', ['attribute-null'], `{${aws},"regionName":"US_EAST_1","vpcRegionName":null}`),
  create(
    'attribute-of-answer',
    ['attribute-unknown', 'endpoint-request'],
    `{${aws},"regionName":"US_EAST_1","status":"ACTIVE"}`,
  ),
]

/** Every probe but those of the life of an endpoint, in the order in which they are sent. */
export const probes: readonly Probe[] = [
  ...strangers,
  ...things,
  ...neighbours,
  ...representation,
  ...versions,
  ...refusals,
]

/** The claims that the life of an endpoint shows, step by step; see lifecycle.ts. */
export const livingClaims = {
  create: [
    'operation-create',
    'endpoint-starts-initiating',
    'endpoint-connection-name-late',
    'create-without-location',
  ],
  young: ['operation-get', 'endpoint-connection-name-late'],
  listed: ['operation-list'],
  again: ['endpoint-exists', 'endpoint-place-unique'],
  initiating: ['endpoint-initiating-lasts'],
  settled: ['endpoint-settles', 'endpoint-connection-name-form', 'endpoint-statuses'],
  enveloped: ['envelope-entity'],
  delete: ['operation-delete', 'no-content-headers'],
  deleting: ['endpoint-deleting-until-gone'],
  deleteAgain: ['endpoint-delete-twice'],
  anew: ['endpoint-place-unique', 'endpoint-starts-initiating'],
  gone: ['endpoint-deleting-until-gone', 'endpoint-not-found'],
  deleteYoung: ['endpoint-delete-initiating'],
} as const satisfies Readonly<Record<string, Claims>>

/** Every claim that a life shows. */
export const shownByLife: readonly ClaimId[] = [
  ...Object.values(livingClaims).flat(),
  ...(['endpoint-nulls-sent', 'endpoint-key-order', 'endpoint-fields'] as const),
]

const ownEndpoints = 'the level mutate makes private endpoints alone'
const people = 'it is about users, teams and clusters, which a run does not read'
const anotherWorld = 'it takes an account of another kind than one run has'
const byFault = 'it is about faults, which Atlas has none of'
const ofEmulator = 'it is about the emulator’s own settings'
const load = 'to find out would be load'
const time = 'to find out takes longer than a run'
const manyClients = 'it takes a second service account'
const rawConnection = 'it takes a broken connection'

/** Why verify does not ask about a claim. */
export const unasked: Partial<Record<ClaimId, string>> = {
  'operation-statuses': 'each status has probes of its own',
  'operation-names': 'it is about clients',
  'own-answers': ofEmulator,
  'own-answers-any-version': ofEmulator,
  'own-answers-recorded': ofEmulator,
  'unserved-marked': ofEmulator,
  'unserved-names': ofEmulator,
  'unserved-not-implemented': ofEmulator,
  'older-apis-unserved': ofEmulator,
  'endpoint-error-message': 'nothing makes an endpoint fail on demand',
  'endpoint-delete-blocked': ofEmulator,
  'endpoint-recreation': 'it takes an AWS account that rejects the endpoint',
  'endpoint-recreation-ends': 'it takes an AWS account that rejects the endpoint',
  'gzip-faults': byFault,
  'long-body-http10-head': rawConnection,
  'envelope-delete': 'a run deletes one endpoint, without an envelope',
  'version-days': time,
  'version-gone': 'no version that is served has come to its end',
  'error-with-fields': byFault,
  'organization-requires-access-list': anotherWorld,
  'organization-requires-access-list-parameter': anotherWorld,
  'address-not-on-access-list': anotherWorld,
  'access-list-matching': anotherWorld,
  'body-too-large': load,
  'attribute-patch': 'no PATCH is sent to what exists',
  'unexpected-error': 'nothing makes Atlas fail on demand',
  'unexpected-error-tells-nothing': 'nothing makes Atlas fail on demand',
  'connection-malformed': rawConnection,
  'body-chunks': load,
  'connection-errors': rawConnection,
  'documented-examples': byFault,
  'undocumented-codes': byFault,
  'digest-uri': 'it takes a digest that is wrong on purpose, with a key that could be locked',
  'nonce-stale': time,
  'nonce-count': 'a request that is repeated as it is looks like an attack',
  'token-errors-by-fault': byFault,
  'token-rate-limit': load,
  'token-limits-details': load,
  'token-count-limit': load,
  'token-revoke-other-client': manyClients,
  'token-without-access-list': anotherWorld,
  'service-account-ids': 'a client id and a secret are never told',
  'role-names': anotherWorld,
  'bucket-refill-in-lump': load,
  'bucket-empty': load,
  'bucket-empty-link': load,
  'bucket-retry-after-503': 'nothing makes Atlas unavailable on demand',
  'bucket-settings': ofEmulator,
  'export-bucket-region-value': 'the emulator is told the region that the target tells',
  'export-bucket-create-status': ownEndpoints,
  'export-bucket-private-networking-default': ownEndpoints,
  'export-bucket-duplicates': ownEndpoints,
  'export-bucket-update': 'no PATCH is sent to what exists',
  'export-bucket-role-not-authorized': ownEndpoints,
  'export-bucket-without-role': ofEmulator,
  'export-bucket-private-networking': ownEndpoints,
  'access-role-account': 'accounts are never told',
  'access-role-create-status': ownEndpoints,
  'access-role-usages': ownEndpoints,
  'access-role-authorization': ownEndpoints,
  'access-role-authorization-again': ownEndpoints,
  'access-role-cannot-assume': ownEndpoints,
  'access-role-assumable': ownEndpoints,
  'access-role-in-use': ownEndpoints,
  'organization-not-authorized': anotherWorld,
  'system-status-details': 'keys and their ids are never told',
  'project-create': ownEndpoints,
  'project-owner': ownEndpoints,
  'project-name-taken': ownEndpoints,
  'project-limit': load,
  'project-update': 'no PATCH is sent to what exists',
  'project-delete': ownEndpoints,
  'project-delete-clusters': ownEndpoints,
  'project-delete-endpoints': ownEndpoints,
  'project-delete-rest': ownEndpoints,
  'project-cluster-count': people,
  'settings-update': 'no PATCH is sent to what exists',
  'limit-usage': people,
  'user-lists': people,
  'user-list-order': people,
  'user-filters': people,
  'team-keys': people,
  'cluster-lists': people,
}

/** The probes of a level and those below it. */
export function probesUpTo(level: Level): readonly Probe[] {
  return probes.filter((probe) => levels.indexOf(probe.level) <= levels.indexOf(level))
}
