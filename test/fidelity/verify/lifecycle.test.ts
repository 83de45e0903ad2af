import { test } from 'tap'
import { claimsWith, key, ledgerOf, mutant, run, shop, startTarget, targetWorld } from '../../support/target.js'

const endpointsPath = `/api/atlas/v2/groups/${shop}/backup/AWS/privateEndpoints`

test('an endpoint that takes too long to be made is found', async (t) => {
  const target = await startTarget(t, { flags: ['--provisioning', '10m'] })
  const verification = await run(target, target.url, {
    level: 'mutate',
    ledger: ledgerOf(t),
    only: ['endpoint-initiating-lasts'],
  })
  t.strictSame(claimsWith(verification, 'different'), ['endpoint-initiating-lasts'])
  t.strictSame(await target.endpoints(), [])
})

test('a second DELETE that is refused is found', async (t) => {
  const target = await startTarget(t)
  const deleted = new Set<string>()
  const url = await mutant(t, target.url, [
    {
      answer: (answered, { method, url }) => {
        if (method !== 'DELETE' || answered.status !== 204) return undefined
        if (deleted.has(url)) return { status: 409, headers: [['content-type', 'application/json']], body: '{}' }
        deleted.add(url)
        return undefined
      },
    },
  ])
  const verification = await run(target, url, { level: 'mutate', ledger: ledgerOf(t), only: ['endpoint-delete-twice'] })
  t.strictSame(claimsWith(verification, 'different'), ['endpoint-delete-twice'])
})

test('an endpoint that must not be deleted while it is made is found, and deleted later', async (t) => {
  const world = targetWorld()
  const target = await startTarget(t, { world: { ...world, lifecycle: { deletable: 'settled' } } })
  const verification = await run(target, target.url, {
    level: 'mutate',
    ledger: ledgerOf(t),
    only: ['endpoint-delete-initiating'],
  })
  t.strictSame(claimsWith(verification, 'different'), ['endpoint-delete-initiating'])
  t.equal(verification.exitCode, 3)
  t.strictSame(await target.endpoints(), [])
})

test('an endpoint that never goes is found, and told with the command that deletes it', async (t) => {
  const target = await startTarget(t, { flags: ['--deletion', '500h'] })
  const ledger = ledgerOf(t)
  const verification = await run(target, target.url, {
    level: 'mutate',
    ledger,
    only: ['endpoint-deleting-until-gone'],
  })
  t.ok(claimsWith(verification, 'different').includes('endpoint-deleting-until-gone'))
  t.equal(verification.exitCode, 4)
  t.equal((await target.endpoints()).length, 1)
  t.match(verification.leftBehind[0], `--request DELETE "${target.url}${endpointsPath}/`)
  t.notMatch(verification.leftBehind.join(), key.privateKey)
})

test('an endpoint for which the run has no time is no difference', async (t) => {
  const slow = await startTarget(t, { flags: ['--provisioning', 'manual'] })
  const options = { level: 'mutate', timeout: 60_000 } as const
  const made = await run(slow, slow.url, { ...options, ledger: ledgerOf(t), only: ['endpoint-initiating-lasts'] })
  t.match(made.evidence.claims, [{ verdict: 'not measured', reason: 'the run had no time to wait for it' }])
  t.equal(made.evidence.ended, 'the endpoint stayed INITIATING')
  t.equal(made.exitCode, 1)
  t.strictSame(await slow.endpoints(), [])
  const lasting = await startTarget(t, { flags: ['--provisioning', '0s', '--deletion', '100s'] })
  const gone = await run(lasting, lasting.url, { ...options, ledger: ledgerOf(t), only: ['endpoint-not-found'] })
  t.strictSame(claimsWith(gone, 'different'), [])
  t.match(gone.evidence.exchanges.at(-1), { probe: 'life-gone', unmeasured: /no time to wait until it is gone/ })
  t.equal(gone.evidence.ended, 'the endpoint that was deleted does not go')
  t.equal(gone.exitCode, 1)
  t.strictSame(await lasting.endpoints(), [], 'and it is deleted after the run')
})

