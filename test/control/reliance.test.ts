import { test } from 'tap'
import { metBy } from '../../src/control/reliance.js'
import { claims } from '../../src/fidelity/claims.js'
import type { JournalEntry } from '../../src/journal/entry.js'
import { authorize, nonceOf } from '../support/digest.js'
import { demo, path, project, start, type TestBench } from '../support/emulator.js'

async function metByLast({ command }: TestBench): Promise<string[]> {
  const [{ id }] = (await command('GET', '/requests?limit=1')).json().requests
  const answer = (await command('GET', `/fidelity?request=${id}`)).json()
  return answer.claims.map((claim: { id: string; requests: number }) => {
    if (claim.requests !== 1) throw new Error('one request, one meeting')
    return claim.id
  })
}

test('which rules a request has met is told by its traces', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  const challenge = await call('GET', path, { bare: true })
  t.strictSame(await metByLast(bench), ['challenge-shape', 'challenge-body', 'challenge-headers'])
  const nonce = nonceOf(challenge.headers['www-authenticate'])
  await call('GET', path, { headers: { authorization: authorize({ uri: path, nonce }) } })
  const list = await metByLast(bench)
  for (const id of ['digest-md5', 'list-shape', 'operation-list', 'bucket-headers', 'security-headers']) {
    t.ok(list.includes(id), id)
  }
  for (const id of ['endpoint-order', 'error-body-shape', 'challenge-shape', 'list-next-link']) {
    t.notOk(list.includes(id), id)
  }
  await call('GET', path, { headers: { authorization: authorize({ uri: path, nonce }) } })
  t.ok((await metByLast(bench)).includes('nonce-count'))
  await bench.create()
  t.ok((await metByLast(bench)).includes('endpoint-starts-initiating'))
  const body = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }
  await call('POST', path, { body })
  t.ok((await metByLast(bench)).includes('endpoint-exists'))
  await call('POST', path, { body: { ...body, regionName: 'X' } })
  t.ok((await metByLast(bench)).includes('attribute-region'))
  await call('POST', path, { body: { ...body, vpcRegionName: null } })
  t.ok((await metByLast(bench)).includes('attribute-null'))
  await call('GET', `${path}?itemsPerPage=1&pageNum=9&envelope=true&foo=1`)
  const page = await metByLast(bench)
  for (const id of ['list-past-the-end', 'query-unknown-ignored', 'query-values']) t.ok(page.includes(id), id)
  await call('GET', `${path}/nope?envelope=true`)
  t.ok((await metByLast(bench)).includes('envelope-others'))
  await call('GET', '/api/atlas/v2/nope')
  t.ok((await metByLast(bench)).includes('unknown-path-after-credentials'))
  t.ok((await metByLast(bench)).includes('unserved-marked'))
  t.notOk((await metByLast(bench)).includes('older-apis-unserved'))
  await call('GET', '/api/atlas/v1.0/groups')
  t.ok((await metByLast(bench)).includes('older-apis-unserved'))
  await command('POST', '/responses', { method: 'GET', path: '/clouds' })
  await call('GET', '/api/atlas/v2/clouds')
  t.ok((await metByLast(bench)).includes('own-answers'))
  await call('PATCH', path)
  t.ok((await metByLast(bench)).includes('allow-header'))
  await call('GET', path, { headers: { accept: '*/*' } })
  t.ok((await metByLast(bench)).includes('version-absent'))
  await call('POST', '/api/oauth/token', { bare: true })
  t.ok((await metByLast(bench)).includes('token-errors'))
  await call('GET', path, { headers: { 'x-emulator-fault': 'NO_CAPACITY' } })
  t.strictSame(await metByLast(bench), [], 'what a fault answers is no rule’s doing')
  const all = (await command('GET', '/fidelity?met=true')).json().claims
  const counts = new Map(all.map(({ id, requests }: { id: string; requests: number }) => [id, requests]))
  t.equal(counts.get('challenge-shape'), 2)
  t.strictSame(
    (await command('GET', '/fidelity?met=true&label=chosen'))
      .json()
      .claims.every(({ label }: { label: string }) => label === 'chosen'),
    true,
  )
  t.ok((await command('GET', '/fidelity?met=false')).json().claims.length === claims.length)
  t.strictSame((await command('GET', '/fidelity?request=999')).json().claims, [])
  t.match((await command('GET', '/fidelity?request=x')).json(), { errors: [{ parameter: 'request' }] })
  const off = await start(t, ['--journal', 'off'])
  t.strictSame((await off.command('GET', '/fidelity?met=true')).json().claims, [])
})

