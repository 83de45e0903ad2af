import { type Test, test } from 'tap'
import { startExpectation } from '../../../src/emulator.js'
import { checkEvidence } from '../../../src/fidelity/verify/check.js'
import { claimsWith, ledgerOf, run, startTarget } from '../../support/target.js'

const check = (evidence: unknown) => checkEvidence(JSON.stringify(evidence), 'kept.json', startExpectation)

/** A report of a run in which nothing differs. */
async function reported(t: Test, ...only: string[]) {
  const target = await startTarget(t)
  const verification = await run(target, target.url, { level: 'mutate', ledger: ledgerOf(t), only })
  t.equal(verification.exitCode, 0)
  return verification
}

test('a report that nobody’s run has written is told as such, by its name', async (t) => {
  const { evidence } = await reported(t, 'project-keys')
  const [exchange] = evidence.exchanges
  const request = exchange?.request
  for (const world of [
    'x',
    '{}',
    evidence.world.replace('"clusterCount":2', '"clusterCount":-2'),
    evidence.world.replace('‹project:2›', '‹project:1›'),
  ]) {
    t.not(world, evidence.world)
    const message = /^kept\.json tells of a world that the emulator cannot have: /
    await t.rejects(check({ ...evidence, world }), { name: 'UsageError', message }, world.slice(0, 40))
  }
  for (const change of [
    { findings: [{ claim: 'project-keys', verdict: 'instrument' }] },
    { request: { ...request, path: '/\u0001' } },
    { request: { ...request, method: 'CONNECT' } },
    { request: { ...request, headers: { accept: 'a\r\nb: c' } } },
    { request: { ...request, headers: { 'a:b': 'c' } } },
  ]) {
    const message = /^kept\.json is no report/
    await t.rejects(check({ ...evidence, exchanges: [{ ...exchange, ...change }] }), { name: 'UsageError', message })
  }
})

test('what a report names and its world does not have is nothing here', async (t) => {
  const { evidence } = await reported(t, 'project-keys')
  const [exchange] = evidence.exchanges
  const request = { ...exchange?.request, path: '/api/atlas/v2/groups/‹made:9›' }
  const world = evidence.world.replace('"region":"eu-west-1"', '"region":"‹ip›"')
  t.not(world, evidence.world)
  const replayed = await check({ ...evidence, world, exchanges: [{ ...exchange, request }] })
  t.match(replayed, { exitCode: 3, exchanges: [{ here: { status: 404 }, there: { status: 200 } }] })
})

test('what the target has made and this emulator refuses is a difference at every step that follows', async (t) => {
  const verification = await reported(t, 'operation-create', 'operation-get', 'operation-delete')
  t.equal(claimsWith(verification, 'same').length, 3)
  const { evidence } = verification
  const exchanges = evidence.exchanges.map((exchange) =>
    ['life-create', 'life-again'].includes(exchange.probe)
      ? { ...exchange, request: { ...exchange.request, body: exchange.request.body?.replace('EU_WEST_3', 'MOON_1') } }
      : exchange,
  )
  const replayed = await check({ ...evidence, exchanges })
  t.equal(replayed.exitCode, 3)
  const different = replayed.claims.filter(({ verdict }) => verdict === 'different').map(({ id }) => id)
  t.strictSame(different, claimsWith(verification, 'same'))
  const young = replayed.exchanges.find(({ probe }) => probe === 'life-young')
  t.match([young?.here?.status, young?.there?.status], [404, 200])
  const anew = replayed.exchanges.find(({ probe }) => probe === 'life-delete-young')
  t.match([anew?.here?.status, anew?.there?.status], [204, 204], 'the second one is made by both')
})
