import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Test, test } from 'tap'
import { clean } from '../../../src/fidelity/verify/verify.js'
import { key, ledgerOf, mutant, shop, startTarget, targetWorld } from '../../support/target.js'

const list = `/api/atlas/v2/groups/${shop}/backup/AWS/privateEndpoints`
const id = '6650b2e1d3ba5f2c8e0000d1'
const active = targetWorld([{ id, regionName: 'US_EAST_1', status: 'ACTIVE' }])

/** The ledger of a run that was interrupted after it had sent a create, or knew what that had made. */
function interrupted(t: Test, against: string, entry: { state: 'sent' | 'made'; ids?: string[] }): string {
  const ledger = ledgerOf(t)
  const entries = [{ list, body: '{"regionName":"US_EAST_1"}', before: [], at: '', ids: [], ...entry }]
  writeFileSync(ledger, JSON.stringify({ ledger: 1, emulator: '0', against, project: shop, entries }))
  return ledger
}

test('an endpoint whose deletion ends in FAILED is deleted again', async (t) => {
  const target = await startTarget(t, { world: active, flags: ['--deletion', '30s'] })
  let deletions = 0
  const url = await mutant(t, target.url, [
    {
      request: ({ method }) => {
        if (method === 'DELETE') deletions += 1
        const isFailing = method === 'DELETE' && deletions < 3
        return isFailing ? { status: 204, headers: [], body: '' } : undefined
      },
      answer: (answered, { method }) =>
        method === 'GET' && deletions > 0 && deletions < 3
          ? { ...answered, body: answered.body.replace('ACTIVE', 'FAILED') }
          : undefined,
    },
  ])
  const ledger = interrupted(t, url, { state: 'made', ids: [id] })
  const start = target.clock.now()
  t.strictSame(await clean(ledger, { credentials: key, pace: 0, time: target.time }), { leftBehind: [], deleted: 1 })
  t.equal(deletions, 3)
  t.strictSame(await target.endpoints(), [])
  t.ok(target.clock.now() - start <= 60_000, 'within a minute, with pauses between')
})

test('of several things, the ledger keeps those that are not gone yet', async (t) => {
  const target = await startTarget(t, { world: active })
  const other = '6650b2e1d3ba5f2c8e0000d2'
  const url = await mutant(t, target.url, [
    { request: ({ url: asked }) => (asked.endsWith(other) ? { status: 429, headers: [], body: '' } : undefined) },
  ])
  const ledger = interrupted(t, url, { state: 'made', ids: [id, other] })
  const { leftBehind, deleted } = await clean(ledger, { credentials: key, pace: 0, time: target.time })
  t.match([leftBehind.length, leftBehind[0], deleted], [1, other, 0])
  t.match(JSON.parse(readFileSync(ledger, 'utf8')).entries, [{ state: 'made', ids: [other] }])
})

test('a list that cannot be read, or has something new without an id, is not known to be clean', async (t) => {
  const target = await startTarget(t, { world: active })
  for (const change of [{ status: 403, body: '{}' }, { body: '{"results":[{"regionName":"US_EAST_1"}]}' }]) {
    const url = await mutant(t, target.url, [
      {
        answer: (answered, { url: asked }) => (asked.startsWith(`${list}?`) ? { ...answered, ...change } : undefined),
      },
    ])
    const ledger = interrupted(t, url, { state: 'sent' })
    const { leftBehind } = await clean(ledger, { credentials: key, pace: 0, time: target.time })
    t.match(leftBehind, [new RegExp(`${list}"$`)])
  }
  t.equal((await target.endpoints()).length, 1)
})

test('a ledger that can no longer be written is told', async (t) => {
  const target = await startTarget(t, { world: active })
  let ledger = ''
  const url = await mutant(t, target.url, [
    {
      answer: (_, { method }) => {
        if (method === 'DELETE') rmSync(dirname(ledger), { recursive: true })
        return undefined
      },
    },
  ])
  ledger = interrupted(t, url, { state: 'made', ids: [id] })
  await t.rejects(clean(ledger, { credentials: key, pace: 0, time: target.time }), { code: 'ENOENT' })
})
