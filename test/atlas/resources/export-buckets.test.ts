import { test } from 'tap'
import type { Fixture } from '../../../src/fixture/schema.js'
import { World } from '../../../src/world/world.js'
import {
  bucket as defaultBucket,
  defaultWorld,
  demo,
  fixtureFile,
  path,
  project,
  role,
  start,
} from '../../support/emulator.js'

const buckets = `/api/atlas/v2/groups/${project}/backup/exportBuckets`
const valid = { bucketName: 'test-bucket', cloudProvider: 'AWS', iamRoleId: role }
const id = '6a794342c0eb9e7a17729455'
const newRole = 'c0123456789abcdef012345c'
const unknown = 'd0123456789abcdef012345d'

type Project = Fixture['projects'][number]

/** The default world with one bucket of this kind, beside a role that has been authorized and a new one. */
function worldWith(bucket?: NonNullable<Project['exportBuckets']>[number], things: Partial<Project> = {}): Fixture {
  const world = defaultWorld()
  Object.assign(world.projects[0] as object, {
    cloudProviderAccess: [{ id: role, iamAssumedRoleArn: 'arn:aws:iam::123456789012:role/exports' }, { id: newRole }],
    ...(bucket && { exportBuckets: [bucket] }),
    ...things,
  })
  return world
}

const lenient = ['--private-networking', 'lenient']

test('a bucket is created, listed, shown, changed and deleted [export-bucket-keys] [export-bucket-region] [export-bucket-create-status] [export-bucket-private-networking-default] [export-bucket-update] [export-bucket-delete-versions]', async (t) => {
  const { call } = await start(t, lenient)
  t.equal((await call('DELETE', `${buckets}/${defaultBucket}`)).statusCode, 204)
  const created = await call('POST', buckets, { body: valid })
  t.equal(created.statusCode, 200)
  t.equal(created.headers['content-type'], 'application/vnd.atlas.2024-05-30+json;charset=utf-8')
  t.equal(created.headers['ratelimit-remaining'], '1198')
  const { _id: made } = created.json()
  t.match(made, /^[0-9a-f]{24}$/)
  const told = `"_id":"${made}","bucketName":"test-bucket","cloudProvider":"AWS","iamRoleId":"${role}"`
  t.equal(created.body, `{${told},"requirePrivateNetworking":false}`)

  const listed = (await call('GET', buckets)).json()
  t.same(listed.results, [created.json()])
  t.equal(listed.totalCount, 1)
  const one = `${buckets}/${made}`
  t.equal((await call('GET', one)).body, `{${told},"region":"us-east-1","requirePrivateNetworking":false}`)

  const changed = await call('PATCH', one, { body: { requirePrivateNetworking: true } })
  t.equal(changed.statusCode, 200)
  t.match(changed.json(), { region: 'us-east-1', requirePrivateNetworking: true })
  t.match((await call('GET', one)).json(), { requirePrivateNetworking: true })
  const back = await call('PATCH', one, { body: { requirePrivateNetworking: false } })
  t.equal(back.body, `{${told},"region":"us-east-1","requirePrivateNetworking":false}`)

  const deleted = await call('DELETE', one)
  t.equal(deleted.statusCode, 204)
  t.equal(deleted.headers['content-type'], 'application/vnd.atlas.2023-01-01+json;charset=utf-8')
  t.equal((await call('GET', one)).statusCode, 404)
  t.equal((await call('GET', buckets)).json().totalCount, 0)
})

test('the same bucket may stand there several times, the newest at the end [export-bucket-duplicates]', async (t) => {
  const { call } = await start(t)
  const made = [defaultBucket]
  for (const _ of [1, 2, 3]) made.push((await call('POST', buckets, { body: valid })).json()._id)
  const { results } = (await call('GET', buckets)).json()
  t.strictSame(
    results.map((bucket: { _id: string }) => bucket._id),
    made,
  )
})

