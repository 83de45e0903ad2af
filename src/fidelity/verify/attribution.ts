/** Which claim a difference is about, and which claims an exchange shows at all. */
import type { ClaimId } from '../claims.js'
import type { Difference } from './compare.js'
import type { Entity, Probe } from './probe.js'
import type { RedactedAnswer } from './redaction.js'

/** An exchange as the rules look at it. */
interface Seen {
  readonly probe: Probe
  readonly here: RedactedAnswer
  readonly isError: boolean
  readonly isChallenge: boolean
  readonly entity: Entity | undefined
}

/** A claim that many exchanges show besides those of their own: in which ones, and in which places of them. */
interface Rule {
  readonly claim: ClaimId | ((seen: Seen) => ClaimId | undefined)
  readonly shown: (seen: Seen) => boolean
  readonly takes: (difference: Difference, seen: Seen) => boolean
}

const header = (pattern: RegExp) => (difference: Difference) =>
  difference.place.startsWith('header:') && pattern.test(difference.place.slice('header:'.length))
const body =
  (pattern: RegExp, ...kinds: Difference['kind'][]) =>
  (difference: Difference) =>
    difference.place.startsWith('body:') &&
    pattern.test(difference.place.slice('body:'.length)) &&
    (kinds.length === 0 || kinds.includes(difference.kind))

const usual = ({ here, isChallenge, probe }: Seen) =>
  !isChallenge && here.status !== 405 && probe.method !== 'OPTIONS' && probe.method !== 'HEAD'
