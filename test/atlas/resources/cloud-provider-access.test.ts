import { test } from 'tap'
import type { Fixture } from '../../../src/fixture/schema.js'
import { World } from '../../../src/world/world.js'
import { bucket, defaultWorld, demo, fixtureFile, path, project, role, start } from '../../support/emulator.js'

const group = `/api/atlas/v2/groups/${project}`
const roles = `${group}/cloudProviderAccess`
const arn = 'arn:aws:iam::123456789012:role/exports'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const unknown = 'a'.repeat(24)

type Role = NonNullable<Fixture['projects'][number]['cloudProviderAccess']>[number]

/** The default world with these roles and nothing that uses them. */
function worldWith(...cloudProviderAccess: Role[]) {
  const world = defaultWorld()
  Object.assign(world.projects[0] as object, { cloudProviderAccess })
  return world
}

test('a role is created, shown, listed, authorized and removed [access-role-keys] [access-role-account] [access-role-create-status] [access-role-operations] [access-role-list] [access-role-authorization] [access-role-authorization-again]', async (t) => {
  const { call, clock } = await start(t)
  await call('DELETE', `${group}/backup/exportBuckets/${bucket}`)
  await call('DELETE', `${roles}/AWS/${role}`)
  t.equal(
    (await call('GET', roles)).body,
    '{"awsIamRoles":[],"azureServicePrincipals":[],"gcpServiceAccounts":[]}',
    'empty lists are told',
  )
  clock.advance(1500)
  const created = await call('POST', roles, { body: { providerName: 'AWS' } })
  t.equal(created.statusCode, 200)
  t.equal(created.headers['content-type'], 'application/vnd.atlas.2023-01-01+json;charset=utf-8')
  const { roleId, atlasAssumedRoleExternalId } = created.json()
  t.match(roleId, /^[0-9a-f]{24}$/)
  t.match(atlasAssumedRoleExternalId, uuid)
  const told = (authorizedDate: string, iamAssumedRoleArn: string) =>
    `{"atlasAWSAccountArn":"arn:aws:iam::123456789012:root","atlasAssumedRoleExternalId":"${atlasAssumedRoleExternalId}","authorizedDate":${authorizedDate},"createdDate":"2026-01-01T00:00:01Z","featureUsages":[],"iamAssumedRoleArn":${iamAssumedRoleArn},"providerName":"AWS","roleId":"${roleId}"}`
  const fresh = told('null', 'null')
  t.equal(created.body, fresh)
  const one = `${roles}/${roleId}`
  t.equal((await call('GET', one)).body, fresh)
  const listed = (await call('GET', roles)).body
  t.equal(listed, `{"awsIamRoles":[${fresh}],"azureServicePrincipals":[],"gcpServiceAccounts":[]}`)

  const authorize = (body: object) => call('PATCH', one, { body: { providerName: 'AWS', ...body } })
  const nothing = await authorize({})
  t.strictSame([nothing.statusCode, nothing.body], [200, fresh], 'without an ARN nothing changes')
  clock.advance(60_000)
  const authorized = await authorize({ iamAssumedRoleArn: arn })
  t.equal(authorized.statusCode, 200)
  t.equal(authorized.body, told('"2026-01-01T00:01:01Z"', `"${arn}"`))
  clock.advance(60_000)
  const again = told('"2026-01-01T00:02:01Z"', `"${arn}s"`)
  t.equal((await authorize({ iamAssumedRoleArn: `${arn}s` })).body, again)
  t.equal((await authorize({})).body, again)
  t.equal((await call('GET', one)).body, again)

  const removed = await call('DELETE', `${roles}/AWS/${roleId}`)
  t.strictSame([removed.statusCode, removed.body], [204, ''])
  t.equal(removed.headers['content-type'], 'application/vnd.atlas.2023-01-01+json;charset=utf-8')
  t.equal((await call('GET', one)).statusCode, 404)
  t.equal((await call('DELETE', `${roles}/AWS/${roleId}`)).statusCode, 404)
  t.strictSame((await call('GET', roles)).json().awsIamRoles, [])
})

