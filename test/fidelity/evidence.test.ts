import { test } from 'tap'
import { startExpectation } from '../../src/emulator.js'
import { contract } from '../../src/fidelity/contract.js'
import { checkEvidence } from '../../src/fidelity/verify/check.js'
import { datesOf, knownDifferences, unexplained } from '../../src/fidelity/verify/known.js'
import { evidence } from '../support/generated.js'

test('the evidence that is kept shows no difference but the known ones, and each known one', async (t) => {
  const replayed = []
  for (const { file, text } of evidence(new URL('../../', import.meta.url))) {
    replayed.push({ file, ...(await checkEvidence(text, file, startExpectation)) })
  }
  t.strictSame(unexplained(replayed, knownDifferences), [])
  for (const { reason } of knownDifferences) t.ok(reason.length > 10)
})

test('a difference without a reason, and a reason that excuses nothing, are told', async (t) => {
  const one = { file: 'a.json', date: '2026-12-01T00:00:00Z', host: 'cloud.mongodb.com' }
  const claims = [
    { id: 'json-dates', verdict: 'different' },
    { id: 'json-compact', verdict: 'different' },
    { id: 'group-not-found', verdict: 'same' },
  ] as const
  const known = [
    { file: 'a.json', claim: 'json-dates', reason: 'it is meant' },
    { file: 'a.json', claim: 'group-not-found', reason: 'it was mended' },
    { file: 'b.json', claim: 'json-compact', reason: 'it is another file' },
  ] as const
  t.strictSame(unexplained([{ ...one, claims }], known), [
    'a.json: json-compact differs, and no reason is known',
    'a.json: group-not-found does not differ, so its reason excuses nothing',
    'b.json: json-compact does not differ, so its reason excuses nothing',
  ])
})

test('the contract tells when a claim was compared last, and how that ended', async (t) => {
  const file = (date: string, verdict: 'same' | 'different' | 'not measured') => ({
    date: `${date}T01:02:03.000Z`,
    host: 'cloud.mongodb.com',
    claims: [{ id: 'json-dates', verdict }] as const,
  })
  const dates = datesOf([
    file('2026-12-03', 'not measured'),
    file('2026-12-02', 'same'),
    file('2026-12-01', 'different'),
  ])
  t.strictSame([...dates], [['json-dates', { date: '2026-12-02', host: 'cloud.mongodb.com', verdict: 'same' }]])
  t.match(contract(dates), /^- <a id="json-dates">.* Compared with cloud\.mongodb\.com on 2026-12-02: same\.$/m)
  t.notMatch(contract(new Map()), 'Compared with')
})
