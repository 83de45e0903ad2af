import { STATUS_CODES } from 'node:http'
import type { Static } from '@sinclair/typebox'
import { Type } from '@sinclair/typebox'
import { type ErrorCode, statusOf } from './codes.js'

type Parameter = string | number

export const BadRequestDetail = Type.Object(
  {
    fields: Type.Array(Type.Object({ description: Type.String(), field: Type.String() }), { maxItems: 100 }),
  },
  { description: 'Every attribute at fault' },
)
export type BadRequestDetail = Static<typeof BadRequestDetail>

/** The body of every error but the 401 challenge; keys in code-point order, as everywhere [error-body-shape]. */
export const ApiError = Type.Object({
  badRequestDetail: Type.Optional(BadRequestDetail),
  detail: Type.String(),
  error: Type.Integer({ description: 'HTTP status' }),
  errorCode: Type.String(),
  parameters: Type.Array(Type.Unsafe<Parameter>({ type: ['string', 'number'] })),
  reason: Type.String({ description: 'HTTP reason phrase' }),
})
export type ApiError = Static<typeof ApiError>

/** What an error tells besides its status, code, text and parameters. */
export interface ErrorExtras {
  /** Headers that the answer carries besides the usual ones; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** One entry for each attribute at fault. */
  readonly badRequestDetail?: BadRequestDetail
  /** What `parameters` has, where that is not what fills the text. */
  readonly parameters?: readonly Parameter[]
}

/** An answer that is no success, as Atlas gives it; thrown anywhere below a route, rendered in one place. */
export class AtlasError extends Error {
  readonly headers: Readonly<Record<string, string>>
  readonly badRequestDetail: BadRequestDetail | undefined

  /**
   * @param status HTTP status
   * @param parameters what fills the detail's placeholders
   */
  constructor(
    readonly status: number,
    readonly errorCode: string,
    readonly detail: string,
    readonly parameters: readonly Parameter[] = [],
    { headers = {}, badRequestDetail }: ErrorExtras = {},
  ) {
    super(detail)
    this.headers = headers
    this.badRequestDetail = badRequestDetail
  }
}

/** Absent or wrong credentials: the one answer with a shape of its own, which carries a challenge [challenge-body]. */
export class ChallengeError extends AtlasError {
  /** @param challenge the value of `WWW-Authenticate` */
  constructor(readonly challenge: string) {
    super(401, 'UNEXPECTED_ERROR', 'You are not authorized for this resource.')
  }
}

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never

/** One kind of error: a code, its status by the table of codes, and a text in which `{name}` stands for a parameter. */
export class ErrorKind<Name extends string = string> {
  readonly status: number
  /** The names of the parameters, in the order in which the text and `parameters` have them. */
  readonly names: readonly Name[]
  readonly #extras: (values: Readonly<Record<Name, Parameter>>) => ErrorExtras

  /** @param names where the text does not have them all */
  constructor(
    readonly code: ErrorCode,
    readonly text: string,
    extras: (values: Readonly<Record<Name, Parameter>>) => ErrorExtras = () => ({}),
    names = [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as Name),
  ) {
    this.status = statusOf(code) as number
    this.names = names
    this.#extras = extras
  }

  /** The error with these parameters. */
  with(values: Readonly<Record<Name, Parameter>>): AtlasError {
    const detail = this.text.replace(/\{(\w+)\}/g, (_, name: Name) => String(values[name]))
    const extras = this.#extras(values)
    const parameters = extras.parameters ?? this.names.map((name) => values[name])
    return new AtlasError(this.status, this.code, detail, parameters, extras)
  }
}

/** A kind of error whose parameters are the names in braces in its text. */
export function errorKind<const Text extends string>(
  code: ErrorCode,
  text: Text,
  extras?: (values: Readonly<Record<Placeholders<Text>, Parameter>>) => ErrorExtras,
): ErrorKind<Placeholders<Text>> {
  return new ErrorKind(code, text, extras)
}

const closing = (): ErrorExtras => ({ headers: { connection: 'close' } })

/** A status that a server gives by itself, whatever the resource: the reason phrase says it all. It ends the connection [connection-errors]. */
const connectionError = (code: ErrorCode) => errorKind(code, `${STATUS_CODES[statusOf(code) as number]}.`, closing)

/**
 * Every mistake that any operation may meet, in the order in which a request meets them, and some that come by fault
 * alone; resources have further ones.
 */
