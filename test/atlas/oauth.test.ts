import { decodeJwt, SignJWT } from 'jose'
import { test } from 'tap'
import { createEmulator } from '../../src/emulator.js'
import {
  accept,
  account,
  basic,
  path,
  settingsFor,
  start,
  startOfTime,
  type TestBench,
  tokenFor,
} from '../support/emulator.js'

const token = '/api/oauth/token'
const revoke = '/api/oauth/revoke'
const form = 'application/x-www-form-urlencoded'

function post({ call }: TestBench, url: string, body: string, headers: Record<string, string> = {}) {
  return call('POST', url, { bare: true, body, headers: { 'content-type': form, ...headers } })
}

const asAccount = { authorization: basic(account) }
const grant = 'grant_type=client_credentials'

test('client credentials get a JWT for the service account', async (t) => {
  const response = await post(await start(t), token, grant, asAccount)
  t.equal(response.statusCode, 200)
  const { access_token: jwt } = response.json()
  t.equal(response.body, `{"access_token":"${jwt}","expires_in":3600,"token_type":"Bearer"}`)
  const claims = decodeJwt(jwt)
  t.equal(claims.sub, account.id)
  t.equal(claims.iat, startOfTime / 1000)
  t.equal(claims.exp, startOfTime / 1000 + 3600)
  t.match(response.headers, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    vary: 'Accept-Encoding',
    'x-frame-options': 'DENY',
    'content-length': String(response.body.length),
  })
})

test('the client may be named in the form, and form-encoded in HTTP Basic', async (t) => {
  const bench = await start(t)
  const inForm = `${grant}&client_id=${account.id}&client_secret=${account.secret}`
  t.equal((await post(bench, token, inForm)).statusCode, 200)
  const encode = (text: string) => text.replaceAll('_', '%5F')
  const encoded = basic({ id: encode(account.id), secret: encode(account.secret) })
  t.equal((await post(bench, token, grant, { authorization: encoded })).statusCode, 200)
  t.equal((await post(bench, token, `${grant}&client_id=${account.id}`, asAccount)).statusCode, 200)
})

test('a form may name its type in any case, with parameters', async (t) => {
  const headers = { ...asAccount, 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8' }
  t.equal((await post(await start(t), token, grant, headers)).statusCode, 200)
})

test('errors are OAuth’s own, the client before the grant type', async (t) => {
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
    ['{}', { ...asAccount, 'content-type': 'application/json' }, 400, 'invalid_request'],
    [grant, { ...asAccount, 'content-type': 'nonsense' }, 400, 'invalid_request'],
    ['x'.repeat(1024 * 1024 + 1), asAccount, 400, 'invalid_request'],
    ['grant_type=password', asAccount, 400, 'unsupported_grant_type'],
  ]
  for (const [body, headers, status, error] of cases) {
    const response = await post(bench, token, body, headers)
    t.equal(response.statusCode, status, body.slice(0, 40))
    t.equal(response.json().error, error)
    t.type(response.json().error_description, 'string')
    t.same(Object.keys(response.json()), ['error', 'error_description'])
    t.equal(response.headers['content-type'], 'application/json')
    t.equal(response.headers['x-error-code'], undefined)
    t.equal(response.headers['x-frame-options'], 'DENY')
    t.equal(response.headers['www-authenticate'], status === 401 ? 'Basic realm="MMS Public API"' : undefined)
  }
  const wrong = await post(bench, token, grant, other)
  t.equal(wrong.body, '{"error":"invalid_client","error_description":"Invalid credentials provided."}')
  const none = await bench.call('POST', token, { bare: true, headers: asAccount })
  t.equal(none.json().error, 'invalid_request', 'no body at all')
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
  t.equal(response.json().error, 'server_error')
})

test('pretty and envelope work here too', async (t) => {
  const bench = await start(t)
  const pretty = await post(bench, `${token}?pretty=true&envelope=true`, grant)
  t.equal(
    pretty.body,
    `{
  "content" : {
    "error" : "invalid_client",
    "error_description" : "Invalid credentials provided."
  },
  "status" : 401
}`,
  )
  t.equal((await post(bench, `${revoke}?envelope`, 'token=x', asAccount)).body, '{"content":{},"status":200}')
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

test('a token that is no good gets the 401 body with a bearer challenge', async (t) => {
  const bench = await start(t)
  const unsigned = `${btoa('{"alg":"none"}')}.${btoa(`{"sub":"${account.id}"}`)}.`.replaceAll('=', '')
  const foreign = await new SignJWT({ exp_ms: startOfTime * 2 })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(account.id)
    .sign(new Uint8Array(32))
  for (const jwt of ['', 'x', 'a.b.c', unsigned, foreign]) {
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

test('a revoked token is void at once, whether it has been used or not; an unknown one is no error', async (t) => {
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

test('a token of another client is none that a client can revoke', async (t) => {
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
  await first.app.inject({
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

test('a form that is too large is no form', async (t) => {
  const { call } = await start(t)
  const response = await call('POST', '/api/oauth/token', {
    bare: true,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'x'.repeat(64 * 1024 + 1),
  })
  t.equal(response.statusCode, 400)
  t.equal(response.json().error, 'invalid_request')
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
