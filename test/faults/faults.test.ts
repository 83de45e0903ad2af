import { STATUS_CODES } from 'node:http'
import { test } from 'tap'
import { errorCodes, statusOf } from '../../src/atlas/errors/codes.js'
import { errors } from '../../src/atlas/errors/errors.js'
import { Faults } from '../../src/faults/faults.js'
import { openStore } from '../../src/store/store.js'
import { Chance } from '../../src/world/chance.js'
import {
  account,
  basic,
  defaultWorld,
  demo,
  fixtureFile,
  path,
  project,
  role,
  start,
  tokenFor,
} from '../support/emulator.js'

const body = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }
const id = 'f'.repeat(24)

test('every known code can be raised by its name alone', async (t) => {
  const { call } = await start(t, ['--rate-limit', 'off'])
  for (const errorCode of errorCodes) {
    const response = await call('POST', path, { body, headers: { 'x-emulator-fault': errorCode } })
    t.equal(response.statusCode, statusOf(errorCode), errorCode)
    t.match(response.headers, {
      'x-error-code': errorCode,
      'x-emulator-fault': errorCode,
      'content-type': 'application/json',
    })
    const { error, reason, detail } = response.json()
    t.same([error, reason, response.json().errorCode], [statusOf(errorCode), STATUS_CODES[error], errorCode])
    t.notMatch(detail, /undefined|null|NaN/)
  }
  t.equal((await call('GET', path)).json().totalCount, 0, 'nothing has been created')
})

