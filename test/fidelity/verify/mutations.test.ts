import { type Test, test } from 'tap'
import type { ClaimId } from '../../../src/fidelity/claims.js'
import type { Level } from '../../../src/fidelity/verify/guard.js'
import type { VerifyOptions } from '../../../src/fidelity/verify/verify.js'
import {
  type Answered,
  type Asked,
  account,
  claimsWith,
  ledgerOf,
  type Mutation,
  mutant,
  reader,
  run,
  shop,
  someEndpoints,
  startTarget,
  targetWorld,
} from '../../support/target.js'

/** Changes answers that `when` fits. */
const answer = (
  when: (asked: Asked, answered: Answered) => boolean,
  change: (answered: Answered) => Partial<Answered>,
): Mutation => ({
  answer: (answered, asked) => (when(asked, answered) ? { ...answered, ...change(answered) } : undefined),
})
const header = (name: string, value: string | undefined) => (answered: Answered) => ({
  headers: [
    ...answered.headers.filter(([given]) => given.toLowerCase() !== name),
    ...(value === undefined ? [] : [[name, value] as [string, string]]),
  ],
})
const text =
  (from: string | RegExp, to: string) =>
  ({ body }: Answered) => ({ body: body.replace(from, to) })
const json =
  (change: (body: Record<string, unknown>) => unknown) =>
  ({ body }: Answered) => ({
    body: JSON.stringify(change(JSON.parse(body))),
  })

const projectPath = `/api/atlas/v2/groups/${shop}`
const endpointsPath = `${projectPath}/backup/AWS/privateEndpoints`
const isAuthorized = ({ headers }: Asked) => headers.authorization !== undefined
const at =
  (path: string, status?: number, method = 'GET') =>
  (asked: Asked, answered: Answered) =>
    asked.method === method &&
    asked.url === path &&
    isAuthorized(asked) &&
    (status ?? answered.status) === answered.status
const code =
  (errorCode: string, only = /./) =>
  ({ url }: Asked, { body }: Answered) =>
    only.test(url) && body.includes(`"${errorCode}"`) && !body.includes('"content"') && !body.includes(' : ')
const isChallenge = (_: Asked, { headers, status }: Answered) =>
  status === 401 && headers.some(([name, value]) => name === 'www-authenticate' && value.startsWith('Digest'))
const isSuccess =
  (path: RegExp) =>
  ({ url }: Asked, { status }: Answered) =>
    status < 300 && path.test(url)

/** A change of the target, and the claims that must be found different by it: these and no others. */
type Seeded = readonly [what: string, mutation: Mutation, ...claims: ClaimId[]]

/** Seeded changes that do not touch each other, so that one run must find each of them and nothing more. */
async function hunt(
  t: Test,
  level: Level,
  seeded: readonly Seeded[],
  options: Partial<VerifyOptions> & { world?: ReturnType<typeof targetWorld> } = {},
) {
  const { world, ...rest } = options
  const target = await startTarget(t, world ? { world } : {})
  const url = await mutant(
    t,
    target.url,
    seeded.map(([, mutation]) => mutation),
  )
  const verification = await run(target, url, { level, ledger: ledgerOf(t), ...rest })
  const found = claimsWith(verification, 'different')
  for (const [what, , ...claims] of seeded) for (const claim of claims) t.ok(found.includes(claim), `${what}: ${claim}`)
  const expected = new Set<string>(seeded.flatMap(([, , ...claims]) => claims))
  const stray = verification.evidence.exchanges.flatMap(({ probe, findings }) =>
    findings
      .filter(({ claim, verdict }) => verdict === 'different' && !expected.has(claim))
      .map((finding) => ({ probe, ...finding })),
  )
  t.strictSame(stray, [], 'and no other claim')
  t.equal(verification.exitCode, 3)
  t.equal(verification.evidence.ended, undefined)
  return verification
}