test('things in pages, links and methods leave their traces', async (t) => {
  const bench = await start(t, ['--fixtures', 'demo', '--provisioning', '0s'])
  const { call } = bench
  const list = `/api/atlas/v2/groups/${demo.production}/backup/AWS/privateEndpoints`
  await call('GET', `${list}?itemsPerPage=1&pageNum=2`)
  const middle = await metByLast(bench)
  for (const id of ['list-next-link', 'list-previous-link', 'list-self-link']) t.ok(middle.includes(id), id)
  await call('GET', list)
  const whole = await metByLast(bench)
  for (const id of ['endpoint-order', 'endpoint-recreation', 'endpoint-settles', 'endpoint-connection-name-form']) {
    t.ok(whole.includes(id), id)
  }
  await call('HEAD', list)
  t.ok((await metByLast(bench)).includes('head-like-get'))
  await call('OPTIONS', list)
  t.ok((await metByLast(bench)).includes('options-answer'))
  await call('GET', `${list}/`)
  t.ok((await metByLast(bench)).includes('trailing-slash'))
  await call('GET', '/api/atlas/v2/groups')
  t.ok((await metByLast(bench)).includes('project-list-order'))
})

test('an entry of any form is looked at without an error', async (t) => {
  const entry: JournalEntry = {
    id: 1,
    time: '2026-01-01T00:00:00.000Z',
    method: 'GET',
    url: '/api/atlas/v2/groups?pretty&envelope=TRUE',
    operation: null,
    project,
    organization: null,
    credential: null,
    refusal: null,
    status: null,
    errorCode: null,
    unserved: false,
    duration: 1,
    fault: null,
    requestHeaders: {},
    requestBody: null,
    responseHeaders: {},
    responseBody: null,
    challenge: null,
    answers: null,
    replayOf: null,
    advice: [],
  }
  t.strictSame(metBy(entry), ['pretty-envelope-everywhere'])
  const odd: Partial<JournalEntry>[] = [
    { operation: 'listGroups', status: 200, responseBody: { results: [1, {}], links: [1, { rel: 'self' }] } },
    { operation: 'getGroup', status: 200, responseBody: 'text' },
    { operation: 'getGroupBackupPrivateEndpoint', status: 200, responseBody: { content: { status: 'FAILED' } } },
    { operation: 'createGroupBackupPrivateEndpoint', status: 400, errorCode: 'INVALID_ATTRIBUTE', requestBody: [] },
    { operation: 'getGroup', status: 401, responseHeaders: { 'www-authenticate': 'Bearer error="invalid_token"' } },
    { operation: 'getGroup', status: 404, errorCode: 'GROUP_NOT_FOUND' },
    { operation: 'token', url: '/api/oauth/token/', status: 401, responseHeaders: { 'www-authenticate': 'Basic' } },
    { operation: null, errorCode: 'VALIDATION_ERROR', status: 400 },
    { operation: 'createGroupBackupPrivateEndpoint', errorCode: 'USER_UNAUTHORIZED', status: 401 },
    { operation: 'createGroupBackupPrivateEndpoint', errorCode: 'INVALID_JSON', status: 400, requestBody: { x: 1 } },
    { operation: 'deleteGroupBackupPrivateEndpoint', method: 'DELETE', status: 200 },
    {
      operation: 'createGroupBackupPrivateEndpoint',
      errorCode: 'MISSING_ATTRIBUTE',
      status: 400,
      requestBody: { x: null },
    },
  ]
  const known = new Set<string>(claims.map(({ id }) => id))
  for (const part of odd) for (const id of metBy({ ...entry, ...part })) t.ok(known.has(id), id)
})
