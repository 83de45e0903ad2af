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
