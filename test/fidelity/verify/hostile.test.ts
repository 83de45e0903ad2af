import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createSocketServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { type Test, test } from 'tap'
import type { VerifyOptions } from '../../../src/fidelity/verify/verify.js'
import { clean } from '../../../src/fidelity/verify/verify.js'
import { certificate } from '../../support/certificate.js'
import { ManualClock } from '../../support/emulator.js'
import {
  type Answered,
  type Asked,
  account,
  claimsWith,
  key,
  ledgerOf,
  listening,
  type Mutation,
  mutant,
  run,
  shop,
  startTarget,
  timeOf,
} from '../../support/target.js'

const endpointsPath = `/api/atlas/v2/groups/${shop}/backup/AWS/privateEndpoints`

/** Runs verify against a server that is no emulator. */
async function against(t: Test, listener: RequestListener, options: Partial<VerifyOptions> = {}) {
  const url = await listening(t, createServer(listener))
  return run({ time: timeOf(new ManualClock()) }, url, { ledger: ledgerOf(t), level: 'refuse', ...options })
}

/** Runs verify against an emulator behind something that changes what goes through. */
async function through(t: Test, mutation: Mutation, options: Partial<VerifyOptions> = {}) {
  const target = await startTarget(t)
  const url = await mutant(t, target.url, [mutation])
  const ledger = ledgerOf(t)
  const verification = await run(target, url, { ledger, level: 'refuse', ...options })
  return { ...verification, verification, target, ledger, url }
}

const is = (method: string, path: RegExp) => (asked: Asked) => asked.method === method && path.test(asked.url)
const json = (status: number, body: object, headers: [string, string][] = []): Answered => ({
  status,
  headers: [['content-type', 'application/json'], ['content-length', '1'], ...headers],
  body: JSON.stringify(body),
})

test('a target that hangs, breaks off, is not there or is no HTTP ends the run with a word why', async (t) => {
  const hangs = await against(t, () => {}, { patience: 50 })
  t.match(hangs, { exitCode: 1, evidence: { ended: 'No answer: timeout' } })
  const breaks = await against(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{', () => response.destroy())
  })
  t.match(breaks, { exitCode: 1, evidence: { ended: 'No answer: broken off' } })
  const raw = createSocketServer((socket) => socket.end('220 mail\r\n')).on('error', () => {})
  const noHttp = await run(
    { time: timeOf(new ManualClock()) },
    await listening(t, Object.assign(raw, { closeAllConnections() {} }) as never),
  )
  t.match(noHttp, { exitCode: 1, evidence: { ended: 'No answer: no HTTP' } })
  const gone = createServer()
  const url = await listening(t, gone)
  gone.close()
  const missing = await run({ time: timeOf(new ManualClock()) }, url)
  t.match(missing, { exitCode: 1, evidence: { ended: 'No answer: no connection', requests: 1 } })
  for (const { evidence } of [hangs, breaks, noHttp, missing]) {
    t.ok(evidence.claims.every(({ verdict, reason }) => verdict === 'not measured' && reason !== undefined))
  }
})

