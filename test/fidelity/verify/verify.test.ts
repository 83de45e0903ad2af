import { existsSync } from 'node:fs'
import { test } from 'tap'
import { verify } from '../../../src/fidelity/verify/verify.js'
import { key, ledgerOf, mutant, run, shop, startTarget, targetWorld } from '../../support/target.js'

test('a ledger is kept in the working directory unless another place is named', async (t) => {
  const home = process.cwd()
  process.chdir(t.testdir({}))
  t.teardown(() => process.chdir(home))
  const target = await startTarget(t)
  const seen = new Set<boolean>()
  const url = await mutant(t, target.url, [
    {
      request: ({ method }) => {
        if (method === 'DELETE') seen.add(existsSync('atlas-verify-ledger.json'))
        return undefined
      },
    },
  ])
  const { exitCode } = await run(target, url, { level: 'refuse', only: ['export-bucket-delete-versions'] })
  t.equal(exitCode, 0)
  t.strictSame([...seen], [true])
  t.notOk(existsSync('atlas-verify-ledger.json'))
})

test('an emulator that cannot be started ends the run as the mistake that it is, and leaves no ledger', async (t) => {
  const target = await startTarget(t)
  const ledger = ledgerOf(t)
  const options = { against: target.url, credentials: key, project: shop, pace: 0, time: target.time } as const
  const failing = () => Promise.reject(new TypeError('no port is free'))
  await t.rejects(verify({ ...options, level: 'refuse', ledger }, failing), new TypeError('no port is free'))
  t.notOk(existsSync(ledger))
})

test('a claim that no probe asks about is looked for in all answers', async (t) => {
  const target = await startTarget(t)
  const { evidence } = await run(target, target.url, { only: ['security-headers'], budget: 60 })
  t.match(evidence.claims, [{ id: 'security-headers', verdict: 'same' }])
  t.equal(evidence.ended, 'its budget of 60 requests is spent')
})

test('a report that would hold a secret is not made, and what is left behind is told all the same', async (t) => {
  const world = targetWorld()
  // As short a key as this stands in answers by chance.
  const weak = { ...key, privateKey: '4242' }
  const apiKeys = (world.apiKeys ?? []).map((one) => (one.publicKey === key.publicKey ? { ...one, ...weak } : one))
  const [first, ...others] = world.projects
  const projects = [{ ...(first as (typeof others)[number]), clusterCount: 4242 }, ...others]
  const target = await startTarget(t, { world: { ...world, projects, apiKeys } })
  const options = { credentials: weak, only: ['export-bucket-not-found'] }
  await t.rejects(run(target, target.url, options), { message: /^No report: it would hold a secret\.$/ })
  let looks = 0
  const url = await mutant(t, target.url, [
    {
      answer: (answered, { url: asked }) =>
        asked.includes('exportBuckets?pageNum=1&itemsPerPage=500') && looks++ > 0
          ? { ...answered, body: '{"results":[]}' }
          : undefined,
    },
  ])
  await t.rejects(run(target, url, { ...options, level: 'refuse', ledger: ledgerOf(t) }), {
    message: /^No report: it would hold a secret\. Left behind, or not known to be gone: curl .*exportBuckets"$/,
  })
})
