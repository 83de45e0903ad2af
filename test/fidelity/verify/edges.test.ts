import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { test } from 'tap'
import { startExpectation } from '../../../src/emulator.js'
import { checkEvidence } from '../../../src/fidelity/verify/check.js'
import { Ledger } from '../../../src/fidelity/verify/ledger.js'
import type { Probe } from '../../../src/fidelity/verify/probe.js'
import { Redactor, Secrets } from '../../../src/fidelity/verify/redaction.js'
import { References } from '../../../src/fidelity/verify/references.js'
import { Run } from '../../../src/fidelity/verify/run.js'
import { Sender } from '../../../src/fidelity/verify/sender.js'
import { clean, realTime } from '../../../src/fidelity/verify/verify.js'
import { verify } from '../../../src/index.js'
import { ManualClock } from '../../support/emulator.js'
import {
  account,
  claimsWith,
  key,
  ledgerOf,
  listening,
  mutant,
  run,
  shop,
  startTarget,
  targetWorld,
  timeOf,
} from '../../support/target.js'

const endpoints = `/api/atlas/v2/groups/${shop}/backup/AWS/privateEndpoints`
test('a reference that nobody knows stays, and a number alone is told by its length', async (t) => {
  const references = new References()
  t.equal(references.fill('/‹project:1›/‹nobody›'), '/‹project:1›/deadbeefdeadbeefdeadbeef')
  t.equal(new Redactor(new Secrets(), references).json('12345678901'), '"‹number:11›"')
})

test('real time passes, and is called off', async (t) => {
  const start = realTime.now()
  await realTime.wait(5, new AbortController().signal)
  t.ok(realTime.now() - start >= 4)
  const stop = new AbortController()
  const waiting = realTime.wait(3_600_000, stop.signal)
  stop.abort()
  await waiting
  await realTime.wait(3_600_000, stop.signal)
})

test('verify is called from code', async (t) => {
  const { url } = await startTarget(t)
  const { exitCode, evidence } = await verify({
    against: url,
    credentials: key,
    project: shop,
    only: ['group-not-found'],
    pace: 0,
  })
  t.equal(exitCode, 0)
  t.match(evidence.claims, [{ id: 'group-not-found', verdict: 'same' }])
})

test('a request under way is given up when the run is stopped', async (t) => {
  const stop = new AbortController()
  const url = await listening(
    t,
    createServer(() => stop.abort()),
  )
  const { evidence, exitCode } = await run({ time: timeOf(new ManualClock()) }, url, { stop: stop.signal })
  t.equal(exitCode, 1)
  t.equal(evidence.ended, 'No answer: stopped')
})

test('a token that runs out is got again', async (t) => {
  const target = await startTarget(t, { flags: ['--token-lifetime', '1m'] })
  const { exitCode, evidence } = await run(target, target.url, {
    credentials: account,
    pace: 10_000,
    only: ['project-keys', 'group-not-found'],
  })
  t.equal(exitCode, 0)
  t.equal(evidence.ended, undefined)
})

test('a report of a run that got nowhere can be replayed, and shows nothing', async (t) => {
  const { evidence } = await run(
    { time: timeOf(new ManualClock()) },
    await listening(
      t,
      createServer((_, response) => response.destroy()),
    ),
  )
  t.match(await checkEvidence(JSON.stringify(evidence), 'e.json', startExpectation), { exitCode: 1, exchanges: [] })
})

test('a report whose probes have other names today, and whose claims are gone, is replayed as far as it can be', async (t) => {
  const endpoint = { regionName: 'US_EAST_1', status: 'FAILED', errorMessage: 'No route from 10.0.0.7.' } as const
  const target = await startTarget(t, { world: targetWorld([endpoint]) })
  const { evidence } = await run(target, target.url, {
    only: ['group-not-found', 'endpoint-fields', 'endpoint-not-found'],
  })
  t.equal(evidence.ended, undefined)
  const old = JSON.parse(
    JSON.stringify(evidence)
      .replaceAll('"probe":"project-unknown"', '"probe":"old-name"')
      .replace('"claims":["group-not-found"]', '"claims":["no-claim-any-more","group-not-found"]'),
  )
  const { exitCode, exchanges } = await checkEvidence(JSON.stringify(old), 'e.json', startExpectation)
  t.equal(exitCode, 0)
  t.match(exchanges.find(({ probe }) => probe === 'old-name')?.claims, ['group-not-found'])
})

