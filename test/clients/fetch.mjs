// Node's fetch against a running emulator with the default fixture, by a service account. Digest is not for fetch, which
// knows no challenges.
// Usage: node fetch.mjs URL
import { setTimeout as wait } from 'node:timers/promises'

const [, , base] = process.argv
const endpoints = `${base}/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints`
const account = 'mdb_sa_id_000000000000000000000001:mdb_sa_sk_emulatoremulatoremulatoremulatoremulator'
const version = 'application/vnd.atlas.2025-03-12+json'

let passed = 0
let failed = 0
function check(what, ok, actual) {
  if (ok) passed += 1
  else failed += 1
  console.log(ok ? `ok - ${what}` : `not ok - ${what}\n  actual: ${JSON.stringify(actual)}`)
}

async function signIn() {
  const response = await fetch(`${base}/api/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(account)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return (await response.json()).access_token
}

let token = await signIn()

/** Calls the API; a token that has become too old is replaced once. */
async function call(method, url, body, isSecond = false) {
  const response = await fetch(url, {
    method,
    headers: { accept: version, authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (response.status === 401 && !isSecond) {
    token = await signIn()
    return call(method, url, body, true)
  }
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) }
}

/** Repeats a GET until it is done, for ten seconds at most. */
async function poll(url, isDone) {
  const deadline = performance.now() + 10_000
  for (;;) {
    const answer = await call('GET', url)
    if (isDone(answer) || performance.now() > deadline) return answer
    await wait(50)
  }
}

const request = { cloudProvider: 'AWS', regionName: 'EU_WEST_1', vpcRegionName: 'EU_CENTRAL_1' }
const created = await call('POST', endpoints, request)
check('create', created.status === 201 && created.body.status === 'INITIATING', created)
check('the version served', created.headers.get('content-type').startsWith('application/vnd.atlas.2024-11-13+json'))
const again = await call('POST', endpoints, request)
check('create again: 409', again.status === 409 && again.body.error === 409, again)
const one = `${endpoints}/${created.body.id}`
const active = await poll(one, ({ body }) => body.status === 'ACTIVE')
check('poll until ACTIVE', active.body.status === 'ACTIVE', active)
const listed = await call('GET', `${endpoints}?itemsPerPage=1`)
check('list', listed.body.results.length === 1 && listed.body.totalCount >= 1, listed)
const wrong = await call('POST', endpoints, { cloudProvider: 'AWS', regionName: 'US_EAST_9' })
check(
  'a region that is none: 400, and which attribute',
  wrong.status === 400 && wrong.body.parameters[0] === 'regionName',
  wrong,
)
const deleted = await call('DELETE', one)
check('delete', deleted.status === 204 && deleted.body === '', deleted)
const gone = await poll(one, ({ status }) => status === 404)
check('poll until 404', gone.body.errorCode === 'RESOURCE_NOT_FOUND', gone)

const old = token
await fetch(`${base}/_emulator/clock`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"advance":"PT2H"}',
})
const later = await call('GET', endpoints)
check('a token that is too old is replaced', later.status === 200 && token !== old, later)
await fetch(`${base}/_emulator/reset`, { method: 'POST' })

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
