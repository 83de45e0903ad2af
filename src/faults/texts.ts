import type { FastifyRequest } from 'fastify'
import { requestsPerMinute } from '../atlas/auth/token-limits.js'
import { statusOf } from '../atlas/errors/codes.js'
import { AtlasError, type ErrorExtras, type ErrorKind, errors } from '../atlas/errors/errors.js'
import { isOAuthErrorCode, oauthError } from '../atlas/errors/oauth-errors.js'
import { oauthPath } from '../atlas/oauth.js'
import { operations, resources } from '../atlas/registry.js'
import { jsonLimit } from '../atlas/steps/body.js'
import { cloudBackups } from '../atlas/token-bucket-sets.js'
import { plainAddress } from '../values/ip-list.js'
import { pathOf, queryParameters } from '../values/url.js'
import type { FaultAction } from './faults.js'

type Parameter = string | number

/** By code, the kinds of error that answer with it; the first whose parameters the request has is the one to tell. */
const kindsByCode = new Map<string, ErrorKind[]>()
for (const kind of [...Object.values(errors), ...resources.flatMap((resource) => resource.errors)] as ErrorKind[]) {
  kindsByCode.set(kind.code, [...(kindsByCode.get(kind.code) ?? []), kind])
}

const path = ({ raw }: FastifyRequest): string => pathOf(raw.url as string)

/** The body's attributes, where it has passed validation; the first one is as good as any to be at fault. */
const attributes = ({ body }: FastifyRequest): [string, Parameter][] =>
  typeof body === 'object' && body !== null && !Buffer.isBuffer(body) ? Object.entries(body) : []

const bucketSets = new Map(operations.map(({ operationId, bucket }) => [operationId, bucket]))

/** The size of the bucket that the request takes from. A project's own is for the operations of cloud backups alone. */
const bucketOf = ({ project, routeOptions }: FastifyRequest) => {
  const set = bucketSets.get(routeOptions.schema?.operationId as string) ?? cloudBackups
  const own = set === cloudBackups ? project?.rateLimit : undefined
  return typeof own === 'object' ? own : set.size
}

/** The phrase for what was not found: the thing that the path names, or else the path itself. */
const resourceOf = (request: FastifyRequest): Parameter | undefined => {
  const params = request.params as Record<string, string>
  for (const { thing } of operations) {
    const id = thing && params[thing.name]
    if (id !== undefined) return thing?.missing(id).parameters[0]
  }
  return path(request)
}

/**
 * What a request has to say for the parameters of errors, by their names. A name that is not here is that of a parameter
 * of the path or an attribute of the body. Undefined means that the request says nothing.
 */
const sources: Readonly<Record<string, (request: FastifyRequest) => Parameter | undefined>> = {
  resource: resourceOf,
  ip: ({ ip }) => plainAddress(ip),
  target: (request) => path(request).slice(1),
  date: ({ version }) => version?.date,
  retryAfter: (request) => bucketOf(request).seconds,
  capacity: (request) => bucketOf(request).capacity,
  refill: (request) => bucketOf(request).refill,
  seconds: (request) => bucketOf(request).seconds,
  tokenPath: (request) => (path(request).startsWith(`${oauthPath}/`) ? path(request) : undefined),
  requests: () => requestsPerMinute,
  minutes: () => 1,
  parameter: ({ raw }) => queryParameters(raw.url as string)[0]?.name,
  contentType: ({ raw }) => raw.headers['content-type'] ?? '',
  limit: () => jsonLimit,
  attribute: (request) => attributes(request)[0]?.[0],
  firstAttribute: (request) => attributes(request)[0]?.[0] ?? '',
  bracketedId: ({ params }) => {
    const { endpointId } = params as Record<string, string>
    return endpointId === undefined ? undefined : `[${endpointId}]`
  },
  attributes: (request) => {
    const names = attributes(request).map(([name]) => name)
    return names.length > 1 ? names.sort().join(', ') : undefined
  },
  value: (request) => Object.fromEntries(attributes(request)).regionName,
}

function parameterOf(name: string, request: FastifyRequest): Parameter | undefined {
  const source = sources[name]
  if (source) return source(request)
  return (request.params as Record<string, string> | null)?.[name] ?? Object.fromEntries(attributes(request))[name]
}

/** The error of this kind with the parameters that the fault's rule gives, or that the request has; undefined without. */
function made(
  kind: ErrorKind,
  given: readonly Parameter[] | undefined,
  request: FastifyRequest,
): AtlasError | undefined {
  const isShown = (name: string) => kind.text.includes(`{${name}}`)
  const values = kind.names.map((name, i) => (given && isShown(name) ? given[i] : parameterOf(name, request)))
  if (values.includes(undefined)) return undefined
  const error = kind.with(Object.fromEntries(kind.names.map((name, i) => [name, values[i] as Parameter])))
  return kind === (errors.rateLimited as ErrorKind) ? emptyBucket(error) : error
}

/** The error with what the headers tell of an empty bucket. */
function emptyBucket({ status, errorCode, detail, parameters, headers }: AtlasError): AtlasError {
  return new AtlasError(status, errorCode, detail, parameters, {
    headers: { ...headers, 'ratelimit-limit': String(parameters[2]), 'ratelimit-remaining': '0' },
  })
}

/** Those that can be sent: a rule's parameters, which become a part of some, may be any text. */
function writable(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => /^[\t\x20-\x7e]*$/.test(value)))
}

/** The error that a fault answers with: what the rule says, then what Atlas says, then a text of our own. */
export function faultError(action: Extract<FaultAction, { errorCode: string }>, request: FastifyRequest): AtlasError {
  const { errorCode, headers = {} } = action
  if (isOAuthErrorCode(errorCode)) {
    return oauthError(errorCode, { status: action.status, description: action.detail, headers })
  }
  let known: AtlasError | undefined
  for (const kind of kindsByCode.get(errorCode) ?? []) known ??= made(kind, action.parameters, request)
  const status = action.status ?? (statusOf(errorCode) as number)
  const detail = action.detail ?? known?.detail ?? `The emulator was told to answer ${errorCode}.`
  const extras: ErrorExtras = {
    headers: { ...writable(known?.headers ?? {}), ...headers },
    ...(known?.badRequestDetail && { badRequestDetail: known.badRequestDetail }),
  }
  return new AtlasError(status, errorCode, detail, action.parameters ?? known?.parameters ?? [], extras)
}
