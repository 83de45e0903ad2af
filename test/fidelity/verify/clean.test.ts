import { writeFileSync } from 'node:fs'
import { test } from 'tap'
import { clean } from '../../../src/fidelity/verify/verify.js'
import { key, ledgerOf, mutant, shop, startTarget, targetWorld } from '../../support/target.js'

const list = `/api/atlas/v2/groups/${shop}/backup/AWS/privateEndpoints`
const id = '6650b2e1d3ba5f2c8e0000d1'

test('an endpoint whose deletion ends in FAILED is deleted again', async (t) => {
  const world = targetWorld([{ id, regionName: 'US_EAST_1', status: 'ACTIVE' }])
  const target = await startTarget(t, { world, flags: ['--deletion', '30s'] })
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
  const ledger = ledgerOf(t)
  const entries = [{ list, body: '{}', before: [], at: '', state: 'made', ids: [id] }]
  writeFileSync(ledger, JSON.stringify({ ledger: 1, emulator: '0', against: url, project: shop, entries }))
  const start = target.clock.now()
  t.strictSame(await clean(ledger, { credentials: key, pace: 0, time: target.time }), { leftBehind: [], deleted: 1 })
  t.equal(deletions, 3)
  t.strictSame(await target.endpoints(), [])
  t.ok(target.clock.now() - start <= 60_000, 'within a minute, with pauses between')
})
