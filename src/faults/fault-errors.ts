import type { FastifyRequest } from 'fastify'
import { statusOf } from '../atlas/errors/codes.js'
import { AtlasError, errors } from '../atlas/errors/errors.js'
import { jsonLimit } from '../atlas/steps/body.js'
import { pathOf, queryParameters } from '../atlas/steps/query.js'
import { plainAddress } from '../values/ip-list.js'
import { atlasRateLimit } from '../values/rate-limit.js'
import type { FaultAction } from './faults.js'

type Parameter = string | number

/** How the contract's text for a code is made: from its parameters, and these from a request. */
interface KnownError {
  readonly make: (...parameters: never[]) => AtlasError
  /** Undefined when the request has nothing to fill the text with. */
  readonly from: (request: FastifyRequest) => Parameter[] | undefined
}

const known = (make: KnownError['make'], from: KnownError['from'] = () => []): KnownError => ({ make, from })

const param = (request: FastifyRequest, name: string): [string] | undefined => {
  const value = (request.params as Record<string, string>)[name]
  return value === undefined ? undefined : [value]
}
const path = ({ raw }: FastifyRequest): string => pathOf(raw.url as string)
/** The body's attributes, where it has passed validation; the first one is as good as any to be at fault. */
const attributes = ({ body }: FastifyRequest): [string, Parameter][] =>
  typeof body === 'object' && body !== null && !Buffer.isBuffer(body) ? Object.entries(body) : []
const attribute = (request: FastifyRequest): [string] | undefined => {
  const [first] = attributes(request)
  return first && [first[0]]
}
const region = (request: FastifyRequest): Parameter[] | undefined => {
  const found = Object.fromEntries(attributes(request))
  return found.regionName === undefined ? undefined : [found.cloudProvider as string, found.regionName]
}

/** What `Allow` would be, were it not for the request's own method. */
const otherMethods = (request: FastifyRequest): string =>
  (request.server.allowedOn(path(request)) as string)
    .split(', ')
    .filter((method) => method !== request.method)
    .join(', ')

/** Tells of one attribute as rows 19 to 24 of section 5 do. */
const ofAttribute =
  (make: (name: string) => AtlasError, nameIn = (parameter: string) => parameter) =>
  (parameter: string): AtlasError => {
    const { status, errorCode, detail, parameters } = make(parameter)
    const fields = [{ description: detail, field: nameIn(parameter) }]
    return new AtlasError(status, errorCode, detail, parameters, { badRequestDetail: { fields } })
  }

/** The error with what the headers tell of an empty bucket. */
const emptyBucket = ({ status, errorCode, detail, parameters, headers }: AtlasError, capacity: number): AtlasError =>
  new AtlasError(status, errorCode, detail, parameters, {
    headers: { ...headers, 'ratelimit-limit': String(capacity), 'ratelimit-remaining': '0' },
  })

