import { STATUS_CODES } from 'node:http'
import type { RateLimit } from '../../values/rate-limit.js'
import type { BadRequestDetail } from '../schemas/error.js'

/** An answer that is no success, as Atlas gives it; thrown anywhere below a route, rendered in one place. */
export class AtlasError extends Error {
  readonly status: number
  readonly errorCode: string
  readonly detail: string
  readonly parameters: readonly (string | number)[]
  readonly headers: Readonly<Record<string, string>>
  readonly badRequestDetail: BadRequestDetail | undefined

  /**
   * @param status HTTP status
   * @param parameters what fills the detail's placeholders
   * @param extra headers that the answer carries besides the usual ones; one entry per attribute at fault
   */
  constructor(
    status: number,
    errorCode: string,
    detail: string,
    parameters: readonly (string | number)[] = [],
    extra: {
      headers?: Record<string, string>
      badRequestDetail?: BadRequestDetail
    } = {},
  ) {
    super(detail)
    this.status = status
    this.errorCode = errorCode
    this.detail = detail
    this.parameters = parameters
    this.headers = extra.headers ?? {}
    this.badRequestDetail = extra.badRequestDetail
  }
}

/**
 * Absent or wrong credentials: the one answer with a shape of its own, which carries a challenge.
 * Source: section 5 of the contract, row 3.
 */
export class ChallengeError extends AtlasError {
  /** @param challenge the value of `WWW-Authenticate` */
  constructor(readonly challenge: string) {
    super(401, 'UNEXPECTED_ERROR', 'You are not authorized for this resource.')
  }
}

const closing = { headers: { connection: 'close' } }

/** A status that a server gives by itself, whatever the resource: its reason phrase says it all. It ends the connection. */
const connectionError = (status: number, errorCode: string) => () =>
  new AtlasError(status, errorCode, `${STATUS_CODES[status]}.`, [], closing)

/** Every mistake that the contract knows, in the order of section 5; row 3 is `ChallengeError`. */
export const errors = {
  noSuchPath: (path: string) => new AtlasError(404, 'RESOURCE_NOT_FOUND', `Cannot find resource ${path}.`, [path]),

  methodNotAllowed: (method: string, path: string, allow: string) =>
    new AtlasError(405, 'METHOD_NOT_ALLOWED', `Method ${method} is not allowed on ${path}.`, [method, path], {
      headers: { allow },
    }),

  accessListRequired: () =>
    new AtlasError(
      403,
      'ORG_REQUIRES_ACCESS_LIST',
      'This organization requires access through an access list of ip ranges.',
    ),

  addressNotAllowed: (ip: string) =>
    new AtlasError(403, 'IP_ADDRESS_NOT_ON_ACCESS_LIST', `IP address ${ip} is not allowed to access this resource.`, [
      ip,
    ]),

  noAcceptableVersion: () => new AtlasError(406, 'INVALID_VERSION_DATE', 'Invalid accept header or version date.'),

  /** @param path the request's, without the leading slash */
  versionGone: (date: string, path: string) =>
    new AtlasError(410, 'VERSION_GONE', `Version ${date} of ${path} is no longer available.`, [date, path]),

  invalidGroupId: (id: string) =>
    new AtlasError(404, 'INVALID_GROUP_ID', `An invalid group ID ${id} was specified.`, [id]),

  groupNotFound: (id: string) => new AtlasError(404, 'GROUP_NOT_FOUND', `No group with ID ${id} exists.`, [id]),

  notAuthorized: () =>
    new AtlasError(401, 'USER_UNAUTHORIZED', 'Current user is not authorized to perform this action.'),

  /**
   * @param path the request's, without the leading slash
   * @param retryAfter seconds until the bucket is refilled
   */
  rateLimited: (path: string, retryAfter: number, { capacity, refill, seconds }: Exclude<RateLimit, 'off'>) =>
    new AtlasError(
      429,
      'RATE_LIMITED_TOKEN_BUCKET',
      `Rate limit exceeded for ${path}. Please retry after ${retryAfter} seconds. Request capacity: ${capacity}. Refill rate: ${refill} per ${seconds} seconds.`,
      [path, retryAfter, capacity, refill, seconds],
      { headers: { 'retry-after': String(retryAfter) } },
    ),

  noSuchProvider: (provider: string) =>
    new AtlasError(400, 'VALIDATION_ERROR', `No provider ${provider} exists.`, [provider]),

  invalidQueryParameter: (name: string) =>
    new AtlasError(400, 'INVALID_QUERY_PARAMETER', `Invalid query parameter ${name} specified.`, [name]),

  noSuchPrivateEndpoint: (id: string) => {
    const what = `Object storage private endpoint with id ${id}`
    return new AtlasError(404, 'RESOURCE_NOT_FOUND', `Cannot find resource ${what}.`, [what])
  },

  unsupportedMediaType: (contentType: string) =>
    new AtlasError(415, 'UNSUPPORTED_MEDIA_TYPE', `Content type ${contentType} is not supported.`, [contentType]),

  payloadTooLarge: (limit: number) =>
    new AtlasError(413, 'PAYLOAD_TOO_LARGE', `The request body exceeds ${limit} bytes.`, [limit]),

  malformedJson: () => new AtlasError(400, 'MALFORMED_JSON', 'Received JSON is malformed.'),

  invalidJson: () => new AtlasError(400, 'INVALID_JSON', 'Received JSON does not match expected format.'),

  unknownAttribute: (name: string) =>
    new AtlasError(400, 'INVALID_ATTRIBUTE', `Invalid attribute ${name} specified.`, [name]),

  readOnlyAttribute: (name: string) =>
    new AtlasError(
      400,
      'ATTRIBUTE_READ_ONLY',
      `The attribute ${name} is read-only and cannot be changed by the user.`,
      [name],
    ),

  missingAttribute: (name: string) =>
    new AtlasError(400, 'MISSING_ATTRIBUTE', `The required attribute ${name} was not specified.`, [name]),

  missingAttributes: (names: readonly string[]) => {
    const list = names.join(', ')
    return new AtlasError(400, 'MISSING_ATTRIBUTES', `The required attributes ${list} were not specified.`, [list])
  },

  attributeOfWrongType: (name: string) =>
    new AtlasError(
      400,
      'INVALID_JSON_ATTRIBUTE',
      `Received JSON for the ${name} attribute does not match expected format.`,
      [name],
    ),

  invalidEnumValue: (value: string) =>
    new AtlasError(400, 'INVALID_ENUM_VALUE', `An invalid enumeration value ${value} was specified.`, [value]),

  privateEndpointExists: (provider: string, region: string) =>
    new AtlasError(
      409,
      'PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION',
      `A private endpoint service already exists for ${provider} region ${region}.`,
      [provider, region],
    ),

  unexpected: () => new AtlasError(500, 'UNEXPECTED_ERROR', 'Unexpected error.'),

  malformedRequest: () => new AtlasError(400, 'VALIDATION_ERROR', 'Malformed request.', [], closing),

  headersTooLarge: connectionError(431, 'HEADERS_TOO_LARGE'),
  requestTimeout: connectionError(408, 'REQUEST_TIMEOUT'),
  expectationFailed: connectionError(417, 'EXPECTATION_FAILED'),
  stopping: connectionError(503, 'SERVICE_UNAVAILABLE'),
}
