import { test } from 'tap'
import { negotiate } from '../../../src/atlas/protocol/versioning.js'
import { path, project, start } from '../../support/emulator.js'

const versions = [{ date: '2023-01-01' }, { date: '2024-05-30' }, { date: '2024-11-13' }]
const range = (date: string, parameters = '') => `application/vnd.atlas.${date}+json${parameters}`

test('the newest version on or before the date asked for is served', async (t) => {
  const served = (date: string) => negotiate(range(date), versions)?.date
  t.equal(served('2022-12-31'), undefined)
  t.equal(served('2023-01-01'), '2023-01-01')
  t.equal(served('2024-05-29'), '2023-01-01')
  t.equal(served('2024-05-30'), '2024-05-30')
  t.equal(served('2025-03-12'), '2024-11-13')
  t.equal(served('9999-12-31'), '2024-11-13', 'a date in the future gets the newest version')
})

test('what names no version of ours is not acceptable', async (t) => {
  const refused = [
    '',
    ',;',
    '*/*',
    'application/*',
    'application/json',
    'application/vnd.atlas.preview+json',
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

test('of several ranges the acceptable one with the highest q wins, the first among equals', async (t) => {
  const served = (...ranges: string[]) => negotiate(ranges.join(', '), versions)?.date
  t.equal(served(range('2023-06-01'), range('2024-11-13')), '2023-01-01')
  t.equal(served(range('2023-06-01', ';q=0.5'), range('2024-11-13', '; Q = 0.501')), '2024-11-13')
  t.equal(served('*/*', 'application/json', range('2024-11-13', ';q=0.1')), '2024-11-13')
  t.equal(served(range('2022-01-01'), range('2023-06-01', ';q=0.001')), '2023-01-01')
  t.equal(served(range('2023-06-01', ';q=0'), range('2024-11-13', ';q=1.000')), '2024-11-13')
  t.equal(served(range('2023-06-01', ';a="\\";,b";q=0.2'), range('2024-11-13', ';q=.1')), '2023-01-01')
})

test('media types compare case-insensitively, other parameters are ignored', async (t) => {
  t.equal(negotiate('APPLICATION/VND.Atlas.2024-11-13+JSON ; charset=utf-8', versions)?.date, '2024-11-13')
})

test('each resource is served by its own versions', async (t) => {
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
  t.equal(await type(`/api/atlas/v2/groups/${project}`, '2022-12-31'), 'application/json')
})

test('a request without Accept is not acceptable', async (t) => {
  const { call, token } = await start(t)
  const response = await call('GET', path, { bare: true, headers: { authorization: `Bearer ${token}` } })
  t.equal(response.statusCode, 406)
})
