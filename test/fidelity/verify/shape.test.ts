import { test } from 'tap'
import { claimsWith, ledgerOf, mutant, run, shop, startTarget, targetWorld } from '../../support/target.js'

const project = `/api/atlas/v2/groups/${shop}`

test('a target whose world contradicts itself ends the run with the reason, without ids', async (t) => {
  const endpoint = { regionName: 'US_EAST_1', vpcRegionName: 'US_EAST_1', status: 'ACTIVE' } as const
  const id = '6650b2e1d3ba5f2c8e0000d1'
  const target = await startTarget(t, { world: targetWorld([{ ...endpoint, id }]) })
  for (const [another, why] of [
    ['6650b2e1d3ba5f2c8e0000d2', 'found a second endpoint for US_EAST_1 US_EAST_1'],
    [id, 'found "‹endpoint:1›", which another entry has'],
  ] as const) {
    const url = await mutant(t, target.url, [
      {
        answer: (answered, { url: asked }) => {
          if (!asked.startsWith(`${project}/backup/AWS/privateEndpoints?`)) return undefined
          const { results, ...page } = JSON.parse(answered.body)
          return { ...answered, body: JSON.stringify({ ...page, results: [...results, { ...endpoint, id: another }] }) }
        },
      },
    ])
    const ledger = ledgerOf(t)
    const { evidence, exitCode, leftBehind } = await run(target, url, { level: 'refuse', ledger })
    t.equal(exitCode, 1)
    t.match(evidence.ended, /^the emulator cannot be made like the target: \/projects\/0\/privateEndpoints\/1/)
    t.match(evidence.ended, why)
    t.notMatch(evidence.ended, another)
    t.strictSame(leftBehind, [])
  }
})

test('a project whose name can be written in no path is compared all the same', async (t) => {
  const target = await startTarget(t)
  const url = await mutant(t, target.url, [
    {
      answer: (answered, { url: asked }) =>
        asked === project ? { ...answered, body: answered.body.replace('Storefront', '\\ud800 shop') } : undefined,
    },
  ])
  const verification = await run(target, url, { only: ['project-keys', 'group-not-found'] })
  t.equal(verification.evidence.ended, undefined)
  t.strictSame(claimsWith(verification, 'same'), ['group-not-found'])
})

test('what the target does not let see is not asked about', async (t) => {
  const target = await startTarget(t)
  const hidden = new RegExp(`^(?:${project}/(?:backup/exportBuckets|cloudProviderAccess)|/api/atlas/v2/orgs)`)
  const url = await mutant(t, target.url, [
    {
      answer: (answered, { url: asked, headers }) =>
        headers.authorization && hidden.test(asked) ? { ...answered, status: 403, body: '{}' } : undefined,
    },
  ])
  const only = ['export-bucket-keys', 'access-role-list', 'organization-read', 'project-keys']
  const { evidence, exitCode } = await run(target, url, { only })
  t.equal(exitCode, 0)
  t.match(Object.fromEntries(evidence.claims.map(({ id, reason }) => [id, reason])), {
    'export-bucket-keys': 'the project’s export buckets cannot be listed whole',
    'access-role-list': 'the project’s cloud provider access roles cannot be listed',
    'organization-read': 'the credentials do not see the organization',
    'project-keys': undefined,
  })
})

test('an organization without an id and a name, and a status that is none, are differences', async (t) => {
  const target = await startTarget(t)
  const url = await mutant(t, target.url, [
    {
      answer: (answered, { url: asked }) => {
        if (asked === '/api/atlas/v2') return { ...answered, body: '[]' }
        if (/\/orgs\/[0-9a-f]+$/.test(asked)) return { ...answered, body: answered.body.replace('Nile Trading', ' ') }
        return undefined
      },
    },
  ])
  const verification = await run(target, url, { only: ['organization-version', 'system-status', 'group-not-found'] })
  t.strictSame(claimsWith(verification, 'different').sort(), ['organization-version', 'system-status'])
  const nameless = await mutant(t, target.url, [
    {
      answer: (answered, { url: asked }) =>
        asked === project ? { ...answered, body: answered.body.replace(/"orgId":"\w+"/, '"orgId":null') } : undefined,
    },
  ])
  const other = await run(target, nameless, { only: ['project-keys'] })
  t.strictSame(claimsWith(other, 'different'), ['project-keys'])
})
