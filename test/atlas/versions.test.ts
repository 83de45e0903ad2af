import { test } from 'tap'
import { negotiate, versionsAt } from '../../src/atlas/versions.js'
import type { Clock } from '../../src/world/clock.js'
import { defaultWorld, fixtureFile, path, project, start } from '../support/emulator.js'

const versions = [{ date: '2023-01-01' }, { date: '2024-05-30' }, { date: '2024-11-13' }]
const range = (date: string, parameters = '') => `application/vnd.atlas.${date}+json${parameters}`

test('the newest version on or before the date asked for is served [version-newest-on-or-before] [version-future] [version-before-first]', async (t) => {
  const served = (date: string) => negotiate(range(date), versions)?.date
  t.equal(served('2022-12-31'), undefined)
  t.equal(served('2023-01-01'), '2023-01-01')
  t.equal(served('2024-05-29'), '2023-01-01')
  t.equal(served('2024-05-30'), '2024-05-30')
  t.equal(served('2025-03-12'), '2024-11-13')
  t.equal(served('9999-12-31'), '2024-11-13', 'a date in the future gets the newest version')
})

test('what names no version of ours is not acceptable [version-absent] [version-other-forms]', async (t) => {
  const refused = [
    '',
    ',;',
    '*/*',
    'application/*',
    'application/json',
    'application/vnd.atlas.preview+json',
    'application/vnd.atlas.2024-11-13.upcoming+json',
    'application/vnd.atlas.2024-11-13+csv',
    'application/vnd.atlas.2024-11-13',
    'application/vnd.atlas.2024-02-30+json',
    'application/vnd.atlas.2024-13-01+json',
    'application/vnd.atlas.24-11-13+json',
    'x/application/vnd.atlas.2024-11-13+json',
    range('2024-11-13', ';q=0'),
    range('2024-11-13', ';q=0.000'),
    range('2024-11-13', ';q=nonsense'),
    range('2024-11-13', ';q=2'),
    `x/y;p="${range('2024-11-13')}, ${range('2024-11-13')}"`,
    'x/y;p="never closed, application/vnd.atlas.2024-11-13+json',
  ]
  for (const accept of refused) t.equal(negotiate(accept, versions), undefined, accept)
})

test('of several ranges the acceptable one with the highest q wins, the first among equals [version-media-types]', async (t) => {
  const served = (...ranges: string[]) => negotiate(ranges.join(', '), versions)?.date
  t.equal(served(range('2023-06-01'), range('2024-11-13')), '2023-01-01')
  t.equal(served(range('2023-06-01', ';q=0.5'), range('2024-11-13', '; Q = 0.501')), '2024-11-13')
  t.equal(served('*/*', 'application/json', range('2024-11-13', ';q=0.1')), '2024-11-13')
  t.equal(served(range('2022-01-01'), range('2023-06-01', ';q=0.001')), '2023-01-01')
  t.equal(served(range('2023-06-01', ';q=0'), range('2024-11-13', ';q=1.000')), '2024-11-13')
  t.equal(served(range('2023-06-01', ';a="\\";,b";q=0.2'), range('2024-11-13', ';q=.1')), '2023-01-01')
})

test('media types compare case-insensitively, other parameters are ignored [version-media-types]', async (t) => {
  t.equal(negotiate('APPLICATION/VND.Atlas.2024-11-13+JSON ; charset=utf-8', versions)?.date, '2024-11-13')
})

test('each resource is served by its own versions [operation-version] [project-version] [success-content-type]', async (t) => {
  const { call } = await start(t)
  const type = async (url: string, date: string) => {
    const { headers } = await call('GET', url, { headers: { accept: range(date) } })
    return headers['content-type']
  }
  const own = (date: string) => `application/vnd.atlas.${date}+json;charset=utf-8`
  t.equal(await type(path, '2024-11-13'), own('2024-11-13'))
  t.equal(await type(path, '2031-01-01'), own('2024-11-13'))
  t.equal(await type(path, '2024-11-12'), 'application/json')
  t.equal(await type('/api/atlas/v2/groups', '2024-11-12'), own('2023-01-01'))
  t.equal(await type(`/api/atlas/v2/groups/${project}`, '2023-01-01'), own('2023-01-01'))
  t.equal(await type(`/api/atlas/v2/groups/${project}`, '2031-01-01'), own('2023-01-01'))
  t.equal(await type(`/api/atlas/v2/groups/${project}`, '2022-12-31'), 'application/json')
})