test('each method has its own versions [version-per-method] [export-bucket-versions] [export-bucket-delete-versions]', async (t) => {
  const file = fixtureFile(t, worldWith({ ...valid, id, cloudProvider: 'AWS' }))
  const { call } = await start(t, ['--fixtures', file, ...lenient])
  const served = async (method: string, date: string, body?: object) => {
    const headers = { accept: `application/vnd.atlas.${date}+json` }
    const url = method === 'POST' || method === 'LIST' ? buckets : `${buckets}/${id}`
    const answer = await call(method === 'LIST' ? 'GET' : method, url, { headers, ...(body && { body }) })
    return [answer.statusCode, answer.headers['content-type'], answer.headers.deprecation, answer.headers.sunset]
  }
  const old = 'application/vnd.atlas.2023-01-01+json;charset=utf-8'
  const ending = ['Thu, 30 May 2024 00:00:00 GMT', 'Thu, 1 Jul 2027 00:00:00 GMT']
  t.strictSame(await served('GET', '2023-01-01'), [200, old, ...ending])
  t.strictSame(await served('POST', '2023-01-01', valid), [200, old, ...ending])
  t.strictSame(await served('LIST', '2023-01-01'), [200, old, ...ending])
  t.match(await served('GET', '2024-05-30'), [200, /2024-05-30/, undefined, undefined])
  t.match(await served('POST', '2024-05-30', valid), [200, /2024-05-30/, undefined, undefined])
  t.match(await served('LIST', '2024-05-30'), [200, /2024-05-30/, undefined, undefined])
  t.match(await served('PATCH', '2024-05-30', { requirePrivateNetworking: true }), [200, /2024-05-30/, undefined])
  t.match(await served('PATCH', '2023-01-01', { requirePrivateNetworking: true }), [406, 'application/json'])
  t.strictSame(await served('DELETE', '2025-03-12'), [204, old, undefined, undefined])
})

test('what is wrong with a request is told in the words of Atlas [export-bucket-not-found] [export-bucket-providers] [attribute-form] [attribute-patch] [attribute-read-only]', async (t) => {
  const { call } = await start(t, ['--fixtures', fixtureFile(t, worldWith({ ...valid, id, cloudProvider: 'AWS' }))])
  const cases: [string, string, object | undefined, number, string, unknown[]][] = [
    ['GET', 'nope', undefined, 404, 'EXPORT_BUCKET_NOT_FOUND', ['nope']],
    ['GET', 'a'.repeat(24), undefined, 404, 'EXPORT_BUCKET_NOT_FOUND', ['a'.repeat(24)]],
    ['DELETE', 'b'.repeat(24), undefined, 404, 'EXPORT_BUCKET_NOT_FOUND', ['b'.repeat(24)]],
    ['PATCH', 'c'.repeat(24), { foo: 1 }, 404, 'EXPORT_BUCKET_NOT_FOUND', ['c'.repeat(24)]],
    ['PATCH', id, {}, 400, 'MISSING_ATTRIBUTE', ['requirePrivateNetworking']],
    ['PATCH', id, { requirePrivateNetworking: 'yes' }, 400, 'INVALID_JSON_ATTRIBUTE', ['requirePrivateNetworking']],
    ['PATCH', id, { requirePrivateNetworking: true, region: 'x' }, 400, 'INVALID_ATTRIBUTE', ['region']],
    ['POST', '', {}, 400, 'MISSING_ATTRIBUTES', ['bucketName, cloudProvider, iamRoleId']],
    ['POST', '', { ...valid, bucketName: 'ab' }, 400, 'EXPORT_BUCKET_NAME_INVALID', []],
    ['POST', '', { ...valid, bucketName: 'a'.repeat(64) }, 400, 'EXPORT_BUCKET_NAME_INVALID', []],
    ['POST', '', { ...valid, bucketName: 7 }, 400, 'INVALID_JSON_ATTRIBUTE', ['bucketName']],
    ['POST', '', { ...valid, iamRoleId: 'nope' }, 400, 'INVALID_ATTRIBUTE', ['iamRoleId']],
    ['POST', '', { ...valid, cloudProvider: 'AZURE' }, 400, 'INVALID_ENUM_VALUE', ['AZURE']],
    ['POST', '', { ...valid, cloudProvider: 'GCP' }, 400, 'INVALID_ENUM_VALUE', ['GCP']],
    ['POST', '', { ...valid, region: 'us-east-1' }, 400, 'INVALID_ATTRIBUTE', ['region']],
  ]
  for (const [method, which, body, status, errorCode, parameters] of cases) {
    const answer = await call(method, which ? `${buckets}/${which}` : buckets, body ? { body } : {})
    t.match(answer, { statusCode: status, headers: { 'x-error-code': errorCode } })
    t.strictSame(answer.json().parameters, parameters, `${method} ${JSON.stringify(body)}`)
  }
  t.equal((await call('POST', buckets, { body: { ...valid, links: [] } })).statusCode, 200, 'links are ignored')
  for (const bucketName of ['abc', 'a'.repeat(63)]) {
    t.equal((await call('POST', buckets, { body: { ...valid, bucketName } })).statusCode, 200, 'neither short nor long')
  }
  const missing = await call('GET', `${buckets}/nope`)
  t.equal(missing.json().detail, 'No export Bucket with ID nope does not exist.')
  const name = await call('POST', buckets, { body: { ...valid, bucketName: 'ab' } })
  t.equal(name.json().detail, 'Export Bucket name is invalid.')
})