test('a target that does not delete shows nothing of deletions, and what was made is deleted once it does', async (t) => {
  const target = await startTarget(t)
  let refusals = 0
  const url = await mutant(t, target.url, [
    {
      request: ({ method, url: asked }) =>
        method === 'DELETE' && asked.startsWith(endpointsPath) && refusals++ === 0
          ? { status: 403, headers: [['content-type', 'application/json']], body: '{}' }
          : undefined,
    },
  ])
  const verification = await run(target, url, {
    level: 'mutate',
    ledger: ledgerOf(t),
    only: ['operation-delete', 'endpoint-deleting-until-gone', 'endpoint-delete-twice'],
  })
  t.strictSame(claimsWith(verification, 'different'), ['operation-delete'])
  t.equal(verification.evidence.ended, 'the target did not delete the endpoint')
  t.equal(verification.exitCode, 3)
  t.strictSame(await target.endpoints(), [])
})

test('a deletion that ends in FAILED, as it may, is no difference', async (t) => {
  const target = await startTarget(t)
  let deletions = 0
  let looks = 0
  const url = await mutant(t, target.url, [
    {
      answer: (answered, { method, url: asked }) => {
        if (!asked.startsWith(`${endpointsPath}/`)) return undefined
        if (method === 'DELETE') deletions += 1
        // The first look after the first DELETE finds it DELETING, later ones FAILED until it is deleted for the third time.
        if (method !== 'GET' || deletions < 1 || deletions > 2 || looks++ === 0) return undefined
        return { ...answered, body: answered.body.replace('DELETING', 'FAILED') }
      },
    },
  ])
  const verification = await run(target, url, {
    level: 'mutate',
    ledger: ledgerOf(t),
    only: ['endpoint-deleting-until-gone'],
  })
  t.strictSame(claimsWith(verification, 'different'), [])
  t.match(verification.evidence.exchanges.at(-1), { probe: 'life-gone', unmeasured: 'its deletion ended in FAILED' })
  t.equal(deletions, 3)
  t.strictSame(await target.endpoints(), [])
})

test('a second endpoint in the same place, which ought to be refused, ends the life and is deleted too', async (t) => {
  const target = await startTarget(t)
  let creates = 0
  const url = await mutant(t, target.url, [
    {
      request: (asked) =>
        asked.method === 'POST' && asked.url === endpointsPath && creates++ === 1
          ? { ...asked, body: Buffer.from('{"cloudProvider":"AWS","regionName":"SA_EAST_1"}') }
          : undefined,
    },
  ])
  const verification = await run(target, url, { level: 'mutate', ledger: ledgerOf(t), only: ['endpoint-exists'] })
  t.strictSame(claimsWith(verification, 'different'), ['endpoint-exists'])
  t.equal(verification.evidence.ended, 'the target has taken what the emulator refuses')
  t.strictSame(verification.leftBehind, [])
  t.strictSame(await target.endpoints(), [])
})

test('an endpoint that is told without its status is a difference, and nothing more is said of its life', async (t) => {
  const target = await startTarget(t)
  for (const body of ['[]', '{"status":7}']) {
    let looks = 0
    const url = await mutant(t, target.url, [
      {
        answer: (answered, { method, url: asked }) =>
          method === 'GET' && asked.startsWith(`${endpointsPath}/`) && answered.status === 200 && looks++ === 0
            ? { ...answered, body }
            : undefined,
      },
    ])
    const verification = await run(target, url, {
      level: 'mutate',
      ledger: ledgerOf(t),
      only: ['operation-get', 'endpoint-settles', 'operation-delete'],
    })
    t.strictSame(claimsWith(verification, 'different'), ['operation-get'])
    t.equal(verification.evidence.ended, 'the target did not tell what has become of the endpoint')
    t.strictSame(await target.endpoints(), [])
  }
})