test('an answer without end, one that switches protocols and one that is a bomb do no harm', async (t) => {
  const endless = await against(t, (_, response) => {
    const chunk = Buffer.alloc(1024 * 1024)
    const write = () => void (response.destroyed || response.write(chunk, write))
    write()
  })
  t.match(endless, { exitCode: 1, evidence: { ended: 'No answer: too large' } })
  const upgrade = await against(t, (_, response) => {
    response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')
  })
  t.match(upgrade, { exitCode: 1, evidence: { ended: 'No answer: no HTTP' } })
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  const bombed = await against(t, (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
  t.match(bombed, { exitCode: 1, evidence: { ended: /no challenge of HTTP Digest/ } })
})

test('answers that are made to confuse whoever compares them are differences like any other', async (t) => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  const { evidence, verification } = await through(
    t,
    {
      answer: (answered, { url }) => {
        if (url.endsWith('/limits')) return { ...answered, body: deep }
        if (!url.endsWith(`/groups/${shop}`)) return undefined
        return { ...answered, headers: [...answered.headers, ['constructor', 'x'], ['toString', 'y']] }
      },
    },
    { only: ['limit-list', 'project-read', 'headers-of-the-emulator'], level: 'read' },
  )
  t.equal(evidence.ended, undefined)
  t.strictSame(claimsWith(verification, 'different').sort(), ['headers-of-the-emulator', 'limit-list'])
  const limits = evidence.exchanges.find(({ probe }) => probe === 'limits')
  t.match(limits?.there?.body, /^‹nested: 200000 bytes›$/)
})

test('a certificate that is not trusted ends the run before anything secret is sent', async (t) => {
  let requests = 0
  const url = await listening(
    t,
    createTlsServer(certificate, () => {
      requests += 1
    }),
    'https',
  )
  const verification = await run({ time: timeOf(new ManualClock()) }, url, { credentials: account })
  t.match(verification, { exitCode: 1, evidence: { ended: 'No answer: certificate not trusted' } })
  t.equal(requests, 0)
})

test('a page of HTML, a redirection and a challenge of another kind are no Atlas', async (t) => {
  const html = await through(t, {
    request: () => ({ status: 200, headers: [['content-type', 'text/html']], body: '<html>Log in</html>' }),
  })
  t.match(html, { exitCode: 1, evidence: { ended: /no challenge of HTTP Digest/ } })
  const seen: string[] = []
  const elsewhere = await listening(
    t,
    createServer(({ url }, response) => {
      seen.push(String(url))
      response.end()
    }),
  )
  const moved = await through(t, {
    answer: (_, { url, headers }) =>
      headers.authorization ? { status: 302, headers: [['location', elsewhere + url]], body: '' } : undefined,
  })
  t.match(moved, { exitCode: 1, evidence: { ended: /answered 302 with what is no JSON/ } })
  const token = await through(
    t,
    {
      request: ({ url }) =>
        url === '/api/oauth/token' ? { status: 307, headers: [['location', elsewhere + url]], body: '' } : undefined,
    },
    { credentials: account },
  )
  t.match(token, { exitCode: 1, evidence: { ended: /there is no token: the token endpoint answered 307/ } })
  t.strictSame(seen, [], 'no redirection is followed')
  for (const challenge of [
    'Basic realm="x"',
    'Digest realm="x", nonce="y", algorithm=SHA-256, qop="auth"',
    'Digest realm="x", nonce="y"',
  ]) {
    const other = await through(t, {
      answer: (answered) => ({ ...answered, headers: [['www-authenticate', challenge]] }),
    })
    t.match(other, { exitCode: 1, evidence: { ended: /no challenge of HTTP Digest/ } })
  }
  const single = await through(
    t,
    {
      answer: (answered, { url }) =>
        url.endsWith('envelope=true') ? { status: 302, headers: [['location', elsewhere]], body: '' } : answered,
    },
    { level: 'read' },
  )
  t.ok(claimsWith(single.verification, 'different').includes('envelope-entity'), 'a single one is a difference')
  t.strictSame(seen, [])
})

test('credentials that are refused are told as such', async (t) => {
  const target = await startTarget(t)
  const { evidence, exitCode } = await run(target, target.url, { credentials: { ...key, privateKey: 'wrong-one' } })
  t.match({ exitCode, evidence }, { exitCode: 1, evidence: { ended: 'the credentials were refused' } })
  const oauth = await run(target, target.url, { credentials: { ...account, clientSecret: 'wrong-one' } })
  t.match(oauth, { exitCode: 1, evidence: { ended: 'there is no token: the token endpoint answered 401' } })
  const other = await run(target, target.url, { project: '6650b2e1d3ba5f2c8e0000ff' })
  t.match(other, { exitCode: 1, evidence: { ended: /it answered 404 GROUP_NOT_FOUND/ } })
})

test('a 429 ends the run', async (t) => {
  const { evidence, exitCode } = await through(t, {
    request: ({ url }) => (url.includes('pageNum=999') ? json(429, {}) : undefined),
  })
  t.equal(exitCode, 1)
  t.match(evidence.ended, '429')
  t.equal(evidence.exchanges.at(-1)?.probe, 'list-past-the-end')
  t.match(evidence.claims.find(({ id }) => id === 'body-malformed')?.reason, /the run ended before/)
})

test('a single failure is passed over, the second ends the run', async (t) => {
  let failures = 0
  const once = await through(
    t,
    { request: ({ url }) => (url.includes('pageNum=999') && failures++ === 0 ? json(500, {}) : undefined) },
    { level: 'read' },
  )
  t.equal(once.evidence.ended, undefined)
  t.strictSame(
    claimsWith(once.verification, 'instrument'),
    ['list-past-the-end'],
    'an answer that differs from the next',
  )
  const twice = await through(
    t,
    { request: ({ url }) => (url.includes('pageNum=999') ? json(502, {}) : undefined) },
    { only: ['list-past-the-end', 'query-empty-absent'] },
  )
  t.match(twice.evidence.ended, /answered 502, the second failure/)
})

test('a 503 that says when to come back is waited for, once', async (t) => {
  let refusals = 0
  const later = json(503, {}, [['retry-after', '30']])
  const { evidence, target } = await through(
    t,
    { request: ({ url }) => (url.includes('pageNum=999') && refusals++ === 0 ? later : undefined) },
    { level: 'read', only: ['list-past-the-end'] },
  )
  t.equal(evidence.ended, undefined)
  t.match(evidence.claims, [{ id: 'list-past-the-end', verdict: 'same' }])
  t.equal(target.clock.now() % 60_000, 30_000)
  const tooLong = await through(
    t,
    { request: ({ url }) => (url.includes('pageNum=999') ? json(503, {}, [['retry-after', '999']]) : undefined) },
    { only: ['list-past-the-end'] },
  )
  t.match(tooLong.evidence.ended, /answered 503, the second failure/)
  refusals = 0
  const strange = await through(
    t,
    { request: ({ method }) => (method === 'OPTIONS' && refusals++ === 0 ? later : undefined) },
    { level: 'read', only: ['options-answer'] },
  )
  t.match(strange.evidence.claims, [{ id: 'options-answer', verdict: 'same' }], 'without credentials too')
})

test('budget, time and a signal end a run', async (t) => {
  const target = await startTarget(t)
  const short = await run(target, target.url, { budget: 30 })
  t.match(short, { exitCode: 1, evidence: { requests: 30, ended: 'its budget of 30 requests is spent' } })
  const slow = await run(target, target.url, { pace: 10_000, timeout: 60_000 })
  t.match(slow, { exitCode: 1, evidence: { ended: 'its time is up' } })
  t.ok(slow.evidence.requests <= 8)
  const stop = new AbortController()
  stop.abort()
  const stopped = await run(target, target.url, { stop: stop.signal })
  t.match(stopped, { exitCode: 1, evidence: { ended: 'it was stopped', requests: 0 } })
})

/** A target that is more lenient than Atlas: it makes an endpoint of what ought to be refused. */
const lenient: Mutation = {
  request: (asked) =>
    is('POST', /privateEndpoints$/)(asked) && asked.body.includes('"vpcRegionName":7')
      ? { ...asked, body: Buffer.from('{"cloudProvider":"AWS","regionName":"US_EAST_1"}') }
      : undefined,
}

test('what a lenient target makes although it ought to refuse is found, deleted and ends the run', async (t) => {
  const { evidence, exitCode, verification, target, leftBehind, ledger } = await through(t, lenient, {
    only: ['attribute-wrong-type'],
  })
  t.equal(exitCode, 3)
  t.strictSame(claimsWith(verification, 'different'), ['attribute-wrong-type'])
  t.equal(evidence.ended, 'the target has taken what the emulator refuses')
  t.equal(evidence.exchanges.at(-1)?.probe, 'vpc-region-number')
  t.strictSame(await target.endpoints(), [])
  t.strictSame(leftBehind, [])
  t.notOk(existsSync(ledger))
})

test('a create whose answer is lost, fails or tells no id is looked for in the list, and deleted', async (t) => {
  for (const change of [
    (): Answered => json(500, {}),
    (): Answered => ({ status: 201, headers: [['content-type', 'text/html']], body: '<html>' }),
    (): Answered => ({ status: 302, headers: [], body: '' }),
    (): Answered => json(201, { id: 'no id' }),
  ]) {
    const { exitCode, target, leftBehind, ledger } = await through(
      t,
      {
        ...lenient,
        answer: (answered, asked) =>
          is('POST', /privateEndpoints$/)(asked) && answered.status === 201 ? change() : undefined,
      },
      { only: ['attribute-wrong-type'] },
    )
    t.strictSame(await target.endpoints(), [])
    t.strictSame(leftBehind, [])
    t.equal(exitCode, 3)
    t.notOk(existsSync(ledger))
  }
})

test('an endpoint that was there before is never taken for one that the run has made', async (t) => {
  const world = (await import('../../support/target.js')).targetWorld([
    { id: '6650b2e1d3ba5f2c8e0000d1', regionName: 'US_EAST_1', status: 'ACTIVE' },
  ])
  const target = await startTarget(t, { world })
  const lying = await mutant(t, target.url, [
    {
      request: (asked) =>
        is('POST', /privateEndpoints$/)(asked) && asked.body.includes('vpcRegionName')
          ? json(201, { id: '6650b2e1d3ba5f2c8e0000d1' })
          : undefined,
    },
  ])
  const { leftBehind } = await run(target, lying, {
    level: 'refuse',
    ledger: ledgerOf(t),
    only: ['attribute-wrong-type'],
  })
  t.strictSame(leftBehind, [])
  t.match(await target.endpoints(), [{ id: '6650b2e1d3ba5f2c8e0000d1', status: 'ACTIVE' }])
})

test('what others make meanwhile is not deleted, but told', async (t) => {
  const target = await startTarget(t)
  let isMade = false
  const url = await mutant(t, target.url, [
    {
      answer: (_, asked) => {
        if (asked.method === 'DELETE' && !isMade) {
          isMade = true
          void fetch(target.url + endpointsPath, { method: 'POST' })
        }
        return undefined
      },
    },
    {
      request: (asked) =>
        asked.url.startsWith(`${endpointsPath}?pageNum=1`) && isMade
          ? json(200, { results: [{ id: '6650b2e1d3ba5f2c8e0000ee', regionName: 'SA_EAST_1' }] })
          : undefined,
    },
  ])
  const { exitCode, leftBehind } = await run(target, url, {
    level: 'refuse',
    ledger: ledgerOf(t),
    only: ['export-bucket-delete-versions'],
  })
  t.equal(exitCode, 4)
  t.equal(leftBehind.length, 1)
  t.match(leftBehind[0], `${endpointsPath}"`)
  t.notMatch(leftBehind[0], 'DELETE')
})

test('level mutate wants an owner, an empty list and a confirmation', async (t) => {
  const { reader, someEndpoints, targetWorld } = await import('../../support/target.js')
  const target = await startTarget(t)
  const refused = async (options: Partial<VerifyOptions>, why: RegExp, url = target.url) => {
    const { evidence, exitCode } = await run(target, url, { level: 'mutate', ledger: ledgerOf(t), ...options })
    t.equal(exitCode, 1)
    t.match(evidence.ended, why)
    t.strictSame(evidence.exchanges, [])
  }
  await refused({ confirm: '6650b2e1d3ba5f2c8e0000ff' }, /was not confirmed/)
  await refused({ confirm: async (name) => name !== 'Storefront' }, /was not confirmed/)
  await refused({ credentials: reader }, /needs credentials of an owner/)
  const full = await startTarget(t, { world: targetWorld([...someEndpoints]) })
  await refused({}, /without private endpoints: it has 3/, full.url)
  const confirmed = await run(target, target.url, {
    level: 'mutate',
    ledger: ledgerOf(t),
    only: ['operation-create'],
    confirm: async (name) => name === 'Storefront',
  })
  t.equal(confirmed.exitCode, 0)
})

test('a ledger that cannot be written keeps creates from being sent', async (t) => {
  const target = await startTarget(t)
  await t.rejects(run(target, target.url, { level: 'mutate', ledger: '/none/ledger.json' }), {
    name: 'UsageError',
    message: /The ledger cannot be written/,
  })
  t.strictSame(await target.endpoints(), [])
})

test('a ledger of another run is not written over, and cleaning works it off', async (t) => {
  const target = await startTarget(t)
  const ledger = ledgerOf(t)
  const left = { ledger: 1, emulator: '0', against: target.url, project: shop, entries: [] as object[] }
  writeFileSync(ledger, JSON.stringify(left))
  await t.rejects(run(target, target.url, { level: 'refuse', ledger }), { name: 'UsageError', message: /--clean/ })
  const options = { credentials: key, pace: 0, time: target.time }
  t.strictSame(await clean(ledger, options), { leftBehind: [], deleted: 0 })
  t.notOk(existsSync(ledger))
  for (const text of ['', '{}', JSON.stringify({ ...left, entries: [{}] })]) {
    writeFileSync(ledger, text)
    await t.rejects(clean(ledger, options), { name: 'UsageError' })
  }
  await t.rejects(clean('/none', options), { name: 'UsageError' })
  t.ok(readFileSync(ledger))
})

test('options that are not allowed are told before anything is sent', async (t) => {
  const time = timeOf(new ManualClock())
  const cases: [Partial<VerifyOptions>, RegExp][] = [
    [{ against: 'nowhere' }, /^against/],
    [{ against: 'ftp://cloud.mongodb.com' }, /^against/],
    [{ against: 'https://user:pass@cloud.mongodb.com' }, /^against/],
    [{ against: 'https://cloud.mongodb.com/api' }, /^against/],
    [{ against: 'https://cloud.mongodb.com.example.org' }, /--any-host/],
    [{ against: 'https://evilmongodb.com' }, /--any-host/],
    [{ against: 'http://cloud.mongodb.com' }, /https alone/],
    [{ against: 'http://example.org', anyHost: true }, /https alone/],
    [{ project: 'x' }, /^project/],
    [{ level: 'all' as never }, /^level/],
    [{ level: 'mutate', region: 'MOON' }, /^region/],
    [{ level: 'mutate', region: undefined }, /^region/],
    [{ level: 'mutate', confirm: undefined }, /^confirm/],
    [{ only: ['no-such-claim'] }, /^only/],
    [{ budget: 0 }, /^budget/],
    [{ pace: -1 }, /^pace/],
    [{ timeout: 1.5 }, /^timeout/],
    [{ credentials: { publicKey: 'a' } as never }, /^credentials/],
    [{ credentials: { clientId: 'a', clientSecret: 'b\n' } }, /^credentials/],
    [{ credentials: undefined as never }, /^credentials/],
  ]
  for (const [options, message] of cases) {
    await t.rejects(
      run({ time }, 'https://cloud.mongodb.com', options),
      { name: 'UsageError', message },
      String(message),
    )
  }
})