test('backup managers may change buckets, readers may look at them', async (t) => {
  const world = worldWith({ ...valid, id, cloudProvider: 'AWS' })
  const statuses = async (roleName: 'GROUP_BACKUP_MANAGER' | 'GROUP_READ_ONLY') => {
    for (const account of world.serviceAccounts ?? []) account.roles = [{ roleName, groupId: project }]
    const { call } = await start(t, ['--fixtures', fixtureFile(t, world), ...lenient])
    const answers = [
      await call('GET', buckets),
      await call('GET', `${buckets}/${id}`),
      await call('POST', buckets, { body: valid }),
      await call('PATCH', `${buckets}/${id}`, { body: { requirePrivateNetworking: true } }),
      await call('DELETE', `${buckets}/${id}`),
    ]
    return answers.map(({ statusCode }) => statusCode)
  }
  t.strictSame(await statuses('GROUP_BACKUP_MANAGER'), [200, 200, 200, 200, 204])
  t.strictSame(await statuses('GROUP_READ_ONLY'), [200, 200, 401, 401, 401])
})

test('a bucket needs a role of its project that has been authorized [export-bucket-role] [export-bucket-cannot-assume-role] [export-bucket-role-not-authorized]', async (t) => {
  const world = worldWith()
  const [first] = world.projects as [Project]
  world.projects.push({ id: 'a'.repeat(24), orgId: first.orgId, name: 'other', cloudProviderAccess: [{ id: unknown }] })
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const refused = async (body: object) => {
    const answer = await call('POST', buckets, { body: { ...valid, ...body } })
    t.equal(answer.statusCode, 400)
    const { errorCode, detail, parameters } = answer.json()
    return [errorCode, detail, parameters]
  }
  for (const iamRoleId of ['e'.repeat(24), unknown]) {
    const detail = `Atlas cannot assume the specified role (${iamRoleId}).`
    t.strictSame(await refused({ iamRoleId }), ['CANNOT_ASSUME_ROLE', detail, [iamRoleId]])
    t.equal((await refused({ iamRoleId, requirePrivateNetworking: true }))[0], 'CANNOT_ASSUME_ROLE', 'the role first')
    t.equal((await refused({ iamRoleId, bucketName: 'ab' }))[0], 'EXPORT_BUCKET_NAME_INVALID', 'the body before')
  }
  t.strictSame(await refused({ iamRoleId: newRole }), [
    'CLOUD_PROVIDER_ACCESS_ROLE_NOT_AUTHORIZED',
    `The specified Cloud Provider Access role (${newRole}) has not been authorized.`,
    [newRole],
  ])
  t.equal((await call('GET', buckets)).json().totalCount, 0, 'none was made')

  const access = `/api/atlas/v2/groups/${project}/cloudProviderAccess/${newRole}`
  const body = { providerName: 'AWS', iamAssumedRoleArn: 'arn:aws:iam::123456789012:role/exports' }
  t.equal((await call('PATCH', access, { body })).statusCode, 200)
  t.equal((await call('POST', buckets, { body: { ...valid, iamRoleId: newRole } })).statusCode, 200)
})

test('a bucket that is refused does not undo what is written beside it [export-bucket-role]', async (t) => {
  const { call } = await start(t, ['--fixtures', fixtureFile(t, worldWith())])
  const bodies = [valid, { ...valid, iamRoleId: unknown }, valid, { ...valid, requirePrivateNetworking: true }, valid]
  const answers = await Promise.all(bodies.map((body) => call('POST', buckets, { body })))
  t.strictSame(
    answers.map(({ statusCode }) => statusCode),
    [200, 400, 200, 400, 200],
  )
  const { results } = (await call('GET', buckets)).json()
  t.strictSame(
    results.map((made: { _id: string }) => made._id),
    answers.flatMap((answer) => answer.json()._id ?? []),
  )
})

