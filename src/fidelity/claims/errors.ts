import type { Rule } from './rule.js'
import {
  acceptanceLogs,
  cliSource,
  documentation,
  errorCodesPage,
  goSdk,
  openapi,
  recorded,
  reports,
  terraformSource,
} from './sources.js'

/** Rows are those of the order of checks, from the first that a request meets to the last. */
export const errors = [
  {
    id: 'error-body-shape',
    label: 'observed',
    statement:
      'An error is `{"detail":…,"error":{status},"errorCode":…,"parameters":[…],"reason":…}` with the status phrase as `reason` and `[]` where it has no parameters.',
    sources: [
      recorded('GROUP_NOT_FOUND to createDatabaseUser', '104 answers'),
      recorded('a 500 to createRollingIndex', '`[]` as parameters'),
      openapi('ApiError'),
    ],
  },
  {
    id: 'error-code-header',
    label: 'observed',
    statement: 'The header `X-Error-Code` repeats the `errorCode`.',
    sources: [recorded('a 400 to deleteCluster', 'every ordinary error since November 2025 has it')],
  },
  {
    id: 'order-of-checks',
    label: 'chosen',
    statement:
      'A request meets the checks in this order: path, method, credentials, addresses, version, project, role, token bucket, provider, query, the thing by its id, media type, body, attributes, and last what the operation itself refuses.',
  },
  {
    id: 'order-credentials-first',
    label: 'observed',
    statement: 'Credentials are checked before anything about the resource.',
    sources: [recorded('challenge to createGroup', '222 creates that were challenged')],
  },
  {
    id: 'order-of-violations',
    label: 'chosen',
    statement:
      'Of several faults of a body the first is told, by kind in the order unknown, missing, wrong type, no value of an enumeration, no region, wrong form, and then by attribute name in code-point order; a wrong type hides a bad value, and a nested fault names the top-level attribute.',
  },
  {
    id: 'error-without-fields',
    label: 'observed',
    statement: 'Errors about attributes and the 409s carry no `badRequestDetail`.',
    sources: [acceptanceLogs('INVALID_ENUM_VALUE, INVALID_ATTRIBUTE and 409s, dozens of cases', '2026-10')],
  },
  {
    id: 'error-with-fields',
    label: 'observed',
    statement:
      'A fault that asks for `BAD_REQUEST` gets the shape of the newest resources: 400, `The request content produced validation errors.`, no parameters, and `"badRequestDetail":{"fields":[{"description":…,"field":…}]}` as the first key.',
    sources: [acceptanceLogs('BAD_REQUEST as printed', '2026-01')],
  },
  {
    id: 'no-such-path',
    label: 'documented',
    statement: 'A path that nothing serves is 404 `RESOURCE_NOT_FOUND`, `Cannot find resource {path}.`',
    sources: [errorCodesPage('RESOURCE_NOT_FOUND')],
  },
  {
    id: 'unknown-path-after-credentials',
    label: 'chosen',
    statement:
      'An unknown path under `/api/atlas` is told after credentials and addresses; any other, and one that cannot be decoded or has a doubled slash, at once.',
  },
  {
    id: 'unserved-marked',
    label: 'chosen',
    statement:
      'An unknown path under `/api/atlas`, and a method that a path there lacks, get the answer that Atlas gives for what it does not have, and besides the header `X-Emulator-Unserved`, since Atlas may have what the emulator lacks; an id that nothing has is not marked.',
  },
  {
    id: 'unserved-names',
    label: 'chosen',
    statement:
      '`X-Emulator-Unserved` has the method, GET for HEAD, and the path below `/api/atlas/v2` with `{groupId}`, `{orgId}` or `{id}` for ids, in at most 200 characters.',
  },
  {
    id: 'unserved-not-implemented',
    label: 'chosen',
    statement:
      'With `--unserved 501`, or where a fixture says so, the same requests are answered 501 `NOT_IMPLEMENTED`, `atlas-backup-emulator does not serve {method and path}.`, at the same point of the order.',
  },
  {
    id: 'older-apis-unserved',
    label: 'chosen',
    statement:
      'A path under `/api/atlas` of another version than v2, such as `/api/atlas/v1.0`, is an unknown path, and `X-Emulator-Unserved` and the log say that v2 alone is served.',
  },
  {
    id: 'path-as-sent',
    label: 'chosen',
    statement: 'Errors show a path as it was sent, undecoded and without its query, and ids and values decoded.',
  },
  {
    id: 'trailing-slash',
    label: 'observed',
    statement: 'One trailing slash addresses the same resource.',
    sources: [
      recorded('listGroups as /groups/', '200 with the usual page'),
      documentation('samples with a trailing slash'),
    ],
  },
  {
    id: 'trailing-slash-oauth',
    label: 'chosen',
    statement: 'One trailing slash addresses the same endpoint under `/api/oauth` as well.',
  },
  {
    id: 'method-not-allowed-empty',
    label: 'observed',
    statement:
      'A method that a path does not have is 405 with `Content-Length: 0` and no body, content type or code, the security headers but `X-Frame-Options`, and no `Vary`.',
    sources: [recorded('a 405 to DELETE /groups/', '2 answers')],
  },
  {
    id: 'allow-header',
    label: 'observed',
    statement: 'The `Allow` of a 405 lists the methods with commas and no spaces, OPTIONS among them and HEAD not.',
    sources: [recorded('a 405 to DELETE /groups/', '`Allow: POST,GET,OPTIONS`')],
  },
  {
    id: 'options-answer',
    label: 'chosen',
    statement:
      'OPTIONS on a path that exists answers 200 with `Content-Length: 0`, the security headers and `Allow`, in the order POST, GET, PATCH, DELETE, OPTIONS, before credentials are looked at.',
  },
  {
    id: 'organization-requires-access-list',
    label: 'documented',
    statement:
      'A credential without an access list, in an organization that requires one, gets 403 `ORG_REQUIRES_ACCESS_LIST`, `This organization requires access through an access list of ip ranges.`',
    sources: [errorCodesPage('ORG_REQUIRES_ACCESS_LIST')],
  },
  {
    id: 'organization-requires-access-list-parameter',
    label: 'observed',
    statement:
      "`ORG_REQUIRES_ACCESS_LIST` has the caller's address as its parameter, though the text does not show it.",
    sources: [reports.accessList],
  },
  {
    id: 'address-not-on-access-list',
    label: 'observed',
    statement:
      "A caller whose address is not on the credential's access list gets 403 `IP_ADDRESS_NOT_ON_ACCESS_LIST`, `IP address {ip} is not allowed to access this resource.`",
    sources: [reports.ipAddress, errorCodesPage('IP_ADDRESS_NOT_ON_ACCESS_LIST')],
  },
  {
    id: 'access-list-matching',
    label: 'chosen',
    statement:
      'An empty access list is none, an IPv4-mapped IPv6 address is the IPv4 address, and a block of one family has no address of the other.',
  },
  {
    id: 'version-not-acceptable',
    label: 'observed',
    statement:
      'Where no version is acceptable the answer is 406 `INVALID_VERSION_DATE`, `Invalid accept header or version date.`',
    sources: [reports.unversioned, errorCodesPage('INVALID_VERSION_DATE')],
  },
  {
    id: 'version-gone',
    label: 'observed',
    statement:
      'A version past its sunset is 410 `VERSION_GONE`, `Version {date} of {path} is no longer available.`, with date and path as parameters and the path without its leading slash.',
    sources: [reports.versionGone],
  },
  {
    id: 'group-id-malformed',
    label: 'documented',
    statement:
      'A project id that is not 24 lower-case hex digits is 404 `INVALID_GROUP_ID`, `An invalid group ID {id} was specified.`',
    sources: [errorCodesPage('INVALID_GROUP_ID')],
  },
  {
    id: 'group-not-found',
    label: 'observed',
    statement: 'An unknown project is 404 `GROUP_NOT_FOUND`, `No group with ID {id} exists.`',
    sources: [
      recorded('GROUP_NOT_FOUND to createDatabaseUser', '104 answers'),
      acceptanceLogs('listGroupTeams of a project that is gone', '2026-01-07'),
    ],
  },
  {
    id: 'user-unauthorized',
    label: 'observed',
    statement:
      "A credential from outside the project's organization, or without the role, gets 401 `USER_UNAUTHORIZED`, `Current user is not authorized to perform this action.`, without parameters.",
    sources: [acceptanceLogs('deleteGroup, listGroupLimits and getGroupManagedSlowMs', '2026-09-29')],
  },
  {
    id: 'user-unauthorized-no-challenge',
    label: 'chosen',
    statement: '`USER_UNAUTHORIZED` is an ordinary error without `WWW-Authenticate`.',
  },
  {
    id: 'provider-unknown',
    label: 'documented',
    statement: 'A cloud provider in the path that is not `AWS` is 400 `VALIDATION_ERROR`, `No provider {name} exists.`',
    sources: [errorCodesPage('VALIDATION_ERROR')],
  },
  {
    id: 'query-parameter-invalid',
    label: 'documented',
    statement:
      'A query parameter out of its range or form is 400 `INVALID_QUERY_PARAMETER`, `Invalid query parameter {name} specified.`',
    sources: [errorCodesPage('INVALID_QUERY_PARAMETER')],
  },
  {
    id: 'endpoint-not-found',
    label: 'sibling',
    statement:
      'A private endpoint id that is malformed, or unknown in this project and provider, is 404 `RESOURCE_NOT_FOUND`, `Cannot find resource {phrase}.`, with the phrase as parameter.',
    sources: [recorded('RESOURCE_NOT_FOUND to getOnlineArchive', '`Online archive with id {id}` as phrase')],
  },
  {
    id: 'export-bucket-not-found',
    label: 'documented',
    statement:
      'An export bucket id that is malformed or unknown is 404 `EXPORT_BUCKET_NOT_FOUND`, `No export Bucket with ID {id} does not exist.`, with its doubled negation.',
    sources: [errorCodesPage('EXPORT_BUCKET_NOT_FOUND')],
  },
  {
    id: 'endpoint-not-found-phrase',
    label: 'chosen',
    statement:
      'The phrase of `RESOURCE_NOT_FOUND` for a private endpoint is `Object storage private endpoint with id {id}`.',
  },
  {
    id: 'content-type-unsupported',
    label: 'chosen',
    statement:
      'Any other content type of a body, and a body without one, is 415 `UNSUPPORTED_MEDIA_TYPE`, `Content type {type} is not supported.`',
  },
  {
    id: 'body-too-large',
    label: 'chosen',
    statement: 'A body of more than 1 MiB is 413 `PAYLOAD_TOO_LARGE`, `The request body exceeds {n} bytes.`',
  },
  {
    id: 'body-malformed',
    label: 'documented',
    statement: 'A body that is not JSON is 400 `MALFORMED_JSON`, `Received JSON is malformed.`',
    sources: [errorCodesPage('MALFORMED_JSON')],
  },
  {
    id: 'body-prototype-keys',
    label: 'chosen',
    statement:
      'A body with the keys `__proto__` or `constructor.prototype`, or with bytes that are no UTF-8, is malformed.',
  },
  {
    id: 'body-no-object',
    label: 'documented',
    statement:
      'A missing body, and JSON that is no object, is 400 `INVALID_JSON`, `Received JSON does not match expected format.`',
    sources: [errorCodesPage('INVALID_JSON')],
  },
  {
    id: 'attribute-unknown',
    label: 'observed',
    statement: 'An unknown attribute is refused with 400 `INVALID_ATTRIBUTE`, `Invalid attribute {name} specified.`',
    sources: [acceptanceLogs('INVALID_ATTRIBUTE as printed', '2026-10'), errorCodesPage('INVALID_ATTRIBUTE')],
  },
  {
    id: 'attribute-read-only',
    label: 'sibling',
    statement:
      'Read-only attributes that the schema of a request has itself, as `created` of a project and `links` of an export bucket, are taken and ignored.',
    sources: [goSdk('it sends such attributes with every create of a project', '2026-11')],
  },
  {
    id: 'attribute-missing',
    label: 'documented',
    statement:
      'A missing required attribute is 400 `MISSING_ATTRIBUTE`, `The required attribute {name} was not specified.`',
    sources: [errorCodesPage('MISSING_ATTRIBUTE')],
  },
  {
    id: 'attributes-missing',
    label: 'documented',
    statement:
      'Several missing attributes are 400 `MISSING_ATTRIBUTES`, `The required attributes {a, b} were not specified.`, with the list as one parameter.',
    sources: [errorCodesPage('MISSING_ATTRIBUTES')],
  },
  {
    id: 'attribute-wrong-type',
    label: 'documented',
    statement:
      'An attribute of the wrong JSON type is 400 `INVALID_JSON_ATTRIBUTE`, `Received JSON for the {name} attribute does not match expected format.`',
    sources: [errorCodesPage('INVALID_JSON_ATTRIBUTE')],
  },
  {
    id: 'attribute-null',
    label: 'chosen',
    statement: 'An explicit `null` is of the wrong type, and the log of the emulator says so.',
  },
  {
    id: 'attribute-patch',
    label: 'chosen',
    statement: 'PATCH requires an attribute only where its schema does.',
  },
  {
    id: 'attribute-enum',
    label: 'observed',
    statement:
      'A `cloudProvider` that is a string and no provider is 400 `INVALID_ENUM_VALUE`, `An invalid enumeration value {value} was specified.`, where an empty value leaves two spaces.',
    sources: [acceptanceLogs('INVALID_ENUM_VALUE as printed', '2026-10')],
  },
  {
    id: 'attribute-region',
    label: 'sibling',
    statement: 'A `regionName` or `vpcRegionName` that is a string and no region is `INVALID_ATTRIBUTE` with its name.',
    sources: [
      cliSource('regions that private endpoint services refuse'),
      terraformSource('acceptance tests that expect INVALID_ATTRIBUTE for a region'),
    ],
  },
  {
    id: 'attribute-form',
    label: 'chosen',
    statement:
      'A string of the wrong length or pattern is 400 `EXPORT_BUCKET_NAME_INVALID` for `bucketName`, and `INVALID_ATTRIBUTE` for any other.',
  },
  {
    id: 'endpoint-exists',
    label: 'sibling',
    statement:
      'A second private endpoint for one place is 409 `PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION`, `A private endpoint service already exists for AWS region {region}.`, with `AWS` and the region as parameters.',
    sources: [acceptanceLogs('a second private endpoint service in one region', '2026-10')],
  },
  {
    id: 'unexpected-error',
    label: 'observed',
    statement: 'What nobody foresaw is 500 `UNEXPECTED_ERROR`, `Unexpected error.`',
    sources: [
      recorded('a 500 to createRollingIndex', 'the whole answer'),
      acceptanceLogs('createGroup, at least nine cases', '2026-07-23'),
    ],
  },
  {
    id: 'unexpected-error-tells-nothing',
    label: 'chosen',
    statement: 'A 500 tells nothing of what went wrong inside.',
  },
  {
    id: 'connection-malformed',
    label: 'chosen',
    statement: 'What is not HTTP, names no host or is badly framed is 400 `VALIDATION_ERROR`, `Malformed request.`',
  },
  {
    id: 'body-chunks',
    label: 'chosen',
    statement:
      'A body that comes in more chunks than 4096 and one more for each eight bytes is badly framed; one that has its answer already ends the connection, and after each 512 others have their turn first.',
  },
  {
    id: 'connection-errors',
    label: 'chosen',
    statement:
      'A URL or header over 16 KiB is 431 `HEADERS_TOO_LARGE`, one that comes too slowly 408 `REQUEST_TIMEOUT`, an `Expect` other than `100-continue` 417 `EXPECTATION_FAILED`, and a server that stops 503 `SERVICE_UNAVAILABLE`; each tells its reason phrase and closes the connection.',
  },
  {
    id: 'documented-examples',
    label: 'documented',
    statement:
      "Faults know every code that Atlas's error list and its examples for each status name, `RATE_LIMITED`, `NO_PAYMENT_INFORMATION_FOUND` and `SERVICE_UNAVAILABLE` among them.",
    sources: [openapi('examples of the responses'), errorCodesPage('740 codes')],
  },
  {
    id: 'undocumented-codes',
    label: 'observed',
    statement:
      'Faults also know `BAD_REQUEST`, `CANNOT_ASSUME_ROLE`, `CLOUD_PROVIDER_ACCESS_ROLE_NOT_AUTHORIZED`, `AWS_IAM_ROLE_IN_USE`, `ENCRYPTION_AT_REST_PRIVATE_ENDPOINT_DELETE_BLOCKED_DURING_PROVISIONING` and `CANNOT_DISABLE_ENCRYPTION_AT_REST_DUE_TO_PRIVATE_ENDPOINTS` with status 400, and `CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_PRIVATE_ENDPOINT_SERVICES` with 409, which no list has.',
    sources: [acceptanceLogs('each of the seven codes as printed', '2026-10')],
  },
] as const satisfies readonly Rule[]