test('the detail is that of the code where it has one, filled from the request', async (t) => {
  const { call } = await start(t)
  const details: Record<string, [string, unknown[]]> = {
    RESOURCE_NOT_FOUND: [`Cannot find resource ${path}.`, [path]],
    IP_ADDRESS_NOT_ON_ACCESS_LIST: ['IP address 127.0.0.1 is not allowed to access this resource.', ['127.0.0.1']],
    VERSION_GONE: [`Version 2024-11-13 of ${path.slice(1)} is no longer available.`, ['2024-11-13', path.slice(1)]],
    INVALID_GROUP_ID: [`An invalid group ID ${project} was specified.`, [project]],
    GROUP_NOT_FOUND: [`No group with ID ${project} exists.`, [project]],
    RATE_LIMITED_TOKEN_BUCKET: [
      `Rate limit exceeded for ${path.slice(1)}. Please retry after 60 seconds. Request capacity: 1200. Refill rate: 500 per 60 seconds.`,
      [path.slice(1), 60, 1200, 500, 60],
    ],
    VALIDATION_ERROR: ['No provider AWS exists.', ['AWS']],
    UNSUPPORTED_MEDIA_TYPE: ['Content type application/json is not supported.', ['application/json']],
    PAYLOAD_TOO_LARGE: ['The request body exceeds 1048576 bytes.', [1048576]],
    INVALID_ATTRIBUTE: ['Invalid attribute cloudProvider specified.', ['cloudProvider']],
    MISSING_ATTRIBUTES: [
      'The required attributes cloudProvider, regionName were not specified.',
      ['cloudProvider, regionName'],
    ],
    INVALID_ENUM_VALUE: ['An invalid enumeration value US_EAST_1 was specified.', ['US_EAST_1']],
    PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION: [
      'A private endpoint service already exists for AWS region US_EAST_1.',
      ['AWS', 'US_EAST_1'],
    ],
    USER_UNAUTHORIZED: ['Current user is not authorized to perform this action.', []],
    SERVICE_UNAVAILABLE: ['Service Unavailable.', []],
    NO_CAPACITY: ['The emulator was told to answer NO_CAPACITY.', []],
    INVALID_QUERY_PARAMETER: ['The emulator was told to answer INVALID_QUERY_PARAMETER.', []],
  }
  for (const [errorCode, [detail, parameters]] of Object.entries(details)) {
    const response = await call('POST', path, { body, headers: { 'x-emulator-fault': errorCode } })
    t.match(response.json(), { detail, parameters }, errorCode)
  }
  const raise = (errorCode: string, url: string, method = 'GET') =>
    call(method, url, { headers: { 'x-emulator-fault': errorCode } })
  t.match((await raise('RESOURCE_NOT_FOUND', `${path}/${id}`, 'DELETE')).json(), {
    detail: `Cannot find resource Object storage private endpoint with id ${id}.`,
  })
  t.match((await raise('INVALID_QUERY_PARAMETER', `${path}?pageNum=1`)).json(), { parameters: ['pageNum'] })
  t.match((await raise('VALIDATION_ERROR', '/api/atlas/v2/groups')).json(), {
    detail: 'Malformed request.',
    parameters: [],
  })
  t.match((await raise('GROUP_NOT_FOUND', '/api/atlas/v2/groups')).json(), {
    detail: 'The emulator was told to answer GROUP_NOT_FOUND.',
    parameters: [],
  })
  t.match((await raise('MISSING_ATTRIBUTES', path)).json(), {
    detail: 'The emulator was told to answer MISSING_ATTRIBUTES.',
  })
  t.match((await raise('INVALID_ENUM_VALUE', path)).json(), {
    detail: 'The emulator was told to answer INVALID_ENUM_VALUE.',
  })
  t.match((await raise('UNSUPPORTED_MEDIA_TYPE', path)).json(), { parameters: [''] })

  t.match((await raise('RATE_LIMITED_TOKEN_BUCKET', path)).headers, {
    'retry-after': '60',
    'ratelimit-remaining': '0',
  })
  const ofToken = await call('POST', '/api/oauth/token', {
    bare: true,
    headers: {
      authorization: basic(account),
      'content-type': 'application/x-www-form-urlencoded',
      'x-emulator-fault': 'RATE_LIMITED_TOKEN_BUCKET',
    },
    body: 'grant_type=client_credentials',
  })
  t.match(ofToken.json(), {
    detail:
      /^Rate limit exceeded for api\/oauth\/token\. .* Request capacity: 1200\. Refill rate: 500 per 60 seconds\./,
  })
  t.match(
    (await call('GET', `${path}?envelope&pretty`, { headers: { 'x-emulator-fault': 'NO_CAPACITY' } })).body,
    /^\{\n {2}"content" : \{\n.*\n {2}"status" : 409\n\}$/s,
    'a fault is printed as any error is',
  )
})

test('codes that Atlas answers though no list has them are known, with their texts [undocumented-codes]', async (t) => {
  const { call } = await start(t)
  const raise = async (code: string, method: string, body?: object) =>
    (await call(method, path, { headers: { 'x-emulator-fault': code }, ...(body && { body }) })).json()
  t.match(await raise('CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_PRIVATE_ENDPOINT_SERVICES', 'GET'), {
    error: 409,
    detail:
      'Cannot close group while it has active private endpoint services; please terminate all private endpoint services.',
    parameters: [],
  })
  for (const code of [
    'CANNOT_ASSUME_ROLE',
    'CLOUD_PROVIDER_ACCESS_ROLE_NOT_AUTHORIZED',
    'AWS_IAM_ROLE_IN_USE',
    'CANNOT_DISABLE_ENCRYPTION_AT_REST_DUE_TO_PRIVATE_ENDPOINTS',
    'ENCRYPTION_AT_REST_PRIVATE_ENDPOINT_DELETE_BLOCKED_DURING_PROVISIONING',
  ]) {
    t.match(await raise(code, 'GET'), {
      error: 400,
      errorCode: code,
      detail: `The emulator was told to answer ${code}.`,
    })
  }
  t.match(await raise('BAD_REQUEST', 'GET'), { error: 400, errorCode: 'BAD_REQUEST' })
  const buckets = path.replace('AWS/privateEndpoints', 'exportBuckets')
  const bucket = { bucketName: 'exports', cloudProvider: 'AWS', iamRoleId: role }
  const onBucket = async (code: string) =>
    (await call('POST', buckets, { headers: { 'x-emulator-fault': code }, body: bucket })).json()
  t.match(await onBucket('CANNOT_ASSUME_ROLE'), {
    detail: `Atlas cannot assume the specified role (${bucket.iamRoleId}).`,
    parameters: [bucket.iamRoleId],
  })
  t.match(await onBucket('CLOUD_PROVIDER_ACCESS_ROLE_NOT_AUTHORIZED'), {
    detail: `The specified Cloud Provider Access role (${bucket.iamRoleId}) has not been authorized.`,
  })
  const roleId = 'b'.repeat(24)
  t.match(errors.roleInUse.with({ roleId }), {
    detail: 'Cannot remove the AWS IAM role because it is still in use.',
    parameters: [`Cannot remove the AWS IAM role (${roleId}) because it is still in use.`],
  })
})

test('BAD_REQUEST by fault names the first attribute of the body, in the shape of the newest resources [error-with-fields]', async (t) => {
  const { call, command } = await start(t)
  const told = async (method: string, body?: object) =>
    (await call(method, path, { headers: { 'x-emulator-fault': 'BAD_REQUEST' }, ...(body && { body }) })).body
  const rest =
    '"detail":"The request content produced validation errors.","error":400,"errorCode":"BAD_REQUEST","parameters":[],"reason":"Bad Request"}'
  t.equal(
    await told('POST', { regionName: 'US_EAST_1', cloudProvider: 'AWS' }),
    `{"badRequestDetail":{"fields":[{"description":"Invalid value.","field":"regionName"}]},${rest}`,
  )
  t.equal(await told('GET'), `{"badRequestDetail":{"fields":[]},${rest}`)
  await command('POST', '/faults', { errorCode: 'BAD_REQUEST', parameters: [] })
  t.equal(
    (await call('GET', path)).body,
    `{"badRequestDetail":{"fields":[]},${rest}`,
    'by a rule that gives no parameters',
  )
})

test('a project’s own rate limit is that of the error', async (t) => {
  const world = defaultWorld()
  Object.assign(world.projects[0] as object, { rateLimit: '7/3/30' })
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const response = await call('GET', path, { headers: { 'x-emulator-fault': 'RATE_LIMITED_TOKEN_BUCKET' } })
  t.match(response.json().parameters, [path.slice(1), 30, 7, 3, 30])
})

test('a rule may say detail, parameters, status and headers itself', async (t) => {
  const { call, command } = await start(t)
  const armed = await command('POST', '/faults', {
    id: 'own',
    errorCode: 'MY_CODE',
    status: 418,
    detail: 'Short and stout.',
    parameters: ['pot', 1],
    headers: { 'X-Tea': 'green' },
  })
  t.same([armed.statusCode, armed.json().id, armed.json().matched], [201, 'own', 0])
  const response = await call('GET', path)
  t.match(response.headers, { 'x-tea': 'green', 'x-error-code': 'MY_CODE', 'x-emulator-fault': 'MY_CODE' })
  t.same(response.json(), {
    detail: 'Short and stout.',
    error: 418,
    errorCode: 'MY_CODE',
    parameters: ['pot', 1],
    reason: "I'm a Teapot",
  })
  await command('DELETE', '/faults')
  await command('POST', '/faults', { errorCode: 'GROUP_NOT_FOUND', parameters: ['x'], status: 403 })
  t.match((await call('GET', path)).json(), { detail: 'No group with ID x exists.', parameters: ['x'], error: 403 })
  await command('DELETE', '/faults')
  await command('POST', '/faults', { errorCode: 'INVALID_ATTRIBUTE', detail: 'Mine.' })
  const own = (await call('POST', path, { body })).json()
  t.match(own, { detail: 'Mine.', parameters: ['cloudProvider'], badRequestDetail: undefined })
})

test('a rule meets the requests that fit all of its match', async (t) => {
  const bench = await start(t, ['--fixtures', 'demo'])
  const { call, command, emulator } = bench
  const of = (project: string) => `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints`
  const one = `${of(demo.production)}/6650c3d2e4cb603d9f000001`
  const asks = {
    list: () => call('GET', of(demo.production)),
    head: () => call('HEAD', of(demo.production)),
    get: () => call('GET', one),
    other: () => call('GET', of(demo.staging)),
    create: () => call('POST', of(demo.staging), { body: { ...body, regionName: 'AP_EAST_1' } }),
    groups: () => call('GET', '/api/atlas/v2/groups'),
    group: () => call('GET', `/api/atlas/v2/groups/${demo.production}`),
    token: () =>
      call('POST', '/api/oauth/token', {
        bare: true,
        headers: {
          authorization: `Basic ${Buffer.from(`${demo.owner.id}:${demo.owner.secret}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'grant_type=client_credentials',
      }),
  }
  const met = async (match: object) => {
    const armed = await command('POST', '/faults', { match, errorCode: 'NO_CAPACITY' })
    t.equal(armed.statusCode, 201, armed.body)
    const names = []
    for (const [name, ask] of Object.entries(asks)) {
      if ((await ask()).headers['x-emulator-fault'] === 'NO_CAPACITY') names.push(name)
    }
    t.equal((await command('DELETE', `/faults/${armed.json().id}`)).statusCode, 204)
    await command('DELETE', '/requests')
    return names.join(' ')
  }
  t.equal(await met({ operationId: 'createBackupPrivateEndpoint', body: { regionName: 'AP_EAST_1' } }), 'create')
  t.equal(await met({}), 'list head get other create groups group', 'but not the token')
  t.equal(await met({ operationId: 'listBackupPrivateEndpoints' }), 'list head other')
  t.equal(await met({ operationId: 'listBackupPrivateEndpoints', method: 'GET' }), 'list other')
  t.equal(await met({ operationId: 'token' }), 'token')
  t.equal(await met({ operationId: 'token', credential: demo.owner.id }), 'token')
  t.equal(await met({ method: 'POST' }), 'create')
  t.equal(await met({ project: demo.staging }), 'other create')
  t.equal(await met({ credential: demo.owner.id }), 'list head get other create groups group')
  t.equal(await met({ credential: 'nobody' }), '')
  t.equal(await met({ body: { cloudProvider: 'AZURE' } }), '')
  t.equal(await met({ body: { cloudProvider: {} } }), '')
  t.equal(await met({ path: '/api/atlas/v2/groups/*' }), 'group')
  t.equal(await met({ path: '/api/atlas/v2/groups/**' }), 'list head get other create groups group')
  t.equal(await met({ path: '/**/privateEndpoints/*' }), 'get')
  t.equal(await met({ path: '/**/AWS/**' }), 'list head get other create')
  t.equal(await met({ path: '/**/backup/**/privateEndpoints', method: 'GET' }), 'list other')
  t.equal(await met({ path: '/api/**' }), 'list head get other create groups group token')
  t.equal(await met({ path: '/**/nope' }), '')
  t.equal(await met({ path: '/api/atlas/v2/groups' }), 'groups')
  const long = `/api/atlas/v2/groups/${demo.production}/backup/AWS/privateEndpoints/${'x'.repeat(300)}`
  await command('POST', '/faults', { match: { path: '/**/privateEndpoints/*' }, errorCode: 'NO_CAPACITY' })
  t.equal((await call('GET', long)).statusCode, 409)
  t.ok(await tokenFor(emulator, demo.owner))
})

test('a fault takes the place of work, not of what is wrong with a request', async (t) => {
  const { call, command } = await start(t)
  await command('POST', '/faults', { errorCode: 'NO_CAPACITY' })
  t.equal((await call('GET', path, { bare: true })).statusCode, 401)
  t.equal((await call('GET', path, { headers: { accept: '*/*' } })).statusCode, 406)
  t.equal((await call('POST', path, { body: {} })).statusCode, 400)
  t.equal((await call('GET', '/api/nope')).statusCode, 404)
  t.equal((await command('GET', '/faults')).json().faults[0].matched, 0)
  t.equal((await call('GET', `${path}/${id}`)).statusCode, 409)
})

test('skip, times, probability: how many requests a rule strikes', async (t) => {
  const { call, command } = await start(t)
  const struck = async (when: object | undefined, n: number) => {
    await command('DELETE', '/faults')
    await command('POST', '/faults', { errorCode: 'NO_CAPACITY', ...(when && { when }) })
    let marks = ''
    for (let i = 0; i < n; i += 1) marks += (await call('GET', path)).statusCode === 409 ? 'x' : '.'
    return marks
  }
  t.equal(await struck(undefined, 3), 'xxx')
  t.equal(await struck({ skip: 2 }, 4), '..xx')
  t.equal(await struck({ times: 2 }, 4), 'xx..')
  t.equal(await struck({ skip: 1, times: 1 }, 4), '.x..')
  t.match((await command('GET', '/faults')).json().faults, [{ matched: 2, fired: 1 }], 'a spent one counts no more')
  t.equal(await struck({ probability: 0 }, 20), '.'.repeat(20))
  t.equal(await struck({ probability: 1 }, 20), 'x'.repeat(20))
  const fair = await struck({ probability: 0.5, seed: 7 }, 40)
  t.equal(fair, await struck({ probability: 0.5, seed: 7 }, 40), 'the same seed, the same fate')
  const count = fair.split('x').length - 1
  t.ok(count > 10 && count < 30, fair)
  t.not(fair, await struck({ probability: 0.5, seed: 8 }, 40))
})

test('delays come together with what follows them; what follows an error does not', async (t) => {
  const { call, command, emulator } = await start(t)
  // Only a server that listens keeps the process waiting.
  await emulator.listen()
  await command('POST', '/faults', { delay: '1ms' })
  await command('POST', '/faults', { delay: { min: '0ms', max: '2ms' }, delayed: 'after' })
  await command('POST', '/faults', { errorCode: 'NO_CAPACITY', when: { times: 1 } })
  await command('POST', '/faults', { errorCode: 'OUT_OF_CAPACITY', when: { times: 1 } })
  const first = await call('GET', path)
  t.match(first.headers, { 'x-emulator-fault': 'delay, delay, NO_CAPACITY' })
  t.match((await call('GET', path)).headers, { 'x-emulator-fault': 'delay, delay, OUT_OF_CAPACITY' })
  const third = await call('GET', path)
  t.same([third.statusCode, third.headers['x-emulator-fault']], [200, 'delay, delay'])
  t.same(
    (await command('GET', '/faults'))
      .json()
      .faults.map(({ matched, fired }: Record<string, number>) => [matched, fired]),
    [
      [3, 3],
      [3, 3],
      [1, 1],
      [1, 1],
    ],
  )
})

test('a rule that makes no sense is refused, with a pointer', async (t) => {
  const { command } = await start(t)
  const cases: [object, string, RegExp][] = [
    [{}, '', /nothing that it does; allowed: one of errorCode, delay, break/],
    [{ errorCode: 'NO_CAPACITY', delay: '1s' }, '', /errorCode and delay/],
    [{ errorCode: 'RESORCE_NOT_FOUND' }, '/errorCode', /Did you mean RESOURCE_NOT_FOUND\?/],
    [{ errorCode: 'SOMETHING_ELSE_ENTIRELY' }, '/errorCode', /See the error codes/],
    [{ errorCode: 'no' }, '/errorCode', /found "no"/],
    [{ errorCode: 'NO_CAPACITY', status: 200 }, '/status', /integer from 400/],
    [{ delay: '1s', detail: 'x' }, '/detail', /beside delay; allowed: only beside errorCode/],
    [{ delay: '25h' }, '/delay', /more than 24 hours/],
    [{ delay: { min: '2s', max: '1s' } }, '/delay', /min above its max/],
    [{ delay: { min: '2s' } }, '/delay', /Makes the request wait/],
    [{ delay: 5 }, '/delay', /Makes the request wait/],
    [{ break: 'drop', bytes: 3 }, '/bytes', /"break":"close"/],
    [{ break: 'drop', of: 'body' }, '/of', /"break":"close"/],
    [{ break: 'explode' }, '/break', /reset, hang, close/],
    [{ errorCode: 'NO_CAPACITY', headers: { 'Content-Length': '5' } }, '/headers/Content-Length', /not for a rule/],
    [{ errorCode: 'NO_CAPACITY', headers: { 'x y': '5' } }, '/headers', /unknown property "x y"/],
    [{ errorCode: 'NO_CAPACITY', headers: { x: 'a\r\nb: c' } }, '/headers/x', /Printable/],
    [{ errorCode: 'NO_CAPACITY', match: { operationId: 'nope' } }, '/match/operationId', /listGroups/],
    [{ errorCode: 'NO_CAPACITY', match: { path: 'x' } }, '/match/path', /A path without query/],
    [{ errorCode: 'NO_CAPACITY', when: { times: 0 } }, '/when/times', /integer from 1/],
    [{ errorCode: 'NO_CAPACITY', when: { probability: 2 } }, '/when/probability', /up to 1/],
    [{ errorCode: 'NO_CAPACITY', matched: 1 }, '', /unknown property "matched"/],
    [{ id: 'a b', errorCode: 'NO_CAPACITY' }, '/id', /Letters, digits/],
  ]
  for (const [rule, pointer, detail] of cases) {
    const response = await command('POST', '/faults', rule)
    t.equal(response.statusCode, 400, JSON.stringify(rule))
    t.match(response.json().errors[0], { pointer, detail }, JSON.stringify(rule))
  }
  t.same((await command('GET', '/faults')).json(), { faults: [] })
  await command('POST', '/faults', { id: 'a', break: 'drop' })
  t.match((await command('POST', '/faults', { id: 'a', break: 'hang' })).json(), {
    status: 409,
    errors: [{ pointer: '/id' }],
  })
  t.equal((await command('DELETE', '/faults/b')).statusCode, 404)
})

test('there is an end to how many faults are armed', async (t) => {
  const { command } = await start(t)
  for (let i = 0; i < 1000; i += 1) await command('POST', '/faults', { break: 'drop', match: { project: id } })
  t.match((await command('POST', '/faults', { break: 'drop' })).json(), { status: 409, detail: /1000 faults/ })
})

test('a fixture may carry rules, which a reset arms again', async (t) => {
  const fixture = { ...defaultWorld(), faults: [{ errorCode: 'NO_CAPACITY', when: { times: 1 } }] }
  const { call, command } = await start(t, ['--fixtures', fixtureFile(t, fixture)])
  const statuses = async () => [(await call('GET', path)).statusCode, (await call('GET', path)).statusCode]
  t.same(await statuses(), [409, 200])
  await command('POST', '/reset')
  t.same(await statuses(), [409, 200])
})

test('a header asks for faults for one request; a slip of the pen is told', async (t) => {
  const { call, command, emulator } = await start(t)
  await emulator.listen()
  const ask = (fault: string) => call('GET', path, { headers: { 'x-emulator-fault': fault } })
  t.match((await ask('delay=1ms, NO_CAPACITY')).headers, { 'x-emulator-fault': 'delay, NO_CAPACITY' })
  t.match(await ask('delay-after=1ms'), { statusCode: 200, headers: { 'x-emulator-fault': 'delay' } })
  for (const [fault, detail] of [
    ['RESORCE_NOT_FOUND', 'found "RESORCE_NOT_FOUND"; allowed: an error code, reset'],
    ['RESORCE_NOT_FOUND', 'Did you mean RESOURCE_NOT_FOUND?'],
    ['delay=', 'found "delay="'],
    ['delay', 'found "delay"'],
    ['delay=25h', 'found "delay=25h"'],
    ['close=x', 'found "close=x"'],
    ['', 'found ""'],
    ['NO_CAPACITY, drop', 'found something after an error or a breakage'],
  ] as const) {
    const response = await ask(fault)
    t.match(response, {
      statusCode: 400,
      headers: { 'x-emulator-fault': 'invalid', 'x-error-code': 'VALIDATION_ERROR' },
    })
    t.match(response.json().detail, detail)
  }
  await command('POST', '/faults', { errorCode: 'OUT_OF_CAPACITY' })
  t.match((await ask('NO_CAPACITY')).headers, { 'x-emulator-fault': 'NO_CAPACITY' }, 'armed ones are left alone')
  t.equal((await command('GET', '/faults')).json().faults[0].matched, 0)
})

test('without the control API the header means nothing, and a fixture’s rules hold', async (t) => {
  const fixture = { ...defaultWorld(), faults: [{ errorCode: 'NO_CAPACITY', when: { times: 1 } }] }
  const { call } = await start(t, ['--control', 'off', '--fixtures', fixtureFile(t, fixture)])
  t.equal((await call('GET', path)).statusCode, 409)
  t.equal((await call('GET', path, { headers: { 'x-emulator-fault': 'NO_CAPACITY' } })).statusCode, 200)
})

test('parameters may be of any kind; what cannot be sent as a header is left out', async (t) => {
  const { call, command, emulator } = await start(t)
  // Something must wait for the delays.
  await emulator.listen()
  const armed: [object, number, RegExp][] = [
    [{ errorCode: 'MISSING_ATTRIBUTES', parameters: [1] }, 400, /The required attributes 1 were not specified\./],
    [{ errorCode: 'RATE_LIMITED_TOKEN_BUCKET', parameters: ['x', 'é\r\nY: z', 1, 1, 1] }, 429, /Rate limit exceeded/],
    [{ errorCode: 'X', status: 499, parameters: ['\u0000'] }, 499, /"reason":"unknown"/],
  ]
  for (const [rule, status, text] of armed) {
    await command('DELETE', '/faults')
    await command('POST', '/faults', { delay: '1ms' })
    t.equal((await command('POST', '/faults', rule)).statusCode, 201)
    const response = await call('GET', path)
    t.equal(response.statusCode, status)
    t.match(response.body, text)
    t.match(response.headers, { 'content-type': 'application/json', 'x-emulator-fault': /^delay, / })
    t.equal(response.headers['set-cookie'], undefined)
  }
})

test('a rule cannot set a header that would break the answer', async (t) => {
  const { command } = await start(t)
  for (const name of ['Trailer', 'Keep-Alive', 'upgrade', 'Content-Length']) {
    t.match((await command('POST', '/faults', { errorCode: 'NO_CAPACITY', headers: { [name]: 'x' } })).json(), {
      status: 400,
      errors: [{ pointer: `/headers/${name}` }],
    })
  }
})

test('no more faults can be armed at once by an import than one by one', async (t) => {
  const { command } = await start(t)
  const state = (await command('GET', '/state?secrets=true')).json()
  state.faults = Array.from({ length: 1001 }, () => ({ errorCode: 'NO_CAPACITY' }))
  t.match((await command('PUT', '/state', state)).json(), { status: 400, detail: /^\/faults: .*array, at most 1000/ })
})

test('of a long header that names no fault, the beginning is told', async (t) => {
  const { call } = await start(t)
  const response = await call('GET', path, { headers: { 'x-emulator-fault': 'A'.repeat(10_000) } })
  t.equal(response.statusCode, 400)
  t.match(response.json().detail, /found "A{100}"; allowed/)
})

test('a rule for an organization goes by whose the project is now', (t) => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const faults = new Faults(store.faults, new Chance())
  const organization = 'a'.repeat(24)
  faults.arm('1', { errorCode: 'NO_CAPACITY', match: { organization } })
  const target = { operationId: 'x', method: 'GET', path, projectId: project, credentialId: undefined, body: undefined }
  const struck = (organizationId: string) => faults.strike({ ...target, organizationId }).length
  t.strictSame([struck('b'.repeat(24)), struck(organization), struck('b'.repeat(24))], [0, 1, 0])
  t.end()
})