test('projects without end are not read to their end', async (t) => {
  const target = await startTarget(t)
  const url = await mutant(t, target.url, [
    {
      answer: (answered, { url: asked }) => {
        if (!/\/groups\?pageNum=\d+&itemsPerPage=500/.test(asked)) return undefined
        const { results, ...page } = JSON.parse(answered.body)
        return {
          ...answered,
          body: JSON.stringify({ ...page, results: Array.from({ length: 500 }, () => results[0] ?? {}) }),
        }
      },
    },
  ])
  const { evidence } = await run(target, url, { only: ['project-list-order', 'role-visible-projects'] })
  t.match(
    evidence.claims,
    [{ id: 'project-list-order', verdict: 'not measured' }, { id: 'role-visible-projects' }].reverse(),
  )
  t.match(evidence.claims.find(({ id }) => id === 'role-visible-projects')?.reason, /too many projects/)
})

test('where the target does not tell the roles, what the project shows stands for them', async (t) => {
  const target = await startTarget(t)
  for (const body of [
    '{}',
    '{"apiKey":{"roles":[{"roleName":"GROUP_OWNER","groupId":"elsewhere"},{"roleName":"NEW","orgId":"x"}]}}',
  ]) {
    const url = await mutant(t, target.url, [
      { answer: (answered, { url: asked }) => (asked === '/api/atlas/v2' ? { ...answered, body } : undefined) },
    ])
    const verification = await run(target, url, { only: ['operation-list', 'project-read'] })
    t.equal(verification.exitCode, 0)
  }
})

test('an endpoint that is made and gone at once shows what it can', async (t) => {
  const target = await startTarget(t, { flags: ['--provisioning', '0s', '--deletion', '0s'] })
  const verification = await run(target, target.url, {
    level: 'mutate',
    ledger: ledgerOf(t),
    only: ['operation-get', 'operation-delete', 'endpoint-delete-twice', 'endpoint-initiating-lasts'],
  })
  t.equal(verification.exitCode, 0)
  t.strictSame(claimsWith(verification, 'same'), ['operation-delete'])
  t.match(
    verification.evidence.claims.find(({ id }) => id === 'operation-get')?.reason,
    /no private endpoint|INITIATING no more/,
  )
  t.strictSame(await target.endpoints(), [])
})

test('an endpoint that goes between two looks shows nothing of a second DELETE', async (t) => {
  const world = { ...targetWorld(), lifecycle: { deletion: { reads: 1 } } }
  const target = await startTarget(t, { world })
  const verification = await run(target, target.url, {
    level: 'mutate',
    ledger: ledgerOf(t),
    only: ['endpoint-delete-twice'],
  })
  t.match(verification.evidence.claims, [
    { verdict: 'not measured', reason: 'it was DELETING no more when it was deleted again' },
  ])
  const other = await startTarget(t)
  const deleted = new Set<string>()
  const url = await mutant(t, other.url, [
    {
      answer: (answered, { method, url: asked }) => {
        if (method !== 'DELETE' || answered.status !== 204) return undefined
        const isAgain = deleted.has(asked)
        deleted.add(asked)
        return isAgain ? { ...answered, status: 404, body: '' } : undefined
      },
    },
  ])
  const denied = await run(other, url, { level: 'mutate', ledger: ledgerOf(t), only: ['endpoint-delete-twice'] })
  t.strictSame(claimsWith(denied, 'different'), ['endpoint-delete-twice'])
})

test('an endpoint that is never made, and one that is refused, end its life', async (t) => {
  const target = await startTarget(t, { flags: ['--provisioning', 'manual'] })
  const stuck = await run(target, target.url, {
    level: 'mutate',
    ledger: ledgerOf(t),
    only: ['endpoint-initiating-lasts'],
  })
  t.strictSame(claimsWith(stuck, 'different'), ['endpoint-initiating-lasts'])
  t.equal(stuck.evidence.ended, 'the endpoint stayed INITIATING')
  t.strictSame(await target.endpoints(), [])
  for (const [status, body] of [
    [403, '{"errorCode":"X"}'],
    [201, '<html>'],
    [201, '{"id":7}'],
    [500, '{}'],
    [0, ''],
  ] as const) {
    const url = await mutant(t, target.url, [
      {
        request: ({ method, url: asked }) =>
          method === 'POST' && asked === endpoints
            ? { status, headers: [['content-type', 'text/plain']], body }
            : undefined,
      },
    ])
    const refused = await run(target, url, { level: 'mutate', ledger: ledgerOf(t), only: ['operation-create'] })
    t.not(refused.exitCode, 0, String(status))
    t.strictSame(refused.leftBehind, [])
    t.strictSame(await target.endpoints(), [])
  }
})

