import { once } from 'node:events'
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import { test } from 'tap'
import { createEmulator } from '../../src/emulator.js'
import {
  accept,
  account,
  basic,
  defaultWorld,
  demo,
  memoryLogger,
  path,
  settingsFor,
  start,
  startOfTime,
  type TestBench,
  tokenFor,
} from '../support/emulator.js'
import { open, rest } from '../support/socket.js'

const token = '/api/oauth/token'
const revoke = '/api/oauth/revoke'
const form = 'application/x-www-form-urlencoded'

function post({ call }: TestBench, url: string, body: string, headers: Record<string, string> = {}) {
  return call('POST', url, { bare: true, body, headers: { 'content-type': form, ...headers } })
}

const asAccount = { authorization: basic(account) }
const grant = 'grant_type=client_credentials'

test('client credentials get a JWT for the service account [token-request] [token-answer]', async (t) => {
  const response = await post(await start(t), token, grant, asAccount)
  t.equal(response.statusCode, 200)
  const { access_token: jwt } = response.json()
  t.equal(response.body, `{"access_token":"${jwt}","expires_in":3600,"token_type":"Bearer"}`)
  t.match(response.headers, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    vary: 'Accept-Encoding',
    'x-frame-options': 'DENY',
    'content-length': String(response.body.length),
  })
})

test('a token tells whose it is, who issued it for what, and when it expires [token-claims] [token-subject]', async (t) => {
  const bench = await start(t, ['--token-lifetime', '1500ms'])
  bench.clock.advance(1)
  const jwt = await tokenFor(bench.emulator, account)
  const { jti, ...claims } = decodeJwt(jwt)
  t.strictSame(claims, {
    iss: 'http://localhost:80',
    sub: account.id,
    aud: 'api://admin',
    iat: startOfTime / 1000,
    exp: startOfTime / 1000 + 2,
    exp_ms: startOfTime + 1501,
  })
  t.match(jti, /^[0-9a-f-]{36}$/)
  t.not(decodeJwt(await tokenFor(bench.emulator, account)).jti, jti)
  t.strictSame(decodeProtectedHeader(jwt), { alg: 'HS256', typ: 'JWT' })
})

test('the issuer of a token is where clients reach the API', async (t) => {
  const bench = await start(t, ['--public-url', 'https://atlas.example'])
  t.equal(decodeJwt(bench.token).iss, 'https://atlas.example')
})

test('the client may be named in the form in place of HTTP Basic [token-request]', async (t) => {
  const bench = await start(t)
  const inForm = `${grant}&client_id=${account.id}&client_secret=${account.secret}`
  t.equal((await post(bench, token, inForm)).statusCode, 200)
  t.equal((await post(bench, token, `${grant}&client_id=${account.id}`, asAccount)).statusCode, 200)
})

test('id and secret in HTTP Basic are taken as they are [token-secret-as-is]', async (t) => {
  const encode = (text: string) => text.replaceAll('_', '%5F')
  const as = (bench: TestBench, client: typeof account) => post(bench, token, grant, { authorization: basic(client) })
  const bench = await start(t)
  t.equal((await as(bench, { id: encode(account.id), secret: account.secret })).statusCode, 401)
  t.equal((await as(bench, { id: account.id, secret: encode(account.secret) })).statusCode, 401)
  t.equal((await as(bench, account)).statusCode, 200)
})

test('an empty secret in the form beside HTTP Basic is no second way to authenticate', async (t) => {
  const bench = await start(t)
  t.equal((await post(bench, token, `${grant}&client_secret=&client_id=`, asAccount)).statusCode, 200)
  t.equal((await post(bench, token, `${grant}&client_secret=&client_id=${account.id}`, asAccount)).statusCode, 200)
  t.equal((await post(bench, revoke, 'token=x&client_secret=', asAccount)).statusCode, 200)
  const both = await post(bench, token, `${grant}&client_secret=${account.secret}`, asAccount)
  t.equal(both.json().error, 'invalid_request')
  t.equal((await post(bench, token, `${grant}&client_secret=&client_secret=`, asAccount)).statusCode, 400)
  t.equal((await post(bench, token, `${grant}&client_id=${account.id}&client_secret=`)).statusCode, 401)
})