test('a bucket and the removal of its role are looked at as they are written, whatever came in between [access-role-in-use] [export-bucket-cannot-assume-role]', async (t) => {
  const removal = `/api/atlas/v2/groups/${project}/cloudProviderAccess/AWS/${role}`
  const together = async (first: 'create' | 'remove') => {
    const { call } = await start(t)
    await call('DELETE', `${buckets}/${defaultBucket}`)
    const create = () => call('POST', buckets, { body: valid })
    const remove = () => call('DELETE', removal)
    const [early, late, held] = first === 'create' ? [create, remove, 'change'] : [remove, create, 'create']
    const write = World.prototype[held as 'create'] as (...values: unknown[]) => Promise<never>
    const codes: unknown[] = []
    const note = ({ headers, statusCode }: Awaited<ReturnType<typeof create>>) =>
      codes.push(headers['x-error-code'] ?? statusCode)
    const { restore } = t.intercept(World.prototype, held as 'create', {
      value: async function (this: World, ...values: unknown[]) {
        restore()
        note(await early())
        return write.apply(this, values)
      },
    })
    note(await late())
    return codes
  }
  t.strictSame(await together('create'), [200, 'AWS_IAM_ROLE_IN_USE'])
  t.strictSame(await together('remove'), [204, 'CANNOT_ASSUME_ROLE'])
})

test('a bucket of an older world without its role stays as good as any [export-bucket-without-role]', async (t) => {
  const db = ['--db', `${t.testdir()}/atlas.db`]
  const old = { ...valid, id, cloudProvider: 'AWS' as const, iamRoleId: unknown }
  const first = await start(t, [...db, '--fixtures', fixtureFile(t, worldWith(old))])
  await first.emulator.close()
  const { call, command } = await start(t, db)
  t.match((await call('GET', buckets)).json(), { results: [{ _id: id, iamRoleId: unknown }], totalCount: 1 })
  t.equal((await call('PATCH', `${buckets}/${id}`, { body: { requirePrivateNetworking: false } })).statusCode, 200)
  const state = (await command('GET', '/state?secrets=true')).json()
  t.equal((await command('PUT', '/state', state)).statusCode, 200)
  t.equal((await call('GET', `${buckets}/${id}`)).json().iamRoleId, unknown)
  t.equal((await call('DELETE', `${buckets}/${id}`)).statusCode, 204)
})

test('private networking needs an ACTIVE private endpoint for the region of the bucket, unless lenient [export-bucket-private-networking]', async (t) => {
  const privateEndpoints: Project['privateEndpoints'] = [
    { id: 'a'.repeat(24), regionName: 'EU_WEST_3', vpcRegionName: 'US_EAST_1', status: 'ACTIVE' },
    { regionName: 'US_EAST_1', vpcRegionName: 'EU_WEST_1', status: 'PENDING_ACCEPTANCE' },
  ]
  const required = { requirePrivateNetworking: true }
  const inUsEast = { ...valid, cloudProvider: 'AWS' as const, id, region: 'us-east-1' }
  const ask = async (flags: string[], things: Partial<Project>) => {
    const world = worldWith(inUsEast, things)
    const { call, command } = await start(t, ['--fixtures', fixtureFile(t, world), ...flags])
    return {
      command,
      create: () => call('POST', buckets, { body: { ...valid, ...required } }),
      change: (body: object = required) => call('PATCH', `${buckets}/${id}`, { body }),
      one: async () => (await call('GET', `${buckets}/${id}`)).json().requirePrivateNetworking,
    }
  }
  const refusal = {
    detail: 'requirePrivateNetworking needs an ACTIVE private endpoint in region us-east-1.',
    error: 400,
    errorCode: 'VALIDATION_ERROR',
    parameters: ['us-east-1'],
    reason: 'Bad Request',
  }
  const without = await ask([], {})
  t.strictSame((await without.create()).json(), refusal)
  t.strictSame((await without.change()).json(), refusal)
  t.equal(await without.one(), false, 'it stays as it was')

  const elsewhere = await ask([], { privateEndpoints })
  t.equal((await elsewhere.create()).statusCode, 200, 'a bucket without a region of its own follows the endpoint')
  t.strictSame((await elsewhere.change()).json(), refusal, 'another region does not do, nor another status')
  t.equal((await elsewhere.change({ requirePrivateNetworking: false })).statusCode, 200)
  await elsewhere.command('PATCH', `/privateEndpoints/${'a'.repeat(24)}`, { status: 'DELETING' })
  t.strictSame((await elsewhere.create()).json(), refusal, 'nor one that is being deleted')

  const here = await ask([], { privateEndpoints: [{ regionName: 'US_EAST_1', status: 'ACTIVE' }] })
  t.equal((await here.create()).json().requirePrivateNetworking, true)
  t.equal((await here.change()).statusCode, 200)
  t.equal(await here.one(), true)

  const easy = await ask(lenient, {})
  t.equal((await easy.create()).json().requirePrivateNetworking, true)
  t.equal((await easy.change()).json().requirePrivateNetworking, true)
})