export const errors = {
  /** `resource` is the path, undecoded and without query, or what was not found by its id. */
  resourceNotFound: errorKind('RESOURCE_NOT_FOUND', 'Cannot find resource {resource}.'),
  /** `operation` is the method and the path of what the emulator lacks [unserved-not-implemented]. */
  notImplemented: errorKind('NOT_IMPLEMENTED', 'atlas-backup-emulator does not serve {operation}.'),
  accessListRequired: new ErrorKind<'ip'>(
    'ORG_REQUIRES_ACCESS_LIST',
    'This organization requires access through an access list of ip ranges.',
    () => ({}),
    ['ip'],
  ),
  addressNotAllowed: errorKind(
    'IP_ADDRESS_NOT_ON_ACCESS_LIST',
    'IP address {ip} is not allowed to access this resource.',
  ),
  noAcceptableVersion: errorKind('INVALID_VERSION_DATE', 'Invalid accept header or version date.'),
  /** `target` is the request's path without the leading slash. */
  versionGone: errorKind('VERSION_GONE', 'Version {date} of {target} is no longer available.'),
  invalidGroupId: errorKind('INVALID_GROUP_ID', 'An invalid group ID {groupId} was specified.'),
  groupNotFound: errorKind('GROUP_NOT_FOUND', 'No group with ID {groupId} exists.'),
  invalidOrgId: errorKind('INVALID_ORG_ID', 'An invalid organization ID {orgId} was specified.'),
  orgNotFound: errorKind('ORG_NOT_FOUND', 'No organization with ID {orgId} exists.'),
  notAuthorized: errorKind('USER_UNAUTHORIZED', 'Current user is not authorized to perform this action.'),
  /** `target` is the request's path without the leading slash, `retryAfter` seconds until the bucket is refilled. */
  rateLimited: errorKind(
    'RATE_LIMITED_TOKEN_BUCKET',
    'Rate limit exceeded for {target}. Please retry after {retryAfter} seconds. Request capacity: {capacity}. Refill rate: {refill} per {seconds} seconds. For more information, see: http://dochub.mongodb.org/core/atlas-api-rate-limit.',
    ({ retryAfter }) => ({ headers: { 'retry-after': String(retryAfter) } }),
  ),
  /** `tokenPath` is a path of the token endpoint, the only resource whose limit is told so [token-rate-limit]. */
  tooManyRequests: errorKind(
    'RATE_LIMITED',
    'Resource {tokenPath} is limited to {requests} requests every {minutes} minutes.',
  ),
  noSuchProvider: errorKind('VALIDATION_ERROR', 'No provider {cloudProvider} exists.'),
  invalidQueryParameter: errorKind('INVALID_QUERY_PARAMETER', 'Invalid query parameter {parameter} specified.'),
  unsupportedMediaType: errorKind('UNSUPPORTED_MEDIA_TYPE', 'Content type {contentType} is not supported.'),
  payloadTooLarge: errorKind('PAYLOAD_TOO_LARGE', 'The request body exceeds {limit} bytes.'),
  malformedJson: errorKind('MALFORMED_JSON', 'Received JSON is malformed.'),
  invalidJson: errorKind('INVALID_JSON', 'Received JSON does not match expected format.'),
  invalidAttribute: errorKind('INVALID_ATTRIBUTE', 'Invalid attribute {attribute} specified.'),
  readOnlyAttribute: errorKind(
    'ATTRIBUTE_READ_ONLY',
    'The attribute {attribute} is read-only and cannot be changed by the user.',
  ),
  missingAttribute: errorKind('MISSING_ATTRIBUTE', 'The required attribute {attribute} was not specified.'),
  missingAttributes: errorKind('MISSING_ATTRIBUTES', 'The required attributes {attributes} were not specified.'),
  attributeOfWrongType: errorKind(
    'INVALID_JSON_ATTRIBUTE',
    'Received JSON for the {attribute} attribute does not match expected format.',
  ),
  invalidEnumValue: errorKind('INVALID_ENUM_VALUE', 'An invalid enumeration value {value} was specified.'),
  unexpected: errorKind('UNEXPECTED_ERROR', 'Unexpected error.'),
  /** How the newest resources tell attributes at fault [error-with-fields]; `firstAttribute` is empty for none. */
  badRequest: new ErrorKind<'firstAttribute'>(
    'BAD_REQUEST',
    'The request content produced validation errors.',
    ({ firstAttribute }) => ({
      parameters: [],
      badRequestDetail: {
        fields: firstAttribute === '' ? [] : [{ description: 'Invalid value.', field: String(firstAttribute) }],
      },
    }),
    ['firstAttribute'],
  ),
  cannotAssumeRoleArn: errorKind('CANNOT_ASSUME_ROLE', 'Atlas cannot assume the specified role ({iamAssumedRoleArn}).'),
  cannotAssumeRole: errorKind('CANNOT_ASSUME_ROLE', 'Atlas cannot assume the specified role ({iamRoleId}).'),
  roleNotAuthorized: errorKind(
    'CLOUD_PROVIDER_ACCESS_ROLE_NOT_AUTHORIZED',
    'The specified Cloud Provider Access role ({roleId}) has not been authorized.',
  ),
  awsRoleNotAuthorized: errorKind(
    'CLOUD_PROVIDER_ACCESS_ROLE_NOT_AUTHORIZED',
    'The specified Cloud Provider Access role ({iamRoleId}) has not been authorized.',
  ),
  /** The one parameter is a sentence that names the role, which the text does not show. */
  roleInUse: new ErrorKind<'roleId'>(
    'AWS_IAM_ROLE_IN_USE',
    'Cannot remove the AWS IAM role because it is still in use.',
    ({ roleId }) => ({ parameters: [`Cannot remove the AWS IAM role (${roleId}) because it is still in use.`] }),
    ['roleId'],
  ),
  /** `bracketedId` is the private endpoint's id in square brackets. */
  deletionBlocked: errorKind(
    'ENCRYPTION_AT_REST_PRIVATE_ENDPOINT_DELETE_BLOCKED_DURING_PROVISIONING',
    'Failed to delete Encryption at Rest Private endpoint with id {bracketedId} during IN_PROGRESS state. Please try again later.',
  ),
  groupHasEndpointServices: errorKind(
    'CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_PRIVATE_ENDPOINT_SERVICES',
    'Cannot close group while it has active private endpoint services; please terminate all private endpoint services.',
  ),
  malformedRequest: errorKind('VALIDATION_ERROR', 'Malformed request.', closing),
  headersTooLarge: connectionError('HEADERS_TOO_LARGE'),
  requestTimeout: connectionError('REQUEST_TIMEOUT'),
  expectationFailed: connectionError('EXPECTATION_FAILED'),
  stopping: connectionError('SERVICE_UNAVAILABLE'),
}
