import { test } from 'tap'
import { authorize, nonceOf } from '../../support/digest.js'
import { accept, account, apiKey, defaultWorld, fixtureFile, start } from '../../support/emulator.js'

const url = '/api/atlas/v2'

test('the system tells who asks, and what answers [system-status] [system-status-details] [bucket-system-status]', async (t) => {
  const world = defaultWorld()
  for (const key of [...world.apiKeys, ...world.serviceAccounts]) {
    key.accessList = ['127.0.0.1', '203.0.113.0/24', '::1']
  }
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const response = await call('GET', url)
  t.equal(response.statusCode, 200)
  t.equal(response.headers['ratelimit-limit'], '300')
  const { apiKey: key, build, ...rest } = response.json()
  t.match(build, /^[0-9a-f]{40}$/)
  t.strictSame(rest, {
    appName: 'MongoDB Atlas',
    links: [{ href: `http://localhost:80${url}`, rel: 'self' }],
    throttling: false,
  })
  t.match(key.id, /^[0-9a-f]{24}$/)
  const accessList = [
    { cidrBlock: '127.0.0.1/32', ipAddress: '127.0.0.1' },
    { cidrBlock: '203.0.113.0/24' },
    { cidrBlock: '::1/128', ipAddress: '::1' },
  ]
  const roles = [{ orgId: '32b6e34b3d91647abb20e7a0', roleName: 'ORG_OWNER' }]
  t.strictSame(key, { accessList, id: key.id, publicKey: account.id, roles })

  const challenge = await call('GET', url, { bare: true, headers: { accept } })
  const authorization = authorize({
    ...apiKey,
    method: 'GET',
    uri: url,
    nonce: nonceOf(challenge.headers['www-authenticate']),
  })
  const byKey = await call('GET', url, { bare: true, headers: { accept, authorization } })
  t.match(byKey.json().apiKey, { publicKey: apiKey.username, roles })
  t.not(byKey.json().apiKey.id, key.id)
})

test('without credentials the system tells of no key [system-status-details]', async (t) => {
  const { call } = await start(t, ['--auth', 'off'])
  t.strictSame(Object.keys((await call('GET', url, { bare: true, headers: { accept } })).json()), [
    'appName',
    'build',
    'links',
    'throttling',
  ])
})