test('the region is the fixture’s, that of the oldest active private endpoint, or us-east-1 [export-bucket-region-value]', async (t) => {
  const bucket = { ...valid, cloudProvider: 'AWS' as const, id }
  const regionIn = async (world: Fixture) => {
    const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
    return (await call('GET', `${buckets}/${id}`)).json().region
  }
  t.equal(await regionIn(worldWith({ ...bucket, region: 'eu-west-3' })), 'eu-west-3')
  t.equal(await regionIn(worldWith(bucket)), 'us-east-1')
  const privateEndpoints: Project['privateEndpoints'] = [
    { regionName: 'EU_WEST_1', status: 'FAILED' },
    { regionName: 'US_GOV_WEST_1', status: 'ACTIVE' },
    { regionName: 'US_WEST_2', status: 'ACTIVE' },
  ]
  t.equal(await regionIn(worldWith(bucket, { privateEndpoints })), 'us-gov-west-1')
})

test('everything else follows: counts, export and import, snapshots, faults, journal and OpenAPI', async (t) => {
  const { call, command } = await start(t, ['--fixtures', 'demo'])
  const mine = `/api/atlas/v2/groups/${demo.production}/backup/exportBuckets`
  const iamRoleId = demo.role
  const made = (await call('POST', mine, { body: { ...valid, iamRoleId } })).json()._id
  const { counts } = (await command('GET', '/health')).json()
  t.ok(counts.exportBuckets > 0)

  const exported = (await command('GET', '/state?secrets=true')).json()
  const { exportBuckets } = exported.projects.find(({ id }: { id: string }) => id === demo.production)
  t.match(exportBuckets.at(-1), { id: made, bucketName: 'test-bucket', iamRoleId })
  await command('PUT', '/snapshots/one')
  t.equal((await call('DELETE', `${mine}/${made}`)).statusCode, 204)
  await command('PUT', '/state', exported)
  t.equal((await call('GET', `${mine}/${made}`)).statusCode, 200, 'an import brings it back')
  await call('DELETE', `${mine}/${made}`)
  await command('POST', '/snapshots/one/restore')
  t.equal((await call('GET', `${mine}/${made}`)).statusCode, 200, 'so does a snapshot')

  await command('POST', '/faults', {
    errorCode: 'EXPORT_BUCKET_NOT_FOUND',
    match: { operationId: 'getExportBucket' },
  })
  const struck = await call('GET', `${mine}/${made}`)
  t.match(struck.json(), { detail: `No export Bucket with ID ${made} does not exist.`, parameters: [made] })
  const found = (await command('GET', '/requests?operation=getExportBucket')).json()
  t.match(found.requests.at(-1), { project: demo.production, fault: 'EXPORT_BUCKET_NOT_FOUND' })
  const { paths } = (await command('GET', '/openapi.json')).json()
  t.ok(paths['/api/atlas/v2/groups/{groupId}/backup/exportBuckets/{exportBucketId}'].patch)
})

test('buckets and endpoints share one token bucket, and each thing is found by its own kind alone [bucket-cloud-backups]', async (t) => {
  const { call, create } = await start(t, ['--rate-limit', '4/1/60'])
  const endpoint = await create()
  t.equal((await call('GET', `${buckets}/${endpoint.id}`)).statusCode, 404)
  t.equal((await call('GET', path)).headers['ratelimit-remaining'], '1')
  t.equal((await call('GET', buckets)).headers['ratelimit-remaining'], '0')
  t.equal((await call('GET', buckets)).statusCode, 429)
})

test('a bucket that goes while it is being changed is not found', async (t) => {
  const { call } = await start(t, ['--fixtures', fixtureFile(t, worldWith({ ...valid, id, cloudProvider: 'AWS' }))])
  t.intercept(World.prototype, 'change', { value: async () => undefined })
  const changed = await call('PATCH', `${buckets}/${id}`, { body: { requirePrivateNetworking: true } })
  t.match(changed, { statusCode: 404, headers: { 'x-error-code': 'EXPORT_BUCKET_NOT_FOUND' } })
})
