import { test } from 'tap'
import { authorize, nonceOf } from '../../support/digest.js'
import {
  accept,
  account,
  basic,
  defaultWorld,
  fixtureFile,
  path,
  start,
  type TestBench,
} from '../../support/emulator.js'

const elsewhere =
  '{"detail":"IP address 198.51.100.7 is not allowed to access this resource.","error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["198.51.100.7"],"reason":"Forbidden"}'

/** The default world, whose service account may be used from these addresses. */
function listed(accessList: string[] | undefined, apiAccessListRequired = false) {
  const world = defaultWorld()
  for (const organization of world.organizations) organization.apiAccessListRequired = apiAccessListRequired
  for (const serviceAccount of world.serviceAccounts) if (accessList) serviceAccount.accessList = accessList
  return world
}

const from = (bench: TestBench, address: string, headers: Record<string, string> = {}) =>
  bench.call('GET', path, { from: address, headers })

test('without a list, and none required, a credential may be used from anywhere [access-list-matching]', async (t) => {
  for (const list of [undefined, []]) {
    const bench = await start(t, ['--fixtures', fixtureFile(t, listed(list))])
    t.equal((await from(bench, '198.51.100.7')).statusCode, 200)
    t.equal((await from(bench, '2001:db8::1')).statusCode, 200)
  }
})

test('a credential with a list may be used from the addresses on it [address-not-on-access-list]', async (t) => {
  const bench = await start(t, ['--fixtures', fixtureFile(t, listed(['203.0.113.0/24', '2001:db8::/32']))])
  for (const address of ['203.0.113.7', '::ffff:203.0.113.7', '2001:db8::1']) {
    t.equal((await from(bench, address)).statusCode, 200, address)
  }
  const refused = await from(bench, '198.51.100.7')
  t.equal(refused.statusCode, 403)
  t.equal(refused.body, elsewhere)
  t.equal((await from(bench, '::ffff:198.51.100.7')).body, elsewhere, 'told as the IPv4 address that it is')
  t.match((await from(bench, '2001:db9::1')).json(), { parameters: ['2001:db9::1'] })
})

test('an API key has its list too', async (t) => {
  const world = defaultWorld()
  for (const apiKey of world.apiKeys) apiKey.accessList = ['203.0.113.7']
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const use = async (address: string) => {
    const challenge = await call('GET', path, { bare: true, headers: { accept }, from: address })
    t.equal(challenge.statusCode, 401, 'a challenge comes first, wherever from')
    const authorization = authorize({ uri: path, nonce: nonceOf(challenge.headers['www-authenticate']) })
    return call('GET', path, { bare: true, headers: { accept, authorization }, from: address })
  }
  t.equal((await use('203.0.113.7')).statusCode, 200)
  t.equal((await use('198.51.100.7')).body, elsewhere)
})

test('an organization may require lists [organization-requires-access-list] [organization-requires-access-list-parameter]', async (t) => {
  for (const list of [undefined, []]) {
    const { call } = await start(t, ['--fixtures', fixtureFile(t, listed(list, true))])
    const refused = await call('GET', '/api/atlas/v2/groups')
    t.equal(refused.statusCode, 403)
    t.equal(
      refused.body,
      '{"detail":"This organization requires access through an access list of ip ranges.","error":403,"errorCode":"ORG_REQUIRES_ACCESS_LIST","parameters":["127.0.0.1"],"reason":"Forbidden"}',
    )
  }
  const bench = await start(t, ['--fixtures', fixtureFile(t, listed(['127.0.0.1'], true))])
  t.equal((await from(bench, '127.0.0.1')).statusCode, 200)
  t.equal((await from(bench, '198.51.100.7')).body, elsewhere)
})

test('tokens are issued and revoked from anywhere [token-without-access-list]', async (t) => {
  const { call, token } = await start(t, ['--fixtures', fixtureFile(t, listed(['203.0.113.7'], true))])
  const headers = { authorization: basic(account), 'content-type': 'application/x-www-form-urlencoded' }
  const post = (url: string, body: string) => call('POST', url, { bare: true, headers, body, from: '198.51.100.7' })
  t.equal((await post('/api/oauth/token', 'grant_type=client_credentials')).statusCode, 200)
  t.equal((await post('/api/oauth/revoke', `token=${token}`)).statusCode, 200)
})

test('the address is the connection’s, whatever headers say, unless a proxy is trusted', async (t) => {
  const world = fixtureFile(t, listed(['203.0.113.7']))
  const forwarded = { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7', 'x-real-ip': '203.0.113.7' }
  const direct = await start(t, ['--fixtures', world])
  t.equal((await from(direct, '198.51.100.7', forwarded)).body, elsewhere)

  const behind = await start(t, ['--fixtures', world, '--trust-proxy'])
  t.equal((await from(behind, '198.51.100.7', forwarded)).statusCode, 200)
  t.equal((await from(behind, '203.0.113.7', { 'x-forwarded-for': '198.51.100.7, 203.0.113.7' })).body, elsewhere)
  t.equal((await from(behind, '198.51.100.7')).body, elsewhere, 'nothing forwarded')
  t.match((await from(behind, '203.0.113.7', { 'x-forwarded-for': 'unknown' })).json(), { parameters: ['unknown'] })

  const known = await start(t, ['--fixtures', world, '--trust-proxy', '192.0.2.0/24'])
  t.equal((await from(known, '192.0.2.1', forwarded)).statusCode, 200)
  t.equal((await from(known, '198.51.100.7', forwarded)).body, elsewhere, 'not one of ours')
  const chain = { 'x-forwarded-for': '203.0.113.7, 198.51.100.7' }
  t.equal((await from(known, '192.0.2.1', chain)).body, elsewhere, 'the nearest that is not ours counts')
})

test('links name the host and scheme that a trusted proxy was asked by', async (t) => {
  const forwarded = { 'x-forwarded-host': 'atlas.test', 'x-forwarded-proto': 'https' }
  const self = async (...flags: string[]) =>
    (await (await start(t, flags)).call('GET', path, { headers: forwarded })).json().links[0].href
  t.match(await self(), /^http:\/\/localhost:80\//)
  t.match(await self('--trust-proxy', 'loopback'), /^https:\/\/atlas\.test\/api\//)
})

test('with --auth off lists keep nobody out', async (t) => {
  const { call } = await start(t, ['--auth', 'off', '--fixtures', fixtureFile(t, listed(['203.0.113.7'], true))])
  t.equal((await call('GET', path, { bare: true, headers: { accept } })).statusCode, 200)
})
