import { test } from 'tap'
import { EmulatorControl } from '../../src/control/client.js'
import { claims, labels } from '../../src/fidelity/claims.js'
import { start } from '../support/emulator.js'

test('every rule is told with its sources, and how many have each label', async (t) => {
  const { command } = await start(t)
  const answer = await command('GET', '/fidelity')
  t.equal(answer.statusCode, 200)
  const { counts, claims: told } = answer.json()
  t.strictSame(told, JSON.parse(JSON.stringify(claims)))
  t.strictSame(Object.keys(counts), Object.keys(labels))
  for (const label of Object.keys(labels)) {
    t.equal(counts[label], claims.filter((claim) => claim.label === label).length, label)
  }
})

test('rules are found by label and by id', async (t) => {
  const { command } = await start(t)
  const all = (await command('GET', '/fidelity')).json()
  const chosen = (await command('GET', '/fidelity?label=chosen')).json()
  t.strictSame(chosen.counts, all.counts)
  t.equal(chosen.claims.length, all.counts.chosen)
  t.ok(chosen.claims.every(({ label }: { label: string }) => label === 'chosen'))
  const one = (await command('GET', '/fidelity?id=challenge-shape')).json()
  t.match(one.claims, [
    { id: 'challenge-shape', section: 'Credentials', label: 'observed', sources: [{ link: String }] },
  ])
  t.equal(one.claims.length, 1)
  t.strictSame((await command('GET', '/fidelity?id=challenge-shape&label=chosen')).json().claims, [])
})

test('a label, an id or a parameter that does not exist is refused', async (t) => {
  const { command } = await start(t)
  for (const [name, value] of [
    ['label', 'guessed'],
    ['id', 'no-such-rule'],
    ['section', 'Errors'],
  ] as const) {
    const answer = await command('GET', `/fidelity?${name}=${value}`)
    t.equal(answer.statusCode, 400, name)
    t.match(answer.json(), { errors: [{ parameter: name }] })
  }
})

test('the client asks for all rules, or for some', async (t) => {
  const { emulator } = await start(t)
  const control = new EmulatorControl(await emulator.listen())
  t.equal((await control.fidelity()).claims.length, claims.length)
  t.match(await control.fidelity({ id: 'json-dates' }), { claims: [{ id: 'json-dates' }] })
  t.ok((await control.fidelity({ label: 'observed' })).claims.length < claims.length)
  await t.rejects(control.fidelity({ id: 'x' }), { name: 'EmulatorControlError', message: /the id of a rule/ })
})