test('each operation on private endpoints has one version [operation-version]', async (t) => {
  const { call, create } = await start(t)
  const { id } = await create()
  const body = { cloudProvider: 'AWS', regionName: 'EU_WEST_1' }
  for (const [method, url, status] of [
    ['POST', path, 201],
    ['GET', path, 200],
    ['GET', `${path}/${id}`, 200],
    ['DELETE', `${path}/${id}`, 204],
  ] as const) {
    const ask = (date: string) =>
      call(method, url, { headers: { accept: range(date) }, ...(method === 'POST' && { body }) })
    t.equal((await ask('2024-11-12')).statusCode, 406, `${method} ${url}`)
    t.match(await ask('9999-12-31'), {
      statusCode: status,
      headers: { 'content-type': 'application/vnd.atlas.2024-11-13+json;charset=utf-8', deprecation: undefined },
    })
  }
})

test('a header of any length is read', async (t) => {
  const { call } = await start(t)
  const accept = `${'text/plain, '.repeat(500)}${range('2025-03-12')}`
  for (const _ of [1, 2]) t.equal((await call('GET', path, { headers: { accept } })).statusCode, 200)
})

test('a request without Accept is not acceptable [version-absent]', async (t) => {
  const { call, token } = await start(t)
  const response = await call('GET', path, { bare: true, headers: { authorization: `Bearer ${token}` } })
  t.equal(response.statusCode, 406)
})

const day = (date: string) => Date.parse(`${date}T00:00:00Z`)

/** A clock that is set to a date and time. */
function settable(text: string): Clock & { set(text: string): void } {
  let now = Date.parse(text)
  return {
    now: () => now,
    set: (other) => {
      now = Date.parse(other)
    },
  }
}

const history = [{ date: '2024-11-13', sunset: '2027-06-01' }, { date: '2026-02-01' }, { date: '2027-01-15' }]

test('versions change on the days of their release and sunset, and at no other time [version-days]', async (t) => {
  const at = (text: string) => versionsAt(Date.parse(text), history)
  const dates = (text: string) => at(text).served.map(({ date }) => date)
  t.same(dates('2026-01-31T23:59:59.999Z'), ['2024-11-13'])
  t.same(dates('2026-02-01T00:00:00Z'), ['2024-11-13', '2026-02-01'])
  t.same(dates('2027-01-15T00:00:00Z'), ['2024-11-13', '2026-02-01', '2027-01-15'])
  t.same(dates('1999-01-01T00:00:00Z'), ['2024-11-13'], 'the first is there from the start')
  const { from, until } = at('2026-06-01T12:00:00Z')
  t.same([from, until], [day('2026-02-01'), day('2027-01-15')])
  t.equal(at('1999-01-01T00:00:00Z').from, Number.NEGATIVE_INFINITY)
  t.equal(at('2027-06-01T00:00:00Z').until, Number.POSITIVE_INFINITY)
})