test('a create that the target takes in an envelope is deleted, and one whose connection breaks is looked for', async (t) => {
  const target = await startTarget(t)
  const id = '6650b2e1d3ba5f2c8e0000ee'
  const asked: string[] = []
  const enveloped = await mutant(t, target.url, [
    {
      request: ({ method, url }) => {
        if (method === 'GET' && url.endsWith(id)) asked.push(url)
        const isCreate = method === 'POST' && url.startsWith(`${endpoints}?envelope=true`)
        return isCreate
          ? {
              status: 200,
              headers: [['content-type', 'application/json']],
              body: `{"content":{"id":"${id}"},"status":201}`,
            }
          : undefined
      },
    },
  ])
  const taken = await run(target, enveloped, {
    level: 'refuse',
    ledger: ledgerOf(t),
    only: ['pretty-envelope-everywhere'],
  })
  t.equal(taken.exitCode, 3)
  t.strictSame(asked, [`${endpoints}/${id}`], 'what the answer names is looked for')
  for (const path of [endpoints, '/api/atlas/v2/groups/deadbeefdeadbeefdeadbeef/backup/AWS/privateEndpoints']) {
    const broken = await mutant(t, target.url, [
      {
        request: ({ method, url, headers }) =>
          method === 'POST' && url === path && headers.authorization ? { status: 0, headers: [], body: '' } : undefined,
      },
    ])
    const ledger = ledgerOf(t)
    const { exitCode, leftBehind } = await run(target, broken, {
      level: 'refuse',
      ledger,
      only: ['body-malformed', 'group-not-found'],
    })
    // Where nothing can be made, a single failure is passed over.
    t.equal(exitCode, path === endpoints ? 1 : 0)
    t.strictSame(leftBehind, [])
    t.notOk(existsSync(ledger))
  }
})

test('cleaning does not take what others have made for what a lost create has', async (t) => {
  const target = await startTarget(t, { world: targetWorld([{ regionName: 'US_EAST_1', status: 'ACTIVE' }]) })
  const ledger = ledgerOf(t)
  const entry = (body: string) => ({ list: endpoints, body, before: [], at: '', state: 'sent', ids: [] })
  const bodies = [
    '{"cloudProvider":',
    '[]',
    '{}',
    '{"cloudProvider":"AWS"}',
    '{"cloudProvider":"AWS","regionName":"EU_WEST_1"}',
    '{"regionName":7}',
  ]
  writeFileSync(
    ledger,
    JSON.stringify({ ledger: 1, emulator: '0', against: target.url, project: shop, entries: bodies.map(entry) }),
  )
  t.strictSame(await clean(ledger, { credentials: key, pace: 0, time: target.time }), { leftBehind: [], deleted: 0 })
  t.equal((await target.endpoints()).length, 1)
})

test('a create whose list cannot be read is not sent, and an error of the program’s own is not a measurement', async (t) => {
  const target = await startTarget(t)
  const references = new References()
  references.add('‹project:1›', shop)
  const secrets = new Secrets()
  let measured: Run | undefined
  const stop = new AbortController().signal
  const options = {
    base: new URL(target.url),
    credentials: key,
    secrets,
    time: target.time,
    stop,
    budget: 100,
    pace: 0,
    until: Number.POSITIVE_INFINITY,
    patience: 5000,
  }
  const sender = new Sender(options, () => ({ level: 'refuse', project: shop, ...(measured as Run).permit }))
  t.teardown(() => sender.close())
  const here = new Sender(options, undefined)
  t.teardown(() => here.close())
  const side = (of: Sender) => ({ sender: of, references, redactor: new Redactor(secrets, references) })
  const ledger = Ledger.start(ledgerOf(t), { emulator: '0', against: target.url, project: shop })
  measured = new Run({ here: side(here), there: side(sender), has: new Set(), ledger, before: new Map(), now: () => 0 })
  const probe: Probe = {
    id: 'x',
    level: 'refuse',
    claims: ['body-malformed'],
    method: 'POST',
    path: '/api/atlas/v2/groups/‹project:1›/backup/AWS/privateEndpoints',
    identity: 'own',
    headers: { accept: 'application/vnd.atlas.2025-03-12+json', 'content-type': 'application/json' },
    body: '{',
  }
  await measured.measure(probe)
  t.match(measured.exchanges, [{ probe: 'x', findings: [], unmeasured: 'not sent: the ledger does not have it' }])
  await t.rejects(
    measured.attempt(probe, undefined, async () => {
      throw new TypeError('a mistake')
    }),
    { message: 'a mistake' },
  )
})

test('a run that a sender has ended says why, whatever comes of it', async (t) => {
  const side = (ended: string | undefined) =>
    ({ sender: { ended } }) as unknown as ConstructorParameters<typeof Run>[0]['here']
  const run = (ended: string | undefined) =>
    new Run({
      here: side(undefined),
      there: side(ended),
      has: new Set(),
      ledger: undefined,
      before: new Map(),
      now: () => 0,
    })
  const [stopped, going] = [run('it was stopped'), run(undefined)]
  for (const one of [stopped, going]) one.end('the target did not delete the endpoint')
  going.end('another reason')
  t.equal(stopped.ended, 'it was stopped')
  t.equal(going.ended, 'the target did not delete the endpoint')
})