/** The errors of section 5 of the contract whose text it has. */
const knownErrors: Readonly<Record<string, KnownError>> = {
  RESOURCE_NOT_FOUND: known(
    (what: string) => new AtlasError(404, 'RESOURCE_NOT_FOUND', `Cannot find resource ${what}.`, [what]),
    (request) => {
      const id = param(request, 'endpointId')
      return [...(id ? errors.noSuchPrivateEndpoint(...id) : errors.noSuchPath(path(request))).parameters]
    },
  ),
  METHOD_NOT_ALLOWED: known(errors.methodNotAllowed, (request) => [
    request.method,
    path(request),
    otherMethods(request),
  ]),
  ORG_REQUIRES_ACCESS_LIST: known(errors.accessListRequired),
  IP_ADDRESS_NOT_ON_ACCESS_LIST: known(errors.addressNotAllowed, ({ ip }) => [plainAddress(ip)]),
  INVALID_VERSION_DATE: known(errors.noAcceptableVersion),
  VERSION_GONE: known(
    errors.versionGone,
    (request) => request.version && [request.version.date, path(request).slice(1)],
  ),
  INVALID_GROUP_ID: known(errors.invalidGroupId, (request) => param(request, 'groupId')),
  GROUP_NOT_FOUND: known(errors.groupNotFound, (request) => param(request, 'groupId')),
  USER_UNAUTHORIZED: known(errors.notAuthorized),
  RATE_LIMITED_TOKEN_BUCKET: known(
    (path: string, retryAfter: number, capacity: number, refill: number, seconds: number) =>
      emptyBucket(errors.rateLimited(path, retryAfter, { capacity, refill, seconds }), capacity),
    (request) => {
      const own = request.project?.rateLimit
      const { capacity, refill, seconds } = own === undefined || own === 'off' ? atlasRateLimit : own
      return [path(request).slice(1), seconds, capacity, refill, seconds]
    },
  ),
  VALIDATION_ERROR: known(
    (...provider: [string?]) =>
      provider[0] === undefined
        ? new AtlasError(400, 'VALIDATION_ERROR', errors.malformedRequest().detail)
        : errors.noSuchProvider(provider[0]),
    (request) => param(request, 'cloudProvider') ?? [],
  ),
  INVALID_QUERY_PARAMETER: known(errors.invalidQueryParameter, ({ raw }) => {
    const [first] = queryParameters(raw.url as string)
    return first && [first.name]
  }),
  UNSUPPORTED_MEDIA_TYPE: known(errors.unsupportedMediaType, ({ raw }) => [raw.headers['content-type'] ?? '']),
  PAYLOAD_TOO_LARGE: known(errors.payloadTooLarge, () => [jsonLimit]),
  MALFORMED_JSON: known(errors.malformedJson),
  INVALID_JSON: known(errors.invalidJson),
  INVALID_ATTRIBUTE: known(ofAttribute(errors.unknownAttribute), attribute),
  ATTRIBUTE_READ_ONLY: known(ofAttribute(errors.readOnlyAttribute), attribute),
  MISSING_ATTRIBUTE: known(ofAttribute(errors.missingAttribute), attribute),
  MISSING_ATTRIBUTES: known(
    ofAttribute(
      (names) => errors.missingAttributes(String(names).split(', ')),
      (names) => String(names).split(', ')[0] as string,
    ),
    (request) => {
      const names = attributes(request).map(([name]) => name)
      return names.length > 1 ? [names.sort().join(', ')] : undefined
    },
  ),
  INVALID_JSON_ATTRIBUTE: known(ofAttribute(errors.attributeOfWrongType), attribute),
  INVALID_ENUM_VALUE: known(
    ofAttribute(errors.invalidEnumValue, () => 'regionName'),
    (request) => region(request)?.slice(1),
  ),
  PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION: known(errors.privateEndpointExists, region),
  UNEXPECTED_ERROR: known(errors.unexpected),
  HEADERS_TOO_LARGE: known(errors.headersTooLarge),
  REQUEST_TIMEOUT: known(errors.requestTimeout),
  EXPECTATION_FAILED: known(errors.expectationFailed),
  SERVICE_UNAVAILABLE: known(errors.stopping),
}

/** Those that can be sent: a rule's parameters, which become a part of some, may be any text. */
function writable(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => /^[\t\x20-\x7e]*$/.test(value)))
}

/** The error that a fault answers with: what the rule says, then what the contract says, then a text of our own. */
export function faultError(action: Extract<FaultAction, { errorCode: string }>, request: FastifyRequest): AtlasError {
  const { errorCode, headers } = action
  const error = knownErrors[errorCode]
  const parameters = action.parameters ?? error?.from(request)
  const isComplete = error !== undefined && parameters !== undefined && parameters.length >= error.make.length
  const made = isComplete ? error.make(...(parameters as never[])) : undefined
  const status = action.status ?? (statusOf(errorCode) as number)
  const detail = action.detail ?? made?.detail ?? `The emulator was told to answer ${errorCode}.`
  return new AtlasError(status, errorCode, detail, action.parameters ?? made?.parameters ?? [], {
    headers: { ...writable(made?.headers ?? {}), ...headers },
    ...(made?.badRequestDetail && action.detail === undefined && { badRequestDetail: made.badRequestDetail }),
  })
}
