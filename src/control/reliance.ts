import { basePath } from '../atlas/base-path.js'
import { stub } from '../atlas/stub.js'
import type { ClaimId } from '../fidelity/claims.js'
import type { JournalEntry } from '../journal/entry.js'
import { isRecord } from '../values/record.js'
import { pathOf, queryParameters } from '../values/url.js'

/** What of a request and its answer a rule can be seen in. */
type Sign = (entry: JournalEntry) => boolean

const isOAuth: Sign = ({ url }) => pathOf(url).startsWith('/api/oauth/')
const isServed: Sign = (entry) => entry.operation !== null && !isOAuth(entry)
const isSuccess: Sign = ({ status }) => status !== null && status < 300
const isChallenge: Sign = ({ status, responseHeaders }) => status === 401 && 'www-authenticate' in responseHeaders
const isError: Sign = (entry) => (entry.status ?? 0) >= 400 && !isChallenge(entry) && !isOAuth(entry)

const isUnserved: Sign = ({ unserved }) => unserved

/** A request that no fault has touched, since what a fault answers is no rule's doing. */
const own =
  (...signs: Sign[]): Sign =>
  (entry) =>
    entry.fault === null && signs.every((sign) => sign(entry))
const code = (...codes: string[]): Sign => own(({ errorCode }) => errorCode !== null && codes.includes(errorCode))
const operation =
  (...ids: string[]): Sign =>
  ({ operation }) =>
    operation !== null && ids.includes(operation)
const method =
  (...methods: string[]): Sign =>
  (entry) =>
    methods.includes(entry.method)
const status =
  (wanted: number): Sign =>
  (entry) =>
    entry.status === wanted
const answered =
  (header: string): Sign =>
  ({ responseHeaders }) =>
    header in responseHeaders
const asked =
  (name: string, ...values: string[]): Sign =>
  ({ url }) =>
    queryParameters(url).some(
      (parameter) => parameter.name === name && (values.length === 0 || values.includes(parameter.value.toLowerCase())),
    )
const not =
  (sign: Sign): Sign =>
  (entry) =>
    !sign(entry)
const refused =
  (...why: string[]): Sign =>
  ({ refusal }) =>
    refusal !== null && why.includes(refusal)

const isEnveloped = asked('envelope', 'true', '')
const isPretty = asked('pretty', 'true', '')
const isPage = operation('listGroupBackupPrivateEndpoints', 'listGroups', 'listGroupBackupExportBuckets')
const isEndpoint = operation('createGroupBackupPrivateEndpoint', 'getGroupBackupPrivateEndpoint')
const isEndpointList = operation('listGroupBackupPrivateEndpoints')
const known = ['pretty', 'envelope', 'pageNum', 'itemsPerPage', 'includeCount']

/** The things in an answer, out of their page or envelope. */
function shown({ responseBody }: JournalEntry): Record<string, unknown>[] {
  if (!isRecord(responseBody)) return []
  if (Array.isArray(responseBody.results)) return responseBody.results.filter(isRecord)
  return [isRecord(responseBody.content) ? responseBody.content : responseBody]
}
const shows =
  (name: string, ...values: unknown[]): Sign =>
  (entry) =>
    isSuccess(entry) &&
    shown(entry).some((thing) => name in thing && (values.length === 0 || values.includes(thing[name])))
const links =
  (rel: string): Sign =>
  ({ responseBody }) =>
    isRecord(responseBody) &&
    Array.isArray(responseBody.links) &&
    responseBody.links.some((link) => isRecord(link) && link.rel === rel)
const sends =
  (fits: (value: unknown, name: string) => boolean): Sign =>
  ({ requestBody }) =>
    isRecord(requestBody) && Object.entries(requestBody).some(([name, value]) => fits(value, name))

/**
 * In what traffic a rule can be seen, for those whose traces a journal shows: a client that met such an answer relies on
 * the rule. Rules about bytes, connections and what the journal does not keep are left out, and are never called met.
 */