test('roles are listed oldest first and all together, in an envelope as its content [access-role-list] [access-role-list-envelope]', async (t) => {
  const { call } = await start(t)
  const made = [role]
  for (const _ of [1, 2]) made.push((await call('POST', roles, { body: { providerName: 'AWS' } })).json().roleId)
  const plain = (await call('GET', `${roles}?itemsPerPage=1&pageNum=x&includeCount=maybe`)).json()
  t.strictSame(
    plain.awsIamRoles.map(({ roleId }: { roleId: string }) => roleId),
    made,
    'a list that is no page takes no parameters of one',
  )
  t.strictSame((await call('GET', `${roles}?envelope=true`)).json(), { content: plain, status: 200 })
  t.equal((await call('GET', `${roles}?pretty=maybe`)).json().errorCode, 'INVALID_QUERY_PARAMETER')
  const pretty = (await call('GET', `${roles}?pretty`)).body
  t.match(pretty, /^\{\n {2}"awsIamRoles" : \[ \{\n {4}"atlasAWSAccountArn" : /)
})

test('2023-01-01 is the one version of all operations [access-role-version]', async (t) => {
  const { call } = await start(t)
  const asked: [string, string, object?][] = [
    ['GET', roles],
    ['POST', roles, { providerName: 'AWS' }],
    ['GET', `${roles}/${role}`],
    ['PATCH', `${roles}/${role}`, { providerName: 'AWS' }],
  ]
  for (const [method, url, body] of asked) {
    for (const date of ['2023-01-01', '2026-08-10']) {
      const headers = { accept: `application/vnd.atlas.${date}+json` }
      const { statusCode, headers: told } = await call(method, url, { headers, ...(body && { body }) })
      t.strictSame([statusCode, told['content-type']], [200, 'application/vnd.atlas.2023-01-01+json;charset=utf-8'])
      t.strictSame([told.deprecation, told.sunset], [undefined, undefined])
    }
    const headers = { accept: 'application/vnd.atlas.2022-12-31+json' }
    t.equal((await call(method, url, { headers, ...(body && { body }) })).statusCode, 406)
  }
})

test('a role tells which buckets use it, and cannot be removed while one does [access-role-usages] [access-role-in-use]', async (t) => {
  const { call } = await start(t)
  const usage = (exportBucketId: string) => ({
    featureId: { exportBucketId, groupId: project },
    featureType: 'EXPORT_SNAPSHOT',
  })
  const removal = `${roles}/AWS/${role}`
  const usages = async () => {
    const one = (await call('GET', `${roles}/${role}`)).json()
    t.strictSame((await call('GET', roles)).json().awsIamRoles[0], one)
    return one.featureUsages
  }
  t.strictSame(await usages(), [usage(bucket)])
  const body = { bucketName: 'another', cloudProvider: 'AWS', iamRoleId: role }
  const { _id } = (await call('POST', `${group}/backup/exportBuckets`, { body })).json()
  t.strictSame(await usages(), [usage(bucket), usage(_id)])
  const other = (await call('POST', roles, { body: { providerName: 'AWS' } })).json()
  t.strictSame((await call('GET', roles)).json().awsIamRoles[1], other, 'a role that nothing uses')

  for (const id of [bucket, _id]) {
    const refused = await call('DELETE', removal)
    t.strictSame(refused.json(), {
      detail: 'Cannot remove the AWS IAM role because it is still in use.',
      error: 400,
      errorCode: 'AWS_IAM_ROLE_IN_USE',
      parameters: [`Cannot remove the AWS IAM role (${role}) because it is still in use.`],
      reason: 'Bad Request',
    })
    t.equal((await call('DELETE', `${group}/backup/exportBuckets/${id}`)).statusCode, 204)
  }
  t.strictSame(await usages(), [])
  t.equal((await call('DELETE', removal)).statusCode, 204)
})

test('an authorization that is refused changes nothing: what is no ARN of a role cannot be assumed [access-role-cannot-assume] [access-role-assumable]', async (t) => {
  const { call } = await start(t)
  const before = (await call('GET', `${roles}/${role}`)).body
  const authorize = (iamAssumedRoleArn: string) =>
    call('PATCH', `${roles}/${role}`, { body: { providerName: 'AWS', iamAssumedRoleArn } })
  const unassumable = [
    'arn:aws:iam::123456789012:root',
    'arn:aws:iam::123456789012:user/exports',
    'arn:aws:iam::12345678901:role/exports',
    'arn:aws:sts::123456789012:assumed-role/exports',
    'arn:aws:iam::123456789012:role/',
    'arn:aws:iam::123456789012:role/exports ',
    `arn:aws:iam::123456789012:role/${'a'.repeat(65)}`,
    'arn:aws:iam::12:role',
  ]
  for (const wrong of unassumable) {
    const refused = (await authorize(wrong)).json()
    t.strictSame(refused, {
      detail: `Atlas cannot assume the specified role (${wrong}).`,
      error: 400,
      errorCode: 'CANNOT_ASSUME_ROLE',
      parameters: [wrong],
      reason: 'Bad Request',
    })
  }
  for (const wrong of ['arn:aws:iam::1:role', 'a'.repeat(2049)]) {
    t.match((await authorize(wrong)).json(), { errorCode: 'INVALID_ATTRIBUTE', parameters: ['iamAssumedRoleArn'] })
  }
  t.equal((await call('GET', `${roles}/${role}`)).body, before)
  const assumable = [
    'arn:aws-cn:iam::123456789012:role/exports',
    'arn:aws-us-gov:iam::123456789012:role/service/backups/exports+=,.@_-',
    `arn:aws:iam::123456789012:role/${'a'.repeat(64)}`,
  ]
  for (const right of assumable) t.equal((await authorize(right)).json().iamAssumedRoleArn, right)
})

test('what is wrong with a request is told in the words of Atlas [access-role-not-found] [access-role-providers] [attribute-read-only] [attribute-patch]', async (t) => {
  const { call } = await start(t)
  const aws = { providerName: 'AWS' }
  const none = (id: string) => [404, 'RESOURCE_NOT_FOUND', [`Cloud provider access role with id ${id}`]] as const
  const invalid = (name: string) => [400, 'INVALID_ATTRIBUTE', [name]] as const
  const cases: [string, string, object | undefined, readonly [number, string, readonly unknown[]]][] = [
    ['GET', '/nope', undefined, none('nope')],
    ['GET', `/${unknown}`, undefined, none(unknown)],
    ['GET', `/${bucket}`, undefined, none(bucket)],
    ['PATCH', `/${unknown}`, { foo: 1 }, none(unknown)],
    ['DELETE', '/AWS/nope', undefined, none('nope')],
    ['DELETE', `/AWS/${unknown}`, undefined, none(unknown)],
    ['DELETE', `/AZURE/${role}`, undefined, [400, 'VALIDATION_ERROR', ['AZURE']]],
    ['DELETE', `/GCP/${unknown}`, undefined, [400, 'VALIDATION_ERROR', ['GCP']]],
    ['POST', '', {}, [400, 'MISSING_ATTRIBUTE', ['providerName']]],
    ['POST', '', { providerName: 'AZURE' }, [400, 'INVALID_ENUM_VALUE', ['AZURE']]],
    ['POST', '', { providerName: 'GCP' }, [400, 'INVALID_ENUM_VALUE', ['GCP']]],
    ['POST', '', { ...aws, iamAssumedRoleArn: arn }, invalid('iamAssumedRoleArn')],
    ['POST', '', { ...aws, tenantId: 'x' }, invalid('tenantId')],
    ['PATCH', `/${role}`, {}, [400, 'MISSING_ATTRIBUTE', ['providerName']]],
    ['PATCH', `/${role}`, { iamAssumedRoleArn: arn }, [400, 'MISSING_ATTRIBUTE', ['providerName']]],
    ['PATCH', `/${role}`, { providerName: 'AZURE' }, [400, 'INVALID_ENUM_VALUE', ['AZURE']]],
    ['PATCH', `/${role}`, { ...aws, foo: 1 }, invalid('foo')],
    ['PATCH', `/${role}`, { ...aws, iamAssumedRoleArn: null }, [400, 'INVALID_JSON_ATTRIBUTE', ['iamAssumedRoleArn']]],
  ]
  for (const [method, which, body, [status, errorCode, parameters]] of cases) {
    const answer = await call(method, roles + which, body ? { body } : {})
    const what = `${method} ${which} ${JSON.stringify(body)}`
    t.match(answer, { statusCode: status, headers: { 'x-error-code': errorCode } }, what)
    t.strictSame(answer.json().parameters, parameters, what)
  }
  const missing = await call('GET', `${roles}/nope`)
  t.equal(missing.json().detail, 'Cannot find resource Cloud provider access role with id nope.')
  const answered = (await call('GET', `${roles}/${role}`)).json()
  const { iamAssumedRoleArn: _, ...readOnly } = answered
  t.equal((await call('POST', roles, { body: { ...readOnly, roleId: unknown } })).statusCode, 200)
  t.equal((await call('GET', `${roles}/${unknown}`)).statusCode, 404, 'what is read-only is ignored')
  t.equal((await call('PATCH', `${roles}/${role}`, { body: { ...answered, createdDate: 'x' } })).statusCode, 200)
  t.equal((await call('GET', `${roles}/${role}`)).json().createdDate, answered.createdDate)

  t.equal((await call('PUT', `${roles}/${role}`)).headers.allow, 'GET,PATCH,OPTIONS')
  t.equal((await call('GET', `${roles}/AWS/${role}`)).headers.allow, 'DELETE,OPTIONS')
  t.equal((await call('DELETE', `${roles}/${role}`)).statusCode, 405)
})

test('the roles of other projects are not to be seen, used or removed [access-role-not-found]', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  const other = `/api/atlas/v2/groups/${demo.staging}/cloudProviderAccess`
  t.equal((await call('GET', `${other}/${demo.role}`)).statusCode, 404)
  t.equal((await call('DELETE', `${other}/AWS/${demo.role}`)).statusCode, 404)
  const listed = (await call('GET', other)).json().awsIamRoles
  t.strictSame(
    listed.map((told: { roleId: string; authorizedDate: null }) => [told.roleId === demo.role, told.authorizedDate]),
    [[false, null]],
  )
})

test('owners may change roles, readers may look at them [role-cloud-provider-access]', async (t) => {
  const world = worldWith({ id: role })
  const statuses = async (roleName: 'GROUP_OWNER' | 'GROUP_BACKUP_MANAGER' | 'GROUP_READ_ONLY') => {
    for (const account of world.serviceAccounts) account.roles = [{ roleName, groupId: project }]
    const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
    const answers = [
      await call('GET', roles),
      await call('GET', `${roles}/${role}`),
      await call('POST', roles, { body: { providerName: 'AWS' } }),
      await call('PATCH', `${roles}/${role}`, { body: { providerName: 'AWS' } }),
      await call('DELETE', `${roles}/AWS/${role}`),
    ]
    return answers.map(({ statusCode }) => statusCode)
  }
  t.strictSame(await statuses('GROUP_OWNER'), [200, 200, 200, 200, 204])
  t.strictSame(await statuses('GROUP_BACKUP_MANAGER'), [200, 200, 401, 401, 401])
  t.strictSame(await statuses('GROUP_READ_ONLY'), [200, 200, 401, 401, 401])
})

test('the five operations share a bucket of the project, apart from that of its backups [bucket-cloud-provider-access]', async (t) => {
  const { call } = await start(t)
  const taken = async (method: string, url: string, body?: object) => {
    const { headers } = await call(method, url, body && { body })
    return [headers['ratelimit-limit'], headers['ratelimit-remaining']]
  }
  t.strictSame(await taken('POST', roles, { providerName: 'AWS' }), ['2000', '1999'])
  t.strictSame(await taken('GET', roles), ['2000', '1998'])
  t.strictSame(await taken('GET', `${roles}/${role}`), ['2000', '1997'])
  t.strictSame(await taken('PATCH', `${roles}/${role}`, { providerName: 'AWS' }), ['2000', '1996'])
  t.strictSame(await taken('DELETE', `${roles}/AWS/${role}`), ['2000', '1995'])
  t.strictSame(await taken('GET', path), ['1200', '1199'])
})

test('the bucket holds 2000 requests and gains 1000 every 60 seconds [bucket-cloud-provider-access]', async (t) => {
  const { call } = await start(t)
  const refused = await call('GET', roles, { headers: { 'x-emulator-fault': 'RATE_LIMITED_TOKEN_BUCKET' } })
  t.strictSame(refused.json().parameters.slice(2), [2000, 1000, 60])
  t.equal(refused.headers['ratelimit-limit'], '2000')
})

test('a fixture writes a role with what it likes of it; the rest is made up or of this moment', async (t) => {
  const whole: Role = {
    id: 'b'.repeat(24),
    providerName: 'AWS',
    iamAssumedRoleArn: arn,
    authorizedDate: '2025-02-03T04:05:06Z',
    createdDate: '2025-01-02T03:04:05Z',
    atlasAssumedRoleExternalId: '00000000-0000-4000-8000-000000000001',
  }
  const world = worldWith({ id: role }, whole, { iamAssumedRoleArn: arn })
  const { call, command } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const [bare, told, dated] = (await call('GET', roles)).json().awsIamRoles
  const now = '2026-01-01T00:00:00Z'
  t.match(bare, { authorizedDate: null, createdDate: now, iamAssumedRoleArn: null, providerName: 'AWS', roleId: role })
  t.match(bare.atlasAssumedRoleExternalId, uuid)
  const { id, ...rest } = whole
  t.match(told, { ...rest, roleId: id })
  t.match(dated, { authorizedDate: now, createdDate: now, iamAssumedRoleArn: arn, roleId: /^[0-9a-f]{24}$/ })
  const exported = (await command('GET', '/state?secrets=true')).json()
  t.strictSame(exported.projects[0].cloudProviderAccess[1], whole, 'an export writes a role as it was written')
  await command('PUT', '/state', exported)
  t.strictSame((await call('GET', roles)).json().awsIamRoles, [bare, told, dated], 'and an import brings all back')
})

test('what a fixture’s role cannot be is told with its place', async (t) => {
  const { command } = await start(t)
  const wrong = async (entry: object) => {
    const world = worldWith(entry as Role)
    const { errors } = (await command('PUT', '/state', world)).json()
    return errors.map(({ pointer, detail }: { pointer: string; detail: string }) => [
      pointer.replace('/projects/0/cloudProviderAccess/0', ''),
      detail,
    ])
  }
  t.strictSame(await wrong({ createdDate: '2025-02-30T00:00:00Z' }), [
    ['/createdDate', 'found "2025-02-30T00:00:00Z"; allowed: a date and time that exist, from 1970 on'],
  ])
  t.match(await wrong({ iamAssumedRoleArn: arn, authorizedDate: '1969-12-31T23:59:59Z' }), [
    ['/authorizedDate', /1970/],
  ])
  t.strictSame(await wrong({ authorizedDate: '2025-01-01T00:00:00Z' }), [
    ['/authorizedDate', 'found without iamAssumedRoleArn; allowed: beside the role that was authorized'],
  ])
  t.match(await wrong({ iamAssumedRoleArn: 'arn:aws:iam::123456789012:root' }), [['/iamAssumedRoleArn', /./]])
  t.match(await wrong({ providerName: 'AZURE' }), [['/providerName', /AWS/]])
  t.match(await wrong({ atlasAssumedRoleExternalId: 'nope' }), [['/atlasAssumedRoleExternalId', /./]])
})

test('everything else follows: counts, snapshots, faults, journal and OpenAPI', async (t) => {
  const { call, command } = await start(t, ['--fixtures', 'demo'])
  const mine = `/api/atlas/v2/groups/${demo.production}/cloudProviderAccess`
  const { roleId } = (await call('POST', mine, { body: { providerName: 'AWS' } })).json()
  t.equal((await command('GET', '/health')).json().counts.cloudProviderAccess, 4)
  await command('PUT', '/snapshots/one')
  t.equal((await call('DELETE', `${mine}/AWS/${roleId}`)).statusCode, 204)
  await command('POST', '/snapshots/one/restore')
  t.equal((await call('GET', `${mine}/${roleId}`)).statusCode, 200)

  const strike = async (errorCode: string, method: string, which: string, body?: object) =>
    (
      await call(method, `${mine}${which}`, { headers: { 'x-emulator-fault': errorCode }, ...(body && { body }) })
    ).json()
  const authorization = { providerName: 'AWS', iamAssumedRoleArn: arn }
  t.match(await strike('CANNOT_ASSUME_ROLE', 'PATCH', `/${roleId}`, authorization), { parameters: [arn] })
  t.match(await strike('AWS_IAM_ROLE_IN_USE', 'DELETE', `/AWS/${roleId}`), {
    parameters: [`Cannot remove the AWS IAM role (${roleId}) because it is still in use.`],
  })
  t.match(await strike('RESOURCE_NOT_FOUND', 'GET', `/${roleId}`), {
    detail: `Cannot find resource Cloud provider access role with id ${roleId}.`,
  })
  const found = (await command('GET', '/requests?operation=deauthorizeProviderAccessRole')).json()
  t.match(found.requests.at(-1), { project: demo.production, fault: 'AWS_IAM_ROLE_IN_USE' })
  const { paths } = (await command('GET', '/openapi.json')).json()
  const base = '/api/atlas/v2/groups/{groupId}/cloudProviderAccess'
  t.strictSame(
    ['', '/{roleId}', '/{cloudProvider}/{roleId}'].map((rest) => Object.keys(paths[`${base}${rest}`])),
    [['post', 'get'], ['get', 'patch'], ['delete']],
  )
  const query = paths[base].get.parameters.filter((parameter: { in: string }) => parameter.in === 'query')
  t.strictSame(
    query.map(({ name }: { name: string }) => name),
    ['envelope', 'pretty'],
  )
})

test('a role that goes while it is being authorized or removed is not found', async (t) => {
  const { call } = await start(t)
  t.intercept(World.prototype, 'change', { value: async () => undefined })
  t.equal((await call('PATCH', `${roles}/${role}`, { body: { providerName: 'AWS' } })).statusCode, 404)
  t.equal((await call('DELETE', `${roles}/AWS/${role}`)).statusCode, 404)
})
