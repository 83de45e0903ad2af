import { existsSync, readFileSync } from 'node:fs'
import { type Test, test } from 'tap'
import { startExpectation } from '../../../src/emulator.js'
import { claims } from '../../../src/fidelity/claims.js'
import { checkEvidence } from '../../../src/fidelity/verify/check.js'
import { lifeProbes } from '../../../src/fidelity/verify/lifecycle.js'
import { probes, unasked } from '../../../src/fidelity/verify/probes.js'
import type { VerifyOptions } from '../../../src/fidelity/verify/verify.js'
import type { Fixture } from '../../../src/fixture/schema.js'
import { defaultWorld } from '../../support/emulator.js'
import {
  account,
  claimsWith,
  type key,
  ledgerOf,
  reader,
  run,
  someEndpoints,
  startTarget,
  targetWorld,
} from '../../support/target.js'

/** Claims that were the same in one of the runs below. */
const measured = new Set<string>()

/** Runs verify against an emulator, which answers as it does itself; live, and once more from the report alone. */
async function compare(t: Test, options: Partial<VerifyOptions>, world?: Fixture) {
  const target = await startTarget(t, world ? { world } : {})
  const ledger = ledgerOf(t)
  const verification = await run(target, target.url, { ledger, ...options })
  const { evidence, exitCode, leftBehind } = verification
  const found = evidence.exchanges.flatMap(({ probe, findings }) =>
    findings.filter(({ verdict }) => verdict !== 'same').map((finding) => ({ probe, ...finding })),
  )
  t.strictSame(found, [])
  t.equal(evidence.ended, undefined)
  t.equal(exitCode, 0)
  t.strictSame(leftBehind, [])
  t.notOk(existsSync(ledger), 'the ledger is worked off')
  t.equal((await target.endpoints()).length, world?.projects[0]?.privateEndpoints?.length ?? 0)
  for (const claim of claimsWith(verification, 'same')) measured.add(claim)
  const replayed = await checkEvidence(JSON.stringify(evidence), 'evidence.json', startExpectation)
  t.strictSame(
    replayed.claims.filter(({ verdict }) => verdict === 'different' || verdict === 'instrument'),
    [],
  )
  t.equal(replayed.exitCode, 0)
  t.strictSame(
    replayed.claims.filter(({ verdict }) => verdict === 'same').map(({ id }) => id),
    claimsWith(verification, 'same'),
    'a replay shows what the run has shown',
  )
  return verification
}

test('an emulator is the same as another at level read, and is sent nothing that could change it', async (t) => {
  const { evidence } = await compare(t, { level: 'read' }, targetWorld([...someEndpoints]))
  const changing = evidence.exchanges.filter(
    ({ request: { method, identity, path } }) =>
      identity === 'own' && !['GET', 'HEAD', 'OPTIONS'].includes(method) && !path.startsWith('/api/oauth/'),
  )
  t.strictSame(changing, [])
})

test('an emulator is the same as another at level refuse', async (t) => {
  await compare(t, { level: 'refuse' })
})

test('an emulator is the same as another at level mutate, with a service account, and nothing is left there', async (t) => {
  const { evidence } = await compare(t, { level: 'mutate', credentials: account })
  t.equal(evidence.credentials, 'service account')
  t.ok(evidence.requests < 400, `${evidence.requests} requests are within the budget`)
})

test('a reader of the project sees the same refusals, and is asked nothing that takes an owner', async (t) => {
  const { evidence } = await compare(t, { level: 'refuse', credentials: reader })
  t.equal(evidence.role, 'another')
})

test('the ready-made worlds are the same, as whoever tries verify with an emulator finds', async (t) => {
  const world = defaultWorld()
  const project = world.projects[0]?.id as string
  const { publicKey, privateKey } = world.apiKeys[0] as typeof key
  const apiKey = { publicKey, privateKey }
  await compare(t, { level: 'mutate', credentials: apiKey, project, confirm: project }, world)
  const file = JSON.parse(readFileSync(new URL('../../../fixtures/demo.json', import.meta.url), 'utf8')) as Fixture
  const owner = file.apiKeys?.find(({ publicKey }) => publicKey === 'nwowners') as typeof key
  const credentials = { publicKey: owner.publicKey, privateKey: owner.privateKey }
  const target = await startTarget(t, { world: file })
  for (const { id } of file.projects.filter(({ orgId }) => orgId === file.organizations[0]?.id)) {
    const verification = await run(target, target.url, {
      level: 'refuse',
      credentials,
      project: id,
      ledger: ledgerOf(t),
    })
    t.strictSame([...claimsWith(verification, 'different'), ...claimsWith(verification, 'instrument')], [], id)
  }
})

test('long lists are streamed by both, and compared whole', async (t) => {
  const world = targetWorld()
  const [first] = world.projects
  const many = Array.from({ length: 60 }, (_, i) => ({
    id: `6650b2e1d3ba5f2c8e01${String(i).padStart(4, '0')}`,
    orgId: first?.orgId as string,
    name: `Project ${i % 2 ? 'a' : 'Z'} ${i}`,
  }))
  await compare(
    t,
    { only: ['project-read', 'long-body-streamed'] },
    {
      ...world,
      projects: [...world.projects, ...many],
      apiKeys: world.apiKeys?.map((apiKey) => ({
        ...apiKey,
        roles: [...apiKey.roles, ...many.map(({ id }) => ({ roleName: 'GROUP_READ_ONLY' as const, groupId: id }))],
      })) as NonNullable<Fixture['apiKeys']>,
    },
  )
})

test('every claim is measured by a run, or has a reason why no question is asked about it', async (t) => {
  const asked = new Set([...probes, ...Object.values(lifeProbes('X'))].flatMap(({ claims: of }) => [...of]))
  t.strictSame(
    claims.filter(({ id }) => !measured.has(id) && !(id in unasked)).map(({ id }) => id),
    [],
  )
  t.strictSame(
    Object.keys(unasked).filter((id) => asked.has(id as never) || measured.has(id)),
    [],
  )
})

test('the id of a probe is its own', async (t) => {
  const ids = [...probes, ...Object.values(lifeProbes('X'))].map(({ id }) => id)
  t.strictSame([...new Set(ids)], ids)
})
