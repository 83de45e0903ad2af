// A suite that runs beside others against one emulator, as a tenant of its own. Copy it, and put your own client in place
// of fetch; `tenant.environment` has the variables that Atlas's clients read. The URL of the emulator is in ATLAS_URL.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { EmulatorControl } from 'atlas-backup-emulator'

const number = Number(process.env.WORKER)
const control = new EmulatorControl(process.env.ATLAS_URL)
const regions = ['US_EAST_1', 'US_WEST_2', 'EU_WEST_1']
let tenant
let headers
/** How many requests this process has sent. */
let sent = 0

async function ask(method, path, body) {
  sent += 1
  const response = await fetch(`${tenant.environment.ATLAS_URL}/api/atlas/v2${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) }
}

before(async () => {
  tenant = await control.tenant({
    name: `Worker ${number}`,
    lifecycle: { provisioning: number % 2 === 0 ? '0s' : 'manual' },
    rateLimit: `${100 + number}/1/60`,
  })
  const { clientId, clientSecret } = tenant.serviceAccount
  sent += 1
  const response = await fetch(`${tenant.environment.ATLAS_URL}/api/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const { access_token: token } = await response.json()
  headers = { accept: 'application/vnd.atlas.2025-03-12+json', authorization: `Bearer ${token}` }
  // The others go on once all of them are there.
  if (process.send) {
    process.send('ready')
    await once(process, 'message')
  }
})
after(async () => {
  await tenant.remove()
  if (process.connected) process.disconnect()
})

test('its organization and its projects are the only ones', async () => {
  const made = await ask('POST', '/groups', { name: 'Another', orgId: tenant.id })
  assert.equal(made.status, 201)
  const { results } = (await ask('GET', '/groups')).body
  assert.deepEqual(results.map(({ name }) => name).sort(), ['Another', `Worker ${number}`])
  assert.ok(results.every(({ orgId }) => orgId === tenant.id))
  const organizations = (await ask('GET', '/orgs')).body
  assert.deepEqual(
    organizations.results.map(({ id }) => id),
    [tenant.id],
  )
  for (const { id, project } of await control.tenants.list()) {
    if (id !== tenant.id) assert.equal((await ask('GET', `/groups/${project}`)).status, 401)
  }
})

test('its endpoints follow its plan, and are counted against its rate limit', async () => {
  const path = `/groups/${tenant.project}/backup/AWS/privateEndpoints`
  for (const regionName of regions) {
    assert.equal((await ask('POST', path, { cloudProvider: 'AWS', regionName })).status, 201)
  }
  const { body, headers } = await ask('GET', path)
  const expected = number % 2 === 0 ? 'ACTIVE' : 'INITIATING'
  assert.deepEqual(
    body.results.map(({ regionName, status }) => [regionName, status]),
    regions.map((region) => [region, expected]),
  )
  assert.equal(headers.get('ratelimit-limit'), String(100 + number))
  assert.equal(headers.get('ratelimit-remaining'), String(100 + number - regions.length - 1))
})

test('its faults strike it alone', async () => {
  await tenant.faults.arm({ errorCode: `WORKER_${number}`, status: 418, when: { times: 3 } })
  for (let i = 0; i < 5; i += 1) {
    const { status, body } = await ask('GET', `/groups/${tenant.project}`)
    assert.equal(status, i < 3 ? 418 : 200)
    if (i < 3) assert.equal(body.errorCode, `WORKER_${number}`)
  }
  assert.deepEqual(
    (await tenant.faults.list()).map(({ fired }) => fired),
    [3],
  )
})

test('its requests are all that it finds in the journal', async () => {
  const requests = await tenant.requests.find()
  assert.equal(requests.length, sent)
  for (const { credential, organization } of requests) {
    assert.deepEqual(
      { credential, organization },
      { credential: tenant.serviceAccount.clientId, organization: tenant.id },
    )
  }
})

test('a reset leaves it as it was made', async () => {
  await tenant.reset()
  sent = 0
  assert.deepEqual(await tenant.faults.list(), [])
  assert.equal((await ask('GET', '/groups')).body.totalCount, 1)
  assert.equal((await ask('GET', `/groups/${tenant.project}/backup/AWS/privateEndpoints`)).body.totalCount, 0)
  assert.equal(await tenant.requests.count(), sent)
})