const has = (name: string) => (seen: Seen) => usual(seen) && name in seen.here.headers
const isSuccess = (seen: Seen) => usual(seen) && seen.here.status < 300
const hasBody = (seen: Seen) => usual(seen) && seen.here.body !== ''
const isPage = ({ here }: Seen) => here.body.includes('"results"')
/** Whose token bucket a path takes from; the first that fits. */
const buckets: readonly (readonly [RegExp, ClaimId])[] = [
  [/\/backup\//, 'bucket-cloud-backups'],
  [/\/cloudProviderAccess\b/, 'bucket-cloud-provider-access'],
  [/\/orgs\b/, 'bucket-organizations'],
  [/\/(?:users|teams|ipAddresses|managedSlowMs|clusters|flexClusters)\b/, 'bucket-neighbours'],
  [/\/v2$/, 'bucket-system-status'],
  [/^/, 'bucket-projects'],
]
const bucketOf = ({ probe }: Seen) => buckets.find(([pattern]) => pattern.test(probe.path))?.[1]

/** The claim about the text of an error, by its code. Of a code that several mistakes share, the probe knows more. */
const errorClaims: Readonly<Record<string, ClaimId>> = {
  EXPORT_BUCKET_NAME_INVALID: 'attribute-form',
  EXPORT_BUCKET_NOT_FOUND: 'export-bucket-not-found',
  CANNOT_ASSUME_ROLE: 'export-bucket-cannot-assume-role',
  GROUP_NOT_FOUND: 'group-not-found',
  INVALID_ENUM_VALUE: 'attribute-enum',
  INVALID_GROUP_ID: 'group-id-malformed',
  INVALID_GROUP_NAME: 'project-name',
  INVALID_JSON: 'body-no-object',
  INVALID_JSON_ATTRIBUTE: 'attribute-wrong-type',
  INVALID_QUERY_PARAMETER: 'query-parameter-invalid',
  INVALID_ORG_ID: 'organization-id',
  INVALID_VERSION_DATE: 'version-not-acceptable',
  MALFORMED_JSON: 'body-malformed',
  MISSING_ATTRIBUTE: 'attribute-missing',
  MISSING_ATTRIBUTES: 'attributes-missing',
  NOT_IN_GROUP: 'project-by-name-unknown',
  ORG_NOT_FOUND: 'organization-id',
  PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION: 'endpoint-exists',
  UNSUPPORTED_MEDIA_TYPE: 'content-type-unsupported',
  USER_UNAUTHORIZED: 'user-unauthorized',
  VALIDATION_ERROR: 'provider-unknown',
}

/** What is not found, by the words for it. */
const phrases: readonly (readonly [string, ClaimId])[] = [
  ['private endpoint with', 'endpoint-not-found-phrase'],
  ['access role with', 'access-role-not-found'],
  ['resource Limit', 'limit-unknown'],
]

function errorClaim({ here }: Seen): ClaimId | undefined {
  const [, code = ''] = /"errorCode" ?: ?"(\w+)"/.exec(here.body) ?? []
  if (code !== 'RESOURCE_NOT_FOUND') return errorClaims[code]
  return phrases.find(([phrase]) => here.body.includes(phrase))?.[1] ?? 'no-such-path'
}

/** The attributes of a single thing, of one in an envelope, and of one in a page. */
const inItem = /^(?:\/content|\/results\/\d+)?\/(?!content|status|results|links|totalCount)\w+$/

/** The first rule that takes a difference tells its claim. */
const rules: readonly Rule[] = [
  { claim: 'head-like-get', shown: ({ probe }) => probe.method === 'HEAD', takes: () => true },
  { claim: 'options-answer', shown: ({ probe }) => probe.method === 'OPTIONS', takes: () => true },
  { claim: 'allow-header', shown: ({ here }) => here.status === 405, takes: header(/^allow$/) },
  { claim: 'method-not-allowed-empty', shown: ({ here }) => here.status === 405, takes: () => true },
  { claim: 'challenge-shape', shown: ({ isChallenge }) => isChallenge, takes: header(/^www-authenticate$/) },
  { claim: 'challenge-headers', shown: ({ isChallenge }) => isChallenge, takes: header(/./) },
  { claim: 'challenge-body', shown: ({ isChallenge }) => isChallenge, takes: body(/^/) },

  {
    claim: 'security-headers',
    shown: has('x-frame-options'),
    takes: header(/^(?:referrer-|strict-|x-content-|x-frame-|x-permitted-)/),
  },
  { claim: 'vary-on-get-and-post', shown: usual, takes: header(/^vary$/) },
  { claim: 'no-content-headers', shown: ({ here }) => here.status === 204, takes: header(/^(?:content-|transfer-)/) },
  { claim: 'gzip-success', shown: usual, takes: header(/^content-encoding$/) },
  { claim: 'error-content-type', shown: (seen) => usual(seen) && seen.isError, takes: header(/^content-type$/) },
  { claim: 'success-content-type', shown: isSuccess, takes: header(/^content-type$/) },
  { claim: 'long-body-streamed', shown: hasBody, takes: header(/^(?:content-length|transfer-encoding)$/) },
  { claim: 'error-code-header', shown: has('x-error-code'), takes: header(/^x-error-code$/) },
  {
    claim: bucketOf,
    shown: has('ratelimit-limit'),
    takes: (difference) => header(/^ratelimit-limit$/)(difference) && difference.kind === 'value',
  },
  { claim: 'bucket-headers', shown: has('ratelimit-limit'), takes: header(/^ratelimit-/) },
  {
    claim: 'bucket-not-before',
    shown: (seen) => usual(seen) && seen.isError && !('ratelimit-limit' in seen.here.headers),
    takes: header(/^ratelimit-/),
  },
  { claim: 'version-deprecation-headers', shown: has('deprecation'), takes: header(/^(?:deprecation|sunset)$/) },
  { claim: 'version-deprecated-since', shown: usual, takes: header(/^(?:deprecation|sunset)$/) },
  {
    claim: 'create-without-location',
    shown: ({ probe, here }) => probe.method === 'POST' && here.status === 201,
    takes: header(/^location$/),
  },
  {
    claim: 'user-unauthorized-no-challenge',
    shown: ({ here }) => here.body.includes('USER_UNAUTHORIZED'),
    takes: header(/^www-authenticate$/),
  },
  {
    claim: 'headers-absent',
    shown: usual,
    takes: header(/^(?:set-cookie|etag|access-control-|x-request-id|x-correlation-id|request-id)/),
  },
  {
    claim: 'headers-of-the-emulator',
    shown: usual,
    takes: (difference) => header(/./)(difference) && difference.kind === 'extra',
  },

  {
    claim: 'pretty-form',
    shown: (seen) => hasBody(seen) && /\bpretty=true/.test(seen.probe.path),
    takes: body(/^$/, 'form'),
  },
  {
    claim: 'json-compact',
    shown: (seen) => hasBody(seen) && !/\bpretty/.test(seen.probe.path),
    takes: body(/^$/, 'form'),
  },
  { claim: 'json-dates', shown: ({ here }) => here.body.includes('‹date:'), takes: body(/^/, 'date') },
  { claim: 'error-without-fields', shown: (seen) => usual(seen) && seen.isError, takes: body(/badRequestDetail$/) },
  {
    claim: 'error-body-shape',
    shown: (seen) => usual(seen) && seen.isError && seen.here.body.includes('"errorCode"'),
    takes: (difference) =>
      body(/^\/(?:content\/)?(?:error|reason)$/)(difference) ||
      body(/^\/(?:content\/)?(?:detail|errorCode|parameters)$/, 'missing', 'extra')(difference),
  },
  {
    claim: errorClaim,
    shown: ({ isError }) => isError,
    takes: body(/^\/(?:content\/)?(?:detail|parameters)(?:\/\d+)?$/, 'value'),
  },
  {
    claim: ({ entity }) => entity?.nulls,
    shown: (seen) => isSuccess(seen) && seen.here.body.includes('null'),
    takes: body(inItem, 'null'),
  },
  {
    claim: ({ entity }) => entity?.links,
    shown: (seen) => isSuccess(seen) && !isPage(seen),
    takes: body(/^\/(?:content\/)?links\b/),
  },
  {
    claim: ({ entity }) => entity?.itemLinks,
    shown: (seen) => isSuccess(seen) && isPage(seen),
    takes: body(/^\/results\/\d+\/links\b/),
  },
  { claim: ({ entity }) => entity?.order, shown: hasItem, takes: body(/^(?:\/content|\/results\/\d+)?$/, 'order') },
  {
    claim: 'json-key-order',
    shown: (seen) => hasBody(seen) && !seen.here.body.startsWith('{\n') && !seen.probe.path.startsWith('/api/oauth'),
    takes: (difference) => body(/^/, 'order')(difference) && !/\/results$/.test(difference.place),
  },
  {
    claim: ({ entity }) => entity?.listOrder,
    shown: (seen) => isSuccess(seen) && isPage(seen),
    takes: body(/^\/results$/, 'order'),
  },
  { claim: ({ entity }) => entity?.keys, shown: hasItem, takes: body(inItem, 'missing', 'extra', 'null') },
  {
    claim: 'list-links-absolute',
    shown: (seen) => isPage(seen) && seen.here.body.includes('‹base›'),
    takes: (difference) =>
      body(/\/links\/\d+\/href$/)(difference) &&
      difference.here.includes('‹base›') &&
      !difference.there.includes('‹base›'),
  },
  { claim: 'list-self-link', shown: isPage, takes: body(/^\/links\/0\b/) },
  {
    claim: 'list-next-link',
    shown: ({ here }) => here.body.includes('"rel":"next"'),
    takes: body(/^\/links(?:\/1\b)?/),
  },
  { claim: 'list-previous-link', shown: ({ here }) => here.body.includes('"rel":"previous"'), takes: body(/^\/links/) },
  { claim: 'list-shape', shown: isPage, takes: body(/^\/(?:links|results|totalCount)$/, 'missing', 'extra') },
]

function hasItem(seen: Seen): boolean {
  return isSuccess(seen) && (!isPage(seen) || !seen.here.body.includes('"results":[]'))
}

export class Attribution {
  readonly #seen: Seen
  readonly #rules: readonly { claim: ClaimId; takes: Rule['takes'] }[]

  constructor(probe: Probe, entity: Entity | undefined, here: RedactedAnswer) {
    const isChallenge = here.status === 401 && /^Digest/.test(here.headers['www-authenticate'] ?? '')
    this.#seen = { probe, here, isError: here.status >= 400, isChallenge, entity }
    this.#rules = rules
      .filter(({ shown }) => shown(this.#seen))
      .flatMap(({ claim, takes }) => {
        const id = typeof claim === 'string' ? claim : claim(this.#seen)
        return id === undefined ? [] : [{ claim: id, takes }]
      })
  }

  /** Every claim that the exchange shows when both answers are the same. */
  get shown(): readonly ClaimId[] {
    return [...new Set([...this.#seen.probe.claims, ...this.#rules.map(({ claim }) => claim)])]
  }

  /** What a difference is about: what the probe asks for, unless it is in a place of which there is a claim of its own. */
  claimsOf(difference: Difference): readonly ClaimId[] {
    const { probe } = this.#seen
    if (difference.place === 'status' || probe.decides?.some((place) => isAt(difference, place))) return probe.claims
    const rule = this.#rules.find(({ takes }) => takes(difference, this.#seen))
    return rule ? [rule.claim] : probe.claims
  }
}

/** Whether a difference is in a place; one that ends with a star stands for all places within it. */
function isAt({ place }: Difference, decided: string): boolean {
  return decided.endsWith('*') ? place.startsWith(decided.slice(0, -1)) : place === decided
}