test('a version is deprecated from the day of the newer one on, and gone from its sunset on [version-deprecated-since] [version-deprecation-headers]', async (t) => {
  const clock = settable('2026-01-31T23:59:59.999Z')
  const file = fixtureFile(t, { ...defaultWorld(), privateEndpointVersions: history })
  const { call } = await start(t, ['--fixtures', file, '--token-lifetime', '99999h'], { clock })
  const ask = async (now: string, date: string, url = path) => {
    clock.set(now)
    const response = await call('GET', url, { headers: { accept: range(date) } })
    const { deprecation, sunset, 'content-type': type } = response.headers
    return [response.statusCode, type, deprecation, sunset]
  }
  const own = (date: string) => `application/vnd.atlas.${date}+json;charset=utf-8`
  const sunset = 'Tue, 1 Jun 2027 00:00:00 GMT'
  t.same(await ask('2026-01-31T23:59:59.999Z', '2025-03-12'), [200, own('2024-11-13'), undefined, undefined])
  t.same(await ask('2026-01-31T23:59:59.999Z', '2026-02-01'), [200, own('2024-11-13'), undefined, undefined])
  t.same(
    await ask('2026-02-01T00:00:00Z', '2025-03-12'),
    [200, own('2024-11-13'), 'Sun, 1 Feb 2026 00:00:00 GMT', sunset],
    'the day of the month is not padded',
  )
  t.same(await ask('2026-02-01T00:00:00Z', '2026-02-01'), [200, own('2026-02-01'), undefined, undefined])
  t.same(
    await ask('2027-01-15T00:00:00Z', '2026-12-31'),
    [200, own('2026-02-01'), 'Fri, 15 Jan 2027 00:00:00 GMT', undefined],
    'deprecated without a sunset',
  )
  t.same(
    await ask('2027-05-31T23:59:59.999Z', '2024-11-13'),
    [200, own('2024-11-13'), 'Sun, 1 Feb 2026 00:00:00 GMT', sunset],
    'the next newer one counts, not the newest',
  )
  t.same(await ask('2027-06-01T00:00:00Z', '2025-03-12'), [
    410,
    'application/json',
    'Sun, 1 Feb 2026 00:00:00 GMT',
    sunset,
  ])
  t.same(await ask('2027-06-01T00:00:00Z', '2026-02-01'), [
    200,
    own('2026-02-01'),
    'Fri, 15 Jan 2027 00:00:00 GMT',
    undefined,
  ])
  t.same(await ask('2026-02-01T00:00:00Z', '2025-03-12'), [
    200,
    own('2024-11-13'),
    'Sun, 1 Feb 2026 00:00:00 GMT',
    sunset,
  ])
  t.same(
    await ask('2027-06-01T00:00:00Z', '2025-03-12', '/api/atlas/v2/groups'),
    [200, own('2023-01-01'), undefined, undefined],
    'projects have versions of their own',
  )
})

test('a version that is gone is told with its date and the path [version-gone]', async (t) => {
  const file = fixtureFile(t, { ...defaultWorld(), privateEndpointVersions: history })
  const { call } = await start(t, ['--fixtures', file], { clock: settable('2027-06-01T00:00:00Z') })
  const response = await call('POST', `${path}?pretty=false`, { body: { cloudProvider: 'AWS' } })
  t.equal(response.statusCode, 410)
  const shown = path.slice(1)
  t.equal(
    response.body,
    `{"detail":"Version 2024-11-13 of ${shown} is no longer available.","error":410,"errorCode":"VERSION_GONE","parameters":["2024-11-13","${shown}"],"reason":"Gone"}`,
  )
})

test('a version that is gone wins over one that is weighed less [version-days]', async (t) => {
  const file = fixtureFile(t, { ...defaultWorld(), privateEndpointVersions: history })
  const { call } = await start(t, ['--fixtures', file], { clock: settable('2027-06-01T00:00:00Z') })
  const status = async (...ranges: string[]) =>
    (await call('GET', path, { headers: { accept: ranges.join(', ') } })).statusCode
  t.equal(await status(range('2025-03-12'), range('2026-02-01', ';q=0.9')), 410)
  t.equal(await status(range('2025-03-12', ';q=0.9'), range('2026-02-01')), 200)
})

test('every version has the same shape', async (t) => {
  const { call } = await start(t, ['--fixtures', 'sunset'], { clock: settable('2025-12-31T00:00:00Z') })
  const bodies = []
  for (const date of ['2024-11-13', '2025-06-01', '2025-12-01']) {
    const response = await call('GET', path, { headers: { accept: range(date) } })
    t.equal(response.headers['content-type'], `application/vnd.atlas.${date}+json;charset=utf-8`)
    bodies.push(response.body)
  }
  t.equal(new Set(bodies).size, 1)
})

test('a version with a sunset and no successor is gone without having been deprecated', async (t) => {
  const [only] = versionsAt(day('2026-01-01'), [{ date: '2024-11-13', sunset: '2026-01-01' }]).served
  t.match(only, { isGone: true, announcements: undefined })
})

test('a fixture sets the versions of any resource, and the old name sets those of private endpoints', async (t) => {
  const one = [{ date: '2020-01-01' }]
  const served = async (world: object, url: string) => {
    const { call } = await start(t, ['--fixtures', fixtureFile(t, { ...defaultWorld(), ...world })])
    return (await call('GET', url)).headers['content-type']
  }
  const set = /application\/vnd\.atlas\.2020-01-01\+json/
  t.match(await served({ versions: { projects: one } }, `/api/atlas/v2/groups/${project}`), set)
  t.notMatch(await served({ versions: { projects: one } }, path), set)
  t.match(await served({ versions: { privateEndpoints: one } }, path), set)
  t.match(await served({ privateEndpointVersions: one }, path), set)
})