test('ids and secrets of service accounts have the form of Atlas’s [service-account-ids]', async (t) => {
  const bench = async (change: object) => {
    const world = defaultWorld()
    const fixture = { ...world, serviceAccounts: world.serviceAccounts.map((one) => ({ ...one, ...change })) }
    const emulator = await createEmulator(settingsFor('--port', '0'), { fixture })
    await emulator.close()
  }
  await t.resolves(bench({ clientId: `mdb_sa_id_${'a'.repeat(24)}`, clientSecret: `mdb_sa_sk_${'x'.repeat(40)}` }))
  for (const clientId of [`mdb_sa_id_${'a'.repeat(23)}`, `mdb_sa_id_${'g'.repeat(24)}`, 'a'.repeat(24)]) {
    await t.rejects(bench({ clientId }), { message: /clientId/ }, clientId)
  }
  for (const clientSecret of [`mdb_sa_sk_${'x'.repeat(39)}`, `mdb_sa_sk_${'x'.repeat(41)}`, 'x'.repeat(40)]) {
    await t.rejects(bench({ clientSecret }), { message: /clientSecret/ }, clientSecret)
  }
})

test('a form may name its type in any case, with parameters', async (t) => {
  const headers = { ...asAccount, 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8' }
  t.equal((await post(await start(t), token, grant, headers)).statusCode, 200)
})

const texts: Readonly<Record<string, string>> = {
  invalid_client: 'Invalid credentials provided.',
  invalid_request: 'The provided credentials are not valid.',
  unsupported_grant_type: 'Invalid grant type.',
}

test('errors are OAuth’s own, the client before the grant type [token-errors] [token-client-first]', async (t) => {
  const bench = await start(t)
  const other = { authorization: basic({ ...account, secret: account.secret.replace('r', 'x') }) }
  const cases: [string, Record<string, string>, number, string][] = [
    [grant, {}, 401, 'invalid_client'],
    ['grant_type=password', other, 401, 'invalid_client'],
    [
      grant,
      { authorization: basic({ id: 'emulator', secret: '00000000-0000-4000-8000-000000000000' }) },
      401,
      'invalid_client',
    ],
    [grant, { authorization: basic({ id: account.id, secret: '' }) }, 401, 'invalid_client'],
    [grant, { authorization: 'Basic Og==' }, 401, 'invalid_client'],
    [grant, { authorization: 'Basic !' }, 401, 'invalid_client'],
    [grant, { authorization: 'Bearer x' }, 401, 'invalid_client'],
    ['', asAccount, 400, 'invalid_request'],
    ['grant_type=', asAccount, 400, 'invalid_request'],
    [`${grant}&${grant}`, asAccount, 400, 'invalid_request'],
    [`${grant}&client_secret=x`, asAccount, 400, 'invalid_request'],
    [`${grant}&client_id=mdb_sa_id_other`, asAccount, 400, 'invalid_request'],
    ['{}', { ...asAccount, 'content-type': 'application/json' }, 400, 'invalid_request'],
    [grant, { ...asAccount, 'content-type': 'nonsense' }, 400, 'invalid_request'],
    ['x'.repeat(1024 * 1024 + 1), asAccount, 400, 'invalid_request'],
    ['grant_type=password', asAccount, 400, 'unsupported_grant_type'],
  ]
  for (const [body, headers, status, error] of cases) {
    const response = await post(bench, token, body, headers)
    t.equal(response.statusCode, status, body.slice(0, 40))
    t.equal(response.body, `{"error_description":"${texts[error]}","error":"${error}"}`)
    t.equal(response.headers['content-type'], 'application/json')
    t.equal(response.headers['x-error-code'], undefined)
    t.equal(response.headers['x-frame-options'], 'DENY')
    t.equal(response.headers['cache-control'], 'no-store')
    t.equal(response.headers['www-authenticate'], status === 401 ? 'Basic realm="MMS Public API"' : undefined)
  }
  const none = await bench.call('POST', token, { bare: true, headers: asAccount })
  t.equal(none.json().error, 'invalid_request', 'no body at all')
  const tokenless = await post(bench, revoke, 'token=', asAccount)
  t.equal(tokenless.statusCode, 400)
  t.equal(tokenless.json().error, 'invalid_request', 'no token to revoke')
})

test('a failure of the server is a server_error, and is logged', async (t) => {
  const bench = await start(t)
  t.intercept(URLSearchParams.prototype, Symbol.iterator, {
    value: () => {
      throw new Error('broken')
    },
  })
  const response = await post(bench, token, grant, asAccount)
  t.equal(response.statusCode, 500)
  t.equal(response.body, '{"error_description":"Unexpected error.","error":"server_error"}')
})

test('pretty and envelope work here too [token-pretty-envelope]', async (t) => {
  const bench = await start(t)
  const pretty = await post(bench, `${token}?pretty=true&envelope=true`, grant)
  t.equal(
    pretty.body,
    `{
  "content" : {
    "error_description" : "Invalid credentials provided.",
    "error" : "invalid_client"
  },
  "status" : 401
}`,
  )
  const issued = await post(bench, `${token}?pretty&envelope=true`, grant, asAccount)
  t.match(issued.body, /^\{\n {2}"content" : \{\n {4}"access_token" : ".*\n {2}"status" : 200\n\}$/s)
  const revoked = await post(bench, `${revoke}?envelope`, 'token=x', asAccount)
  t.equal(revoked.body, '{"content":{},"status":200}')
  for (const { headers } of [pretty, issued, revoked]) {
    t.match(headers, {
      'referrer-policy': 'strict-origin-when-cross-origin',
      'strict-transport-security': 'max-age=31536000; includeSubdomains;',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-permitted-cross-domain-policies': 'none',
    })
  }
})

test('a token is valid until it expires, to the millisecond', async (t) => {
  const bench = await start(t, ['--token-lifetime', '90s'])
  bench.clock.advance(1)
  const jwt = await tokenFor(bench.emulator, account)
  const use = async () =>
    (await bench.call('GET', path, { bare: true, headers: { accept, authorization: `bearer ${jwt}` } })).statusCode
  t.equal(await use(), 200)
  bench.clock.advance(89_999)
  t.equal(await use(), 200)
  bench.clock.advance(1)
  t.equal(await use(), 401)
})

test('the scheme stands before a token in any case, with one space or more between them', async (t) => {
  const bench = await start(t)
  const jwt = await tokenFor(bench.emulator, account)
  for (const scheme of ['Bearer ', 'bearer ', 'BEARER   ']) {
    const headers = { accept, authorization: `${scheme}${jwt}` }
    t.equal((await bench.call('GET', path, { bare: true, headers })).statusCode, 200, scheme)
  }
})

test('a token that is no good gets the 401 body with a bearer challenge [token-bad]', async (t) => {
  const bench = await start(t)
  const unsigned = `${btoa('{"alg":"none"}')}.${btoa(`{"sub":"${account.id}"}`)}.`.replaceAll('=', '')
  const foreign = await new SignJWT({ exp_ms: startOfTime * 2 })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(account.id)
    .sign(new Uint8Array(32))
  bench.clock.advance(3_600_000)
  const expired = bench.token
  const revoked = await tokenFor(bench.emulator, account)
  await post(bench, revoke, `token=${revoked}`, asAccount)
  for (const jwt of ['', 'x', 'a.b.c', unsigned, foreign, expired, revoked]) {
    const response = await bench.call('GET', path, {
      bare: true,
      headers: { accept, authorization: `Bearer ${jwt}` },
    })
    t.equal(response.statusCode, 401)
    t.equal(response.headers['www-authenticate'], 'Bearer error="invalid_token"')
    t.match(response.body, /^\{\n {2}"error" : 401,/)
    t.same(Object.keys(response.headers).sort(), [
      'connection',
      'content-length',
      'content-type',
      'date',
      'vary',
      'www-authenticate',
    ])
  }
})

test('a revoked token is void at once, whether it has been used or not; an unknown one is no error [token-revoke]', async (t) => {
  const bench = await start(t)
  for (const used of [true, false]) {
    const jwt = await tokenFor(bench.emulator, account)
    const headers = { accept, authorization: `Bearer ${jwt}` }
    if (used) t.equal((await bench.call('GET', path, { bare: true, headers })).statusCode, 200)
    const revoked = await post(bench, revoke, `token=${jwt}&token_type_hint=access_token`, asAccount)
    t.equal(revoked.statusCode, 200)
    t.equal(revoked.body, '')
    t.equal(revoked.headers['content-length'], '0')
    t.equal(revoked.headers['content-type'], undefined)
    t.equal((await bench.call('GET', path, { bare: true, headers })).statusCode, 401)
    t.equal((await post(bench, revoke, `token=${jwt}`, asAccount)).statusCode, 200)
  }
  t.equal((await post(bench, revoke, 'token=x', asAccount)).statusCode, 200)
  t.equal((await post(bench, revoke, '', asAccount)).json().error, 'invalid_request')
  t.equal((await post(bench, revoke, 'token=x')).json().error, 'invalid_client')
})

test('a token written in another way is none, so that revoking it misses nothing', async (t) => {
  const bench = await start(t)
  const headers = { accept, authorization: `Bearer ${bench.token}=` }
  t.equal((await bench.call('GET', path, { bare: true, headers })).statusCode, 401)
})

test('the signature of a token that was used is none for other claims', async (t) => {
  const bench = await start(t)
  const use = async (jwt: string) =>
    (await bench.call('GET', path, { bare: true, headers: { accept, authorization: `Bearer ${jwt}` } })).statusCode
  const [head, , signature] = bench.token.split('.')
  const claims = { sub: account.id, jti: 'another', exp_ms: startOfTime * 2 }
  const altered = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
  t.equal(await use(bench.token), 200)
  t.equal(await use(altered), 401)
  t.equal(await use(signature as string), 401)
  await post(bench, revoke, `token=${altered}`, asAccount)
  t.equal(await use(bench.token), 200)
})

test('a token of another client is none that a client can revoke [token-revoke-other-client]', async (t) => {
  const bench = await start(t, ['--fixtures', 'demo'])
  const other = {
    id: 'mdb_sa_id_000000000000000000000013',
    secret: 'mdb_sa_sk_demo13demo13demo13demo13demo13demo13demo',
  }
  const revoked = await post(bench, revoke, `token=${bench.token}`, { authorization: basic(other) })
  t.equal(revoked.statusCode, 200)
  t.equal((await bench.call('GET', '/api/atlas/v2/groups')).statusCode, 200)
})

test('tokens and their revocation outlive a restart on the same database', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  const clock = { now: () => startOfTime }
  const first = await createEmulator(settingsFor('--db', db), { clock })
  const [kept, revoked] = [await tokenFor(first, account), await tokenFor(first, account)]
  await first.inject({
    method: 'POST',
    url: revoke,
    headers: { ...asAccount, 'content-type': form },
    payload: `token=${revoked}`,
  })
  await first.close()
  const bench = await start(t, ['--db', db], { clock })
  const use = async (jwt: string) =>
    (await bench.call('GET', path, { bare: true, headers: { accept, authorization: `Bearer ${jwt}` } })).statusCode
  t.equal(await use(kept), 200)
  t.equal(await use(revoked), 401)
})

test('a token of a service account that is gone is no good, and of one that is back it is', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  const clock = { now: () => startOfTime }
  const first = await createEmulator(settingsFor('--db', db), { clock })
  const jwt = await tokenFor(first, account)
  await first.close()
  const headers = { accept, authorization: `Bearer ${jwt}` }
  const use = async (...flags: string[]) => {
    const { call, emulator } = await start(t, ['--db', db, '--reset', ...flags], { clock })
    const { statusCode, headers: answered } = await call('GET', '/api/atlas/v2/groups', { bare: true, headers })
    await emulator.close()
    return [statusCode, answered['www-authenticate']]
  }
  t.same(await use('--fixtures', 'demo'), [401, 'Bearer error="invalid_token"'])
  t.same(await use(), [200, undefined])
})

test('with --auth off anyone gets a token, and needs none', async (t) => {
  const bench = await start(t, ['--auth', 'off', '--fixtures', 'demo'])
  const anonymous = await post(bench, token, grant)
  t.equal(anonymous.statusCode, 200)
  t.equal(decodeJwt(anonymous.json().access_token).sub, 'mdb_sa_id_000000000000000000000000')
  const nameless = await post(bench, token, grant, { authorization: basic({ id: '', secret: '' }) })
  t.equal(decodeJwt(nameless.json().access_token).sub, 'mdb_sa_id_000000000000000000000000')
  const named = await post(bench, token, grant, { authorization: basic({ id: 'whoever', secret: '' }) })
  t.equal(decodeJwt(named.json().access_token).sub, 'whoever')
  t.equal((await post(bench, revoke, `token=${named.json().access_token}`)).statusCode, 200)
  const twice = await post(bench, token, `${grant}&client_secret=x`, asAccount)
  t.equal(twice.statusCode, 200, 'in two ways at once, too')
  t.equal((await post(bench, token, 'grant_type=x')).json().error, 'unsupported_grant_type')
  t.equal((await post(bench, revoke, 'token=x')).statusCode, 200)
  const projects = await bench.call('GET', '/api/atlas/v2/groups', { bare: true, headers: { accept } })
  t.equal(projects.json().totalCount, 6, 'every project of every organization')
  const unknown = await bench.call('GET', path, { bare: true, headers: { accept, authorization: 'Bearer x' } })
  t.equal(unknown.json().errorCode, 'GROUP_NOT_FOUND')
})

test('a token that anyone got is worth nothing where credentials are required', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  const clock = { now: () => startOfTime }
  const open = await createEmulator(settingsFor('--db', db, '--auth', 'off'), { clock })
  const jwt = await tokenFor(open, { ...account, secret: 'wrong' })
  await open.close()
  const bench = await start(t, ['--db', db], { clock })
  const headers = { accept, authorization: `Bearer ${jwt}` }
  t.equal((await bench.call('GET', path, { bare: true, headers })).statusCode, 401)
})

test('a form that is too large is no form [token-client-first]', async (t) => {
  const { call } = await start(t)
  const response = await call('POST', '/api/oauth/token', {
    bare: true,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'x'.repeat(64 * 1024 + 1),
  })
  t.equal(response.statusCode, 400)
  t.equal(response.json().error, 'invalid_request')
  const largest = await call('POST', '/api/oauth/token', {
    bare: true,
    headers: { ...asAccount, 'content-type': form },
    body: `${grant}&x=`.padEnd(64 * 1024, 'x'),
  })
  t.equal(largest.statusCode, 200, 'exactly 64 KiB')
})

test('a revoked token stays so when the clock is set back', async (t) => {
  const { call, command, emulator } = await start(t)
  const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: basic(account) }
  const revoke = (token: string) =>
    call('POST', '/api/oauth/revoke', { bare: true, headers: form, body: `token=${token}` })
  const revoked = await tokenFor(emulator, account)
  await revoke(revoked)
  await command('POST', '/clock', { advance: '2h' })
  await revoke(await tokenFor(emulator, account))
  await command('POST', '/reset')
  const headers = { authorization: `Bearer ${revoked}`, accept }
  t.equal((await call('GET', path, { bare: true, headers })).statusCode, 401)
})

test('by fault the token endpoint answers OAuth’s other errors in OAuth’s shape [token-errors-by-fault]', async (t) => {
  const bench = await start(t)
  const cases: [string, number, string][] = [
    ['invalid_grant', 400, 'Invalid grant.'],
    ['access_denied', 403, 'IP access list validation failed for the service account.'],
    ['server_error', 500, 'Unexpected error.'],
    ['invalid_client', 401, 'Invalid credentials provided.'],
  ]
  for (const [error, status, text] of cases) {
    for (const operationId of ['token', 'revoke']) {
      const rule = { match: { operationId }, errorCode: error, when: { times: 1 } }
      t.equal((await bench.command('POST', '/faults', rule)).statusCode, 201)
      const url = `/api/oauth/${operationId}`
      const struck = await post(bench, url, `${grant}&token=x`, asAccount)
      t.equal(struck.statusCode, status)
      t.equal(struck.body, `{"error_description":"${text}","error":"${error}"}`)
      t.match(struck.headers, { 'x-emulator-fault': error, 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
      t.equal(struck.headers['x-error-code'], undefined)
      t.equal(struck.headers['www-authenticate'], status === 401 ? 'Basic realm="MMS Public API"' : undefined)
      const asked = await post(bench, url, `${grant}&token=x`, { ...asAccount, 'x-emulator-fault': error })
      t.equal(asked.body, struck.body)
      t.equal((await post(bench, url, `${grant}&token=x`, asAccount)).statusCode, 200)
    }
  }
})

test('a fault may give an OAuth error another status, text and header; other codes keep the shape of the API', async (t) => {
  const bench = await start(t)
  const rule = { match: { path: token }, when: { times: 1 }, errorCode: 'access_denied' }
  const headers = { 'retry-after': '7' }
  await bench.command('POST', '/faults', { ...rule, status: 418, detail: 'No "tea".', headers })
  const response = await post(bench, token, grant, asAccount)
  t.equal(response.statusCode, 418)
  t.equal(response.body, '{"error_description":"No \\"tea\\".","error":"access_denied"}')
  t.equal(response.headers['retry-after'], '7')
  const inApiShape = await post(bench, token, grant, { ...asAccount, 'x-emulator-fault': 'SERVICE_UNAVAILABLE' })
  t.match(inApiShape.json(), { error: 503, errorCode: 'SERVICE_UNAVAILABLE' })
  const limited = await post(bench, token, grant, { ...asAccount, 'x-emulator-fault': 'RATE_LIMITED' })
  t.equal(limited.body, tooManyRequests(token))
})

test('an OAuth error is for token and revoke alone', async (t) => {
  const bench = await start(t)
  const { command, call } = bench
  for (const match of [undefined, { method: 'POST' }, { operationId: 'getGroup' }]) {
    t.match((await command('POST', '/faults', { match, errorCode: 'access_denied' })).json(), {
      status: 400,
      errors: [
        { pointer: '/errorCode', detail: /found access_denied; allowed: only beside a match of token or revoke/ },
      ],
    })
  }
  const asked = await call('GET', path, { headers: { 'x-emulator-fault': 'access_denied' } })
  t.equal(asked.headers['x-emulator-fault'], 'invalid')
  const slip = await post(bench, token, grant, { ...asAccount, 'x-emulator-fault': 'acces_denied' })
  t.match(slip.json().detail, /Did you mean access_denied\?/)
})

test('a token is good on every emulator with the same account and secret, until it expires', async (t) => {
  const use = async (bench: TestBench, jwt: string) => {
    const headers = { accept, authorization: `Bearer ${jwt}` }
    return (await bench.call('GET', path, { bare: true, headers })).statusCode
  }
  const { token: jwt } = await start(t)
  const second = await start(t)
  t.equal(await use(second, jwt), 200)
  second.clock.advance(3_599_999)
  t.equal(await use(second, jwt), 200)
  second.clock.advance(1)
  t.equal(await use(second, jwt), 401)
  const world = defaultWorld()
  const [known] = world.serviceAccounts
  const secret = `mdb_sa_sk_${'x'.repeat(40)}`
  const changed = { ...world, serviceAccounts: world.serviceAccounts.map((one) => ({ ...one, clientSecret: secret })) }
  t.equal(await use(await start(t, [], { fixture: changed }), jwt), 401, 'another secret')
  const renamed = world.serviceAccounts.map((one) => ({ ...one, clientId: 'mdb_sa_id_000000000000000000000099' }))
  const { clientId, clientSecret } = known as NonNullable<typeof known>
  t.strictSame({ id: clientId, secret: clientSecret }, account)
  t.equal(await use(await start(t, [], { fixture: { ...world, serviceAccounts: renamed } }), jwt), 401, 'another id')
  t.equal(await use(await start(t, ['--seed', '1', '--public-url', 'http://elsewhere']), jwt), 200)
})

test('a token that was used is no good once the account has another secret', async (t) => {
  const { command, call } = await start(t)
  t.equal((await call('GET', path)).statusCode, 200)
  const state = (await command('GET', '/state?secrets=true')).json()
  const [known] = state.serviceAccounts
  await command('PUT', '/state', {
    ...state,
    serviceAccounts: [{ ...known, clientSecret: `mdb_sa_sk_${'x'.repeat(40)}` }],
  })
  t.equal((await call('GET', path)).statusCode, 401)
  await command('PUT', '/state', state)
  t.equal((await call('GET', path)).statusCode, 200)
})

test('whoever signs for a client that is not known, or says nothing of one, is refused', async (t) => {
  const bench = await start(t)
  const [header = '', payload = ''] = bench.token.split('.')
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const payloads = ['', '{', 'null', '"x"', '[]', '{}', '{"sub":1}', '{"sub":{}}', '{"sub":"__proto__"}'].map(encode)
  for (const part of [payload, ...payloads]) {
    for (const signature of ['', 'x', bench.token.split('.')[2]]) {
      const jwt = `${header}.${part}.${signature}`
      if (jwt === bench.token) continue
      const headers = { accept, authorization: `Bearer ${jwt}` }
      t.equal((await bench.call('GET', path, { bare: true, headers })).statusCode, 401, jwt.slice(0, 60))
    }
  }
})

/** What a client gets that asks more often than it may. */
function tooManyRequests(url: string): string {
  const detail = `Resource ${url} is limited to 50 requests every 1 minutes.`
  return `{"detail":"${detail}","error":429,"errorCode":"RATE_LIMITED","parameters":["${url}",50,1],"reason":"Too Many Requests"}`
}

/** Asks for so many tokens; how often each status came. */
async function askOften(
  bench: TestBench,
  times: number,
  { url = token, headers = asAccount, from = '198.51.100.7' } = {},
) {
  const counts: Record<number, number> = {}
  for (let i = 0; i < times; i += 1) {
    const body = `${grant}&token=x`
    const { statusCode } = await bench.call('POST', url, {
      bare: true,
      body,
      from,
      headers: { 'content-type': form, ...headers },
    })
    counts[statusCode] = (counts[statusCode] ?? 0) + 1
  }
  return counts
}

test('the fifty-first request in a minute is one too many, for its address and account [token-rate-limit]', async (t) => {
  const bench = await start(t)
  t.strictSame(await askOften(bench, 52), { 200: 50, 429: 2 })
  const call = { bare: true, body: grant, from: '198.51.100.7', headers: { 'content-type': form, ...asAccount } }
  const response = await bench.call('POST', `${token}?x=y`, call)
  t.equal(response.body, tooManyRequests(token))
  t.match(response.headers, {
    'content-type': 'application/json',
    'x-error-code': 'RATE_LIMITED',
    'x-frame-options': 'DENY',
    vary: 'Accept-Encoding',
  })
  for (const name of ['ratelimit-limit', 'ratelimit-remaining', 'retry-after', 'www-authenticate']) {
    t.equal(response.headers[name], undefined, name)
  }
  t.strictSame(await askOften(bench, 1, { from: '198.51.100.8' }), { 200: 1 }, 'from another address')
  t.strictSame(await askOften(bench, 1, { from: '::ffff:198.51.100.7' }), { 429: 1 }, 'the same address, mapped')
})

test('another service account at the same address has a minute of its own [token-rate-limit]', async (t) => {
  const bench = await start(t, ['--fixtures', 'demo'])
  const other = {
    id: 'mdb_sa_id_000000000000000000000013',
    secret: 'mdb_sa_sk_demo13demo13demo13demo13demo13demo13demo',
  }
  t.strictSame(await askOften(bench, 51, { headers: { authorization: basic(demo.owner) } }), { 200: 50, 429: 1 })
  t.strictSame(await askOften(bench, 51, { headers: { authorization: basic(other) } }), { 200: 50, 429: 1 })
})

test('revoking is counted apart, to the same number [token-limits-details]', async (t) => {
  const bench = await start(t)
  t.strictSame(await askOften(bench, 50), { 200: 50 })
  t.strictSame(await askOften(bench, 51, { url: revoke }), { 200: 50, 429: 1 })
  const call = { bare: true, body: 'token=x', from: '198.51.100.7', headers: { 'content-type': form, ...asAccount } }
  t.equal((await bench.call('POST', revoke, call)).body, tooManyRequests(revoke))
})

test('the minute begins with its first request and ends by the clock [token-limits-details]', async (t) => {
  const bench = await start(t)
  t.strictSame(await askOften(bench, 1), { 200: 1 })
  bench.clock.advance(59_999)
  t.strictSame(await askOften(bench, 50), { 200: 49, 429: 1 })
  bench.clock.advance(1)
  t.strictSame(await askOften(bench, 1), { 200: 1 })
  bench.clock.advance(-60_000)
  t.strictSame(await askOften(bench, 40), { 200: 40 }, 'a clock that is set back begins a new minute')
})

test('every request that names an account counts, right or wrong, before the secret is looked at [token-limits-details]', async (t) => {
  const bench = await start(t)
  const wrong = { authorization: basic({ ...account, secret: 'x' }) }
  t.strictSame(await askOften(bench, 30, { headers: wrong }), { 401: 30 })
  const json = { ...asAccount, 'content-type': 'application/json' }
  t.strictSame(await askOften(bench, 10, { headers: json }), { 400: 10 })
  const inForm = `client_id=${account.id}&client_secret=x`
  const call = { bare: true, body: inForm, from: '198.51.100.7', headers: { 'content-type': form } }
  for (let i = 0; i < 10; i += 1) t.equal((await bench.call('POST', token, call)).statusCode, 401)
  t.strictSame(await askOften(bench, 1), { 429: 1 })
  t.strictSame(await askOften(bench, 1, { headers: wrong }), { 429: 1 })
  t.equal((await bench.call('POST', token, call)).statusCode, 429)
  const unknown = { authorization: basic({ id: 'mdb_sa_id_000000000000000000000099', secret: 'x' }) }
  t.strictSame(await askOften(bench, 60, { headers: unknown }), { 401: 60 }, 'who names no account is not counted')
})

test('a minute does not end while the clock stands still, and the log says so', async (t) => {
  const { logger, lines } = memoryLogger()
  const bench = await start(t, [], { logger })
  t.strictSame(await askOften(bench, 52), { 200: 50, 429: 2 })
  const said = () => lines.filter((line) => line.includes('stands still')).length
  t.equal(said(), 0)
  await bench.command('POST', '/clock', { freeze: '2026-01-02T00:00:00Z' })
  t.strictSame(await askOften(bench, 53), { 200: 50, 429: 3 })
  t.equal(said(), 1)
})

test('an account may hold a hundred tokens that are neither expired nor revoked [token-count-limit]', async (t) => {
  const bench = await start(t, ['--token-lifetime', '10m'])
  const from = (n: number) => ({ from: `198.51.100.${n}` })
  bench.clock.advance(60_000)
  // The start of the bench asked for the first one, a minute earlier.
  t.strictSame(await askOften(bench, 50, from(1)), { 200: 50 })
  t.strictSame(await askOften(bench, 50, from(2)), { 200: 49, 403: 1 })
  const refused = await post(bench, token, grant, asAccount)
  t.equal(
    refused.body,
    '{"error_description":"Access Token limit reached. Please use the existing Access Token or create a new Service Account.","error":"access_denied"}',
  )
  t.equal(refused.headers['x-error-code'], undefined)
  await post(bench, revoke, `token=${bench.token}`, asAccount)
  const one = await post(bench, token, grant, asAccount)
  t.equal(one.statusCode, 200, 'one has been revoked')
  await post(bench, revoke, `token=${bench.token}`, asAccount)
  t.equal((await post(bench, token, grant, asAccount)).statusCode, 403, 'the same one cannot be revoked again')
  bench.clock.advance(9 * 60_000)
  t.equal((await post(bench, token, grant, asAccount)).statusCode, 403)
  bench.clock.advance(60_000)
  t.equal((await post(bench, token, grant, asAccount)).statusCode, 200, 'the others have expired')
})

test('replacing the world starts the limits of the token endpoint anew', async (t) => {
  const bench = await start(t)
  const limit = async () => {
    t.strictSame(await askOften(bench, 51, { from: '198.51.100.1' }), { 200: 50, 429: 1 })
    await askOften(bench, 50, { from: '198.51.100.2' })
    t.strictSame(await askOften(bench, 1, { from: '198.51.100.3' }), { 403: 1 })
  }
  await limit()
  await bench.command('POST', '/reset')
  await limit()
  await bench.command('PUT', '/state', (await bench.command('GET', '/state?secrets=true')).json())
  await limit()
})

test('without rate limits, or without credentials, the token endpoint has no limits [token-limits-details]', async (t) => {
  for (const flags of [
    ['--rate-limit', 'off'],
    ['--auth', 'off'],
  ]) {
    t.strictSame(await askOften(await start(t, flags), 101), { 200: 101 }, flags.join(' '))
  }
})

test('another size of the token buckets leaves the limits of the token endpoint as they are', async (t) => {
  t.strictSame(await askOften(await start(t, ['--rate-limit', '2/1/60']), 51), { 200: 50, 429: 1 })
})

test('the journal and the log tell why a client or a token was refused, and the answer does not', async (t) => {
  const { logger, lines } = memoryLogger()
  const bench = await start(t, [], { logger })
  const refusal = async (response: Promise<{ body: string }>) => {
    const { body } = await response
    const { requests } = (await bench.command('GET', '/requests')).json()
    const told = requests.at(-1).refusal
    if (told !== null) t.notOk(body.includes(told), told)
    t.equal(
      lines
        .filter((line) => line.includes('/api/'))
        .at(-1)
        ?.includes(`"refused":${JSON.stringify(told)}`),
      told !== null,
    )
    return told
  }
  const asClient = (id: string, secret: string) => ({ authorization: basic({ id, secret }) })
  t.equal(await refusal(post(bench, token, grant, asAccount)), null)
  t.equal(await refusal(post(bench, token, grant)), 'no client id')
  t.equal(await refusal(post(bench, token, grant, asClient('x', account.secret))), 'unknown client id')
  t.equal(await refusal(post(bench, token, grant, asClient(account.id, 'x'))), 'wrong secret')
  const use = (jwt: string) =>
    refusal(bench.call('GET', path, { bare: true, headers: { accept, authorization: `Bearer ${jwt}` } }))
  t.equal(await use(bench.token), null)
  t.equal(await use(''), 'not a token')
  t.equal(await use('x.y.z'), 'not a token')
  t.equal(await use(`${bench.token}.x`), 'not a token')
  t.equal(await use(`${bench.token}x`), 'token of another secret or account')
  const revoked = await tokenFor(bench.emulator, account)
  await post(bench, revoke, `token=${revoked}`, asAccount)
  t.equal(await use(revoked), 'revoked token')
  bench.clock.advance(3_600_000)
  t.equal(await use(bench.token), 'expired token')
})

test('an account that goes while its form is on the way gets no token [token-client-first]', async (t) => {
  const { emulator, command } = await start(t)
  const socket = await open(await emulator.listen())
  const seen = once(emulator.app.server, 'request')
  const head = `POST ${token} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${asAccount.authorization}\r\nContent-Type: ${form}`
  socket.write(`${head}\r\nConnection: close\r\nContent-Length: ${grant.length}\r\n\r\n${grant.slice(0, 5)}`)
  await seen
  const { serviceAccounts: _, ...without } = defaultWorld()
  t.equal((await command('PUT', '/state', without)).statusCode, 200)
  socket.write(grant.slice(5))
  t.match(await rest(socket), /^HTTP\/1\.1 401 .*"error":"invalid_client"/s)
})