test('changed headers are found, each by its claim', async (t) => {
  await hunt(t, 'refuse', [
    [
      'a security header is dropped',
      answer(at(projectPath), header('x-content-type-options', undefined)),
      'security-headers',
    ],
    ['Vary is dropped', answer(at(`${projectPath}?pretty`), header('vary', undefined)), 'vary-on-get-and-post'],
    [
      'the type of a success has the date asked for',
      answer(at(endpointsPath, 200), header('content-type', 'application/vnd.atlas.2025-03-12+json;charset=utf-8')),
      'success-content-type',
    ],
    [
      'the type of an error has a charset',
      answer(code('INVALID_GROUP_ID'), header('content-type', 'application/json;charset=utf-8')),
      'error-content-type',
    ],
    [
      'the code is not repeated',
      answer(code('EXPORT_BUCKET_NOT_FOUND', /deadbeef/), header('x-error-code', undefined)),
      'error-code-header',
    ],
    [
      'the limit is another',
      answer(at(`${endpointsPath}?itemsPerPage=500`), header('ratelimit-limit', '300')),
      'bucket-cloud-backups',
    ],
    [
      'the limit of projects is another',
      answer(at(`${projectPath}?envelope=TRUE`), header('ratelimit-limit', '300')),
      'bucket-projects',
    ],
    [
      'an error comes without the limit',
      answer(code('VALIDATION_ERROR', /AZURE/), header('ratelimit-remaining', undefined)),
      'bucket-headers',
    ],
    [
      'a refusal takes a token',
      answer(code('GROUP_NOT_FOUND'), header('ratelimit-remaining', '7')),
      'bucket-not-before',
    ],
    [
      'what remains does not fall',
      answer(at(`${projectPath}?envelope=true`), header('ratelimit-remaining', '7')),
      'bucket-remaining',
    ],
    ['a cookie is set', answer(at(`${projectPath}?pretty=true`), header('set-cookie', 'a=b')), 'headers-absent'],
    [
      'a header is added',
      answer(at(`${endpointsPath}?includeCount=false`), header('x-new', 'yes')),
      'headers-of-the-emulator',
    ],
    [
      'Deprecation is dropped',
      answer(({ headers }) => /2023-01-01/.test(headers.accept ?? ''), header('deprecation', undefined)),
      'version-deprecation-headers',
    ],
    [
      'a version is announced to end',
      answer(at(`${endpointsPath}?pageNum=999`), header('sunset', 'Thu, 1 Jul 2027 00:00:00 GMT')),
      'version-deprecated-since',
    ],
    [
      'Allow has HEAD',
      answer((asked) => asked.method === 'PUT', header('allow', 'POST,GET,HEAD,OPTIONS')),
      'allow-header',
    ],
    [
      'OPTIONS has no Allow',
      answer((asked) => asked.method === 'OPTIONS', header('allow', undefined)),
      'options-answer',
    ],
    [
      'HEAD lacks a header',
      answer((asked) => asked.method === 'HEAD', header('x-frame-options', undefined)),
      'head-like-get',
    ],
    [
      'an error is compressed',
      answer(
        ({ headers }, { status }) => headers['accept-encoding'] === 'gzip' && status === 404,
        header('content-encoding', 'gzip'),
      ),
      'gzip-success',
    ],
    [
      'q=0 is passed over',
      answer(({ headers }) => headers['accept-encoding'] === 'gzip;q=0, br', header('content-encoding', 'gzip')),
      'gzip-q-values',
    ],
    [
      'a short body is streamed',
      answer(at(`${projectPath}?pretty=False&envelope=false`), header('content-length', undefined)),
      'long-body-streamed',
    ],
    [
      'the challenge has a realm of its own',
      answer(
        (asked, answered) => isChallenge(asked, answered) && asked.method === 'POST',
        ({ headers }) => ({
          headers: headers.map(([name, value]) => [name, value.replace('MMS Public API', 'Atlas')]),
        }),
      ),
      'challenge-shape',
    ],
    [
      'the challenge has a code in a header',
      answer(
        (asked, answered) => isChallenge(asked, answered) && asked.method === 'DELETE',
        header('x-error-code', 'X'),
      ),
      'challenge-headers',
    ],
  ])
})