const signs: Partial<Record<ClaimId, Sign>> = {
  'challenge-shape': own(isChallenge, not(isOAuth), ({ responseHeaders }) =>
    String(responseHeaders['www-authenticate']).startsWith('Digest '),
  ),
  'challenge-body': own(isChallenge, not(isOAuth)),
  'challenge-headers': own(isChallenge, not(isOAuth)),
  'challenge-before-body': own(isChallenge, ({ requestBody }) => requestBody !== null),
  'digest-md5': own(({ challenge, status }) => challenge !== null && status !== 401),
  'digest-uri': refused('query missing in uri', 'uri of another request'),
  'nonce-stale': refused('stale nonce'),
  'nonce-count': refused('nonce replayed', 'nc of 0'),
  'token-request': own(operation('token'), isSuccess),
  'token-answer': own(operation('token'), isSuccess),
  'token-claims': own(operation('token'), isSuccess),
  'token-errors': own(isOAuth, ({ status }) => status === 400 || status === 401),
  'token-rate-limit': own(isOAuth, status(429)),
  'token-count-limit': own(operation('token'), status(403)),
  'token-revoke': own(operation('revoke'), isSuccess),
  'token-bad': own(isChallenge, not(isOAuth), ({ responseHeaders }) =>
    String(responseHeaders['www-authenticate']).startsWith('Bearer '),
  ),
  'error-body-shape': own(isError),
  'error-code-header': own(isError),
  'error-content-type': own(isError, answered('content-type')),
  'no-such-path': own(({ operation }) => operation === null, status(404)),
  'unknown-path-after-credentials': own(
    ({ operation, url }) => operation === null && pathOf(url).startsWith('/api/atlas'),
    ({ status }) => status === 404 || status === 401,
  ),
  'unserved-marked': own(isUnserved),
  'unserved-names': own(isUnserved),
  'unserved-not-implemented': own(isUnserved, status(501)),
  'older-apis-unserved': own(isUnserved, ({ url }) => !pathOf(url).startsWith(`${basePath}/`)),
  'own-answers': own(operation(stub.operationId)),
  'trailing-slash': own(isServed, ({ url }) => pathOf(url).endsWith('/')),
  'trailing-slash-oauth': own(isOAuth, ({ url }) => pathOf(url).endsWith('/')),
  'method-not-allowed-empty': own(status(405)),
  'allow-header': own(status(405)),
  'options-answer': own(method('OPTIONS'), status(200)),
  'organization-requires-access-list': code('ORG_REQUIRES_ACCESS_LIST'),
  'organization-requires-access-list-parameter': code('ORG_REQUIRES_ACCESS_LIST'),
  'address-not-on-access-list': code('IP_ADDRESS_NOT_ON_ACCESS_LIST'),
  'version-not-acceptable': code('INVALID_VERSION_DATE'),
  'version-absent': own(
    code('INVALID_VERSION_DATE'),
    ({ requestHeaders }) => !/vnd\.atlas\./i.test(String(requestHeaders.accept)),
  ),
  'version-newest-on-or-before': own(isServed, isSuccess, answered('content-type')),
  'version-gone': code('VERSION_GONE'),
  'version-deprecation-headers': own(answered('deprecation')),
  'version-deprecated-since': own(answered('deprecation')),
  'group-id-malformed': code('INVALID_GROUP_ID'),
  'group-not-found': code('GROUP_NOT_FOUND'),
  'user-unauthorized': code('USER_UNAUTHORIZED'),
  'user-unauthorized-no-challenge': code('USER_UNAUTHORIZED'),
  'provider-unknown': own(isServed, code('VALIDATION_ERROR')),
  'query-parameter-invalid': code('INVALID_QUERY_PARAMETER'),
  'query-first-fault': code('INVALID_QUERY_PARAMETER'),
  'query-values': own(isServed, isSuccess, (entry) => known.some((name) => asked(name)(entry))),
  'query-unknown-ignored': own(isServed, isSuccess, ({ url }) =>
    queryParameters(url).some(({ name }) => !known.includes(name)),
  ),
  'endpoint-not-found': own(
    operation('getGroupBackupPrivateEndpoint', 'deleteGroupBackupPrivateEndpoint'),
    status(404),
    code('RESOURCE_NOT_FOUND'),
  ),
  'endpoint-not-found-phrase': own(
    operation('getGroupBackupPrivateEndpoint', 'deleteGroupBackupPrivateEndpoint'),
    code('RESOURCE_NOT_FOUND'),
  ),
  'export-bucket-not-found': code('EXPORT_BUCKET_NOT_FOUND'),
  'content-type-unsupported': code('UNSUPPORTED_MEDIA_TYPE'),
  'body-too-large': code('PAYLOAD_TOO_LARGE'),
  'body-malformed': code('MALFORMED_JSON'),
  'body-no-object': code('INVALID_JSON'),
  'attribute-unknown': code('INVALID_ATTRIBUTE'),
  'attribute-missing': code('MISSING_ATTRIBUTE'),
  'attributes-missing': code('MISSING_ATTRIBUTES'),
  'attribute-wrong-type': code('INVALID_JSON_ATTRIBUTE'),
  'attribute-null': own(
    code('INVALID_JSON_ATTRIBUTE'),
    sends((value) => value === null),
  ),
  'attribute-enum': code('INVALID_ENUM_VALUE'),
  'attribute-region': own(
    code('INVALID_ATTRIBUTE'),
    sends((value, name) => /^(?:vpcR|r)egionName$/.test(name) && typeof value === 'string'),
  ),
  'order-of-violations': own(
    status(400),
    ({ requestBody, errorCode }) => isRecord(requestBody) && /ATTRIBUTE|ENUM/.test(String(errorCode)),
  ),
  'order-of-checks': own(isError, isServed),
  'endpoint-exists': code('PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION'),
  'endpoint-place-unique': own(
    operation('createGroupBackupPrivateEndpoint'),
    ({ status }) => status === 201 || status === 409,
  ),
  'unexpected-error': own(status(500)),
  'unexpected-error-tells-nothing': own(status(500)),
  'connection-malformed': own(({ operation, errorCode }) => operation === null && errorCode === 'VALIDATION_ERROR'),
  'bucket-cloud-backups': own(
    operation(
      'createGroupBackupPrivateEndpoint',
      'getGroupBackupPrivateEndpoint',
      'listGroupBackupPrivateEndpoints',
      'deleteGroupBackupPrivateEndpoint',
    ),
    answered('ratelimit-limit'),
  ),
  'bucket-projects': own(operation('listGroups', 'getGroup'), answered('ratelimit-limit')),
  'bucket-headers': own(answered('ratelimit-limit')),
  'bucket-remaining': own(answered('ratelimit-remaining')),
  'bucket-not-before': own(isServed, isError, not(answered('ratelimit-limit'))),
  'bucket-empty': code('RATE_LIMITED_TOKEN_BUCKET'),
  'bucket-empty-link': code('RATE_LIMITED_TOKEN_BUCKET'),
  'json-compact': own(isServed, isSuccess, not(isPretty)),
  'json-key-order': own(isServed, isSuccess),
  'success-content-type': own(isServed, isSuccess),
  'head-like-get': own(isServed, method('HEAD')),
  'pretty-form': own(isServed, isPretty),
  'envelope-entity': own(isServed, isEnveloped, isSuccess, not(isPage)),
  'envelope-others': own(isServed, isEnveloped, isError),
  'envelope-delete': own(isServed, isEnveloped, method('DELETE'), status(200)),
  'pretty-envelope-everywhere': own((entry) => isPretty(entry) || isEnveloped(entry)),
  'endpoint-fields': own(isEndpoint, isSuccess),
  'endpoint-statuses': own(isEndpoint, isSuccess),
  'endpoint-key-order': own(isEndpoint, isSuccess),
  'endpoint-error-message': own((entry) => isEndpoint(entry) || isEndpointList(entry), shows('status', 'FAILED')),
  'endpoint-connection-name-late': own(isEndpoint, shows('privateEndpointConnectionName', null)),
  'endpoint-connection-name-form': own(
    (entry) => isEndpoint(entry) || isEndpointList(entry),
    ({ responseBody }) => /"privateEndpointConnectionName":"vpce-/.test(JSON.stringify(responseBody)),
  ),
  'endpoint-request': own(operation('createGroupBackupPrivateEndpoint'), isSuccess),
  'endpoint-nulls-sent': own((entry) => isEndpoint(entry) || isEndpointList(entry), shows('errorMessage', null)),
  'endpoint-starts-initiating': own(operation('createGroupBackupPrivateEndpoint'), isSuccess),
  'endpoint-initiating-lasts': own(
    operation('getGroupBackupPrivateEndpoint', 'listGroupBackupPrivateEndpoints'),
    shows('status', 'INITIATING'),
  ),
  'endpoint-settles': own(
    operation('getGroupBackupPrivateEndpoint', 'listGroupBackupPrivateEndpoints'),
    shows('status', 'ACTIVE', 'PENDING_ACCEPTANCE', 'FAILED'),
  ),
  'endpoint-deleting-until-gone': own(
    operation('getGroupBackupPrivateEndpoint', 'listGroupBackupPrivateEndpoints'),
    shows('status', 'DELETING'),
  ),
  'endpoint-delete-blocked': code('ENCRYPTION_AT_REST_PRIVATE_ENDPOINT_DELETE_BLOCKED_DURING_PROVISIONING'),
  'endpoint-recreation': own(
    (entry) => isEndpoint(entry) || isEndpointList(entry),
    shows('status', 'PENDING_RECREATION'),
  ),
  'endpoint-order': own(isEndpointList, (entry) => shown(entry).length > 1),
  'operation-create': own(operation('createGroupBackupPrivateEndpoint'), isSuccess),
  'operation-list': own(isEndpointList, isSuccess),
  'operation-get': own(operation('getGroupBackupPrivateEndpoint'), isSuccess),
  'operation-delete': own(operation('deleteGroupBackupPrivateEndpoint'), isSuccess),
  'create-without-location': own(operation('createGroupBackupPrivateEndpoint'), isSuccess),
  'no-content-headers': own(isServed, status(204)),
  'list-shape': own(isPage, isSuccess),
  'list-parameters': own(isPage, isSuccess),
  'list-links-absolute': own(isPage, isSuccess),
  'list-self-link': own(isPage, links('self')),
  'list-next-link': own(isPage, links('next')),
  'list-previous-link': own(isPage, links('previous')),
  'list-past-the-end': own(isPage, isSuccess, asked('pageNum'), (entry) => shown(entry).length === 0),
  'role-private-endpoints': own(
    isServed,
    ({ operation }) => /PrivateEndpoint/.test(String(operation)),
    code('USER_UNAUTHORIZED'),
  ),
  'role-mapping': code('USER_UNAUTHORIZED'),
  'role-visible-projects': own(operation('listGroups'), isSuccess),
  'project-read': own(operation('listGroups', 'getGroup'), isSuccess),
  'project-keys': own(operation('listGroups', 'getGroup'), isSuccess),
  'project-list-order': own(operation('listGroups'), (entry) => shown(entry).length > 1),
  'export-bucket-keys': own(({ operation }) => /ExportBucket/.test(String(operation)), isSuccess),
  'export-bucket-region': own(operation('getGroupBackupExportBucket'), isSuccess),
  'export-bucket-region-value': own(operation('getGroupBackupExportBucket'), isSuccess),
  'export-bucket-create-status': own(operation('createGroupBackupExportBucket'), isSuccess),
  'security-headers': own(isServed, not(isChallenge)),
  'headers-of-the-emulator': own(answered('server')),
}

const all = Object.entries(signs) as [ClaimId, Sign][]

/** The rules whose traces a request shows. */
export function metBy(entry: JournalEntry): ClaimId[] {
  return all.filter(([, sign]) => sign(entry)).map(([id]) => id)
}