test('changed bodies are found, each by its claim', async (t) => {
  await hunt(
    t,
    'refuse',
    [
      ['a text', answer(code('GROUP_NOT_FOUND'), text('No group with', 'There is no group with')), 'group-not-found'],
      [
        'a code',
        answer(code('INVALID_GROUP_ID'), (answered) => ({
          ...header('x-error-code', 'GROUP_ID_INVALID')(answered),
          ...text('INVALID_GROUP_ID', 'GROUP_ID_INVALID')(answered),
        })),
        'group-id-malformed',
        'error-code-header',
      ],
      [
        'parameters',
        answer(
          code('EXPORT_BUCKET_NOT_FOUND'),
          json((body) => ({ ...body, parameters: [] })),
        ),
        'export-bucket-not-found',
      ],
      [
        'the order of keys of a project',
        answer(
          at(projectPath),
          json(({ clusterCount, ...body }) => ({ ...body, clusterCount })),
        ),
        'json-key-order',
      ],
      [
        'the order of keys of an endpoint',
        answer(
          isSuccess(/privateEndpoints\/6650/),
          json(({ cloudProvider, ...body }) => ({ ...body, cloudProvider })),
        ),
        'endpoint-key-order',
      ],
      [
        'the form of a date',
        answer(at(`${projectPath}?pretty=False&envelope=false`), text(/(\d\d)Z"/, '$1.000Z"')),
        'json-dates',
      ],
      [
        'a key of a project is gone',
        answer(
          at(`${projectPath}?envelope=TRUE`),
          json((body) => ({ ...body, content: { ...(body.content as object), clusterCount: undefined } })),
        ),
        'project-keys',
      ],
      [
        'a key of an endpoint is new',
        answer(isSuccess(/privateEndpoints\?itemsPerPage=500/), text(/"cloudProvider"/g, '"arn":"x","cloudProvider"')),
        'endpoint-fields',
      ],
      [
        'null is left out',
        answer(isSuccess(/privateEndpoints\?includeCount=false/), text(/"errorMessage":null,/, '')),
        'endpoint-nulls-sent',
      ],
      [
        'a link of a project',
        answer(
          (asked, answered) => at(projectPath)(asked, answered) && asked.headers['accept-encoding'] === 'gzip',
          text('/whitelist', '/accessList'),
        ),
        'project-links',
      ],
      [
        'the order of projects',
        answer(
          at('/api/atlas/v2/groups'),
          json((body) => ({ ...body, results: [...(body.results as unknown[])].reverse() })),
        ),
        'project-list-order',
      ],
      [
        'the order of endpoints',
        answer(
          at(`${endpointsPath}?itemsPerPage=`),
          json((body) => ({ ...body, results: [...(body.results as unknown[])].reverse() })),
        ),
        'endpoint-order',
      ],
      [
        'links are relative',
        answer(at(`${projectPath}/backup/exportBuckets`), text(/"href":"https?:\/\/[^/]+/g, '"href":"')),
        'list-links-absolute',
      ],
      [
        'self has no size',
        answer(at(`${endpointsPath}?b=%7e&a=x%20y&empty=`), text('&itemsPerPage=100', '')),
        'list-self-link',
      ],
      [
        'next has another order',
        answer(
          at('/api/atlas/v2/groups?itemsPerPage=1'),
          text('?itemsPerPage=1&pageNum=2', '?pageNum=2&itemsPerPage=1'),
        ),
        'list-next-link',
      ],
      [
        'a list has its page',
        answer(
          at(`${endpointsPath}?pageNum=999`),
          json((body) => ({ ...body, pageNum: 999 })),
        ),
        'list-past-the-end',
      ],
      [
        'the region of a bucket is left out',
        answer(
          isSuccess(/exportBuckets\/[0-9a-f]{24}/),
          json((body) => ({ ...body, region: undefined })),
        ),
        'export-bucket-region',
      ],
      [
        'pretty has no space before colons',
        answer(isSuccess(/privateEndpoints\?pretty=true/), text(/ : /g, ': ')),
        'pretty-form',
      ],
      ['spaces', answer(at(`${endpointsPath}/`), text(/,"results"/, ', "results"')), 'json-compact'],
      [
        'the envelope tells no status',
        answer(
          at(`${projectPath}?envelope=true`),
          json(({ content }) => ({ content })),
        ),
        'envelope-entity',
      ],
      [
        'an error has details',
        answer(
          code('INVALID_QUERY_PARAMETER', /itemsPerPage=1e1/),
          json((body) => ({ badRequestDetail: { fields: [] }, ...body })),
        ),
        'error-without-fields',
      ],
      [
        'an error has another reason',
        answer(code('INVALID_VERSION_DATE'), text('Not Acceptable', 'Not acceptable')),
        'error-body-shape',
      ],
      [
        'the challenge has parameters',
        answer(isChallenge, text('"errorCode"', '"parameters" : [ ],\n  "errorCode"')),
        'challenge-body',
      ],
      [
        'a token is bad otherwise',
        answer(
          ({ headers }) => headers.authorization === 'Bearer none',
          header('www-authenticate', 'Bearer error="expired"'),
        ),
        'token-bad',
      ],
    ],
    { world: targetWorld([...someEndpoints]) },
  )
})

test('refusals that are other refusals are found, each by its claim', async (t) => {
  const refusal = (errorCode: string, from: string, to: string, path = /./) =>
    answer(code(errorCode, path), text(from, to))
  await hunt(t, 'refuse', [
    ['no JSON', refusal('MALFORMED_JSON', 'is malformed', 'cannot be read', /privateEndpoints$/), 'body-malformed'],
    ['no object', refusal('INVALID_JSON', 'does not match', 'is not'), 'body-no-object'],
    ['a missing attribute', refusal('MISSING_ATTRIBUTE', 'was not specified', 'is missing'), 'attribute-missing'],
    ['missing attributes', refusal('MISSING_ATTRIBUTES', 'were not specified', 'are missing'), 'attributes-missing'],
    [
      'no such provider',
      refusal('INVALID_ENUM_VALUE', 'was specified', 'was given', /privateEndpoints/),
      'attribute-enum',
    ],
    ['a wrong name', refusal('EXPORT_BUCKET_NAME_INVALID', 'is invalid', 'is wrong'), 'attribute-form'],
    [
      'a type',
      answer(code('UNSUPPORTED_MEDIA_TYPE'), (answered) => ({ status: 400, ...text('415', '400')(answered) })),
      'content-type-unsupported',
      'order-of-checks',
    ],
    [
      'no such endpoint',
      refusal('RESOURCE_NOT_FOUND', 'Object storage private endpoint', 'Private endpoint', /privateEndpoints\//),
      'endpoint-not-found-phrase',
    ],
    [
      'a query',
      refusal('INVALID_QUERY_PARAMETER', 'specified', 'given', /pageNum=1&itemsPerPage=0/),
      'query-first-fault',
    ],
  ])
})

test('what only a service account sees is found, each by its claim', async (t) => {
  await hunt(
    t,
    'refuse',
    [
      [
        'a token says its scope',
        answer(
          ({ url }, { body }) => url === '/api/oauth/token' && body.includes('access_token'),
          json((body) => ({ ...body, scope: 'all' })),
        ),
        'token-request',
        'token-answer',
        'token-claims',
        'token-subject',
        'token-secret-as-is',
      ],
      [
        'an error of OAuth',
        answer(
          (_, { body }) => body.includes('Invalid grant type.'),
          text('Invalid grant type.', 'Unknown grant type.'),
        ),
        'token-errors',
      ],
    ],
    { credentials: account },
  )
})

test('a reader’s refusal that is another is found', async (t) => {
  await hunt(
    t,
    'read',
    [
      [
        'the role',
        answer(code('USER_UNAUTHORIZED'), header('www-authenticate', 'Basic')),
        'user-unauthorized-no-challenge',
      ],
    ],
    {
      credentials: reader,
    },
  )
})

test('a life that goes otherwise is found, each step by its claim', async (t) => {
  const one = new RegExp(`${endpointsPath}/(?!deadbeef)[0-9a-f]{24}$`)
  const { leftBehind } = await hunt(
    t,
    'mutate',
    [
      [
        'a create has a Location',
        answer((asked, { status }) => asked.method === 'POST' && status === 201, header('location', 'x')),
        'create-without-location',
      ],
      [
        'a second create',
        answer(code('PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION'), text('for AWS region', 'in AWS region')),
        'endpoint-exists',
      ],
      [
        'the connection’s name',
        answer(
          ({ method, url }, { body }) => method === 'GET' && one.test(url) && body.includes('ACTIVE'),
          text(/vpce-[0-9a-f]{17}/, 'com.amazonaws.vpce'),
        ),
        'endpoint-connection-name-form',
        'endpoint-settles',
        'endpoint-statuses',
      ],
      [
        'a delete tells of a length',
        answer(({ method }, { status }) => method === 'DELETE' && status === 204, header('content-type', undefined)),
        'no-content-headers',
      ],
    ],
    { only: undefined },
  )
  t.strictSame(leftBehind, [])
})
