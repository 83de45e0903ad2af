import { test } from 'tap'
import { operations } from '../../src/atlas/registry.js'
import { type ResponseEntry, responseMistakes } from '../../src/responses/response.js'

const fine: ResponseEntry = { method: 'GET', path: '/groups/*/alerts' }
const mistakes = (entry: Partial<ResponseEntry>) =>
  responseMistakes({ ...fine, ...entry }, '').map(({ pointer, text }) => `${pointer}: ${text}`)

test('an answer for what an operation has is refused, and told which', async (t) => {
  for (const { method, path, operationId } of operations) {
    // The system's status is at the base path itself.
    if (path === '') continue
    for (const written of [path.replaceAll(/:\w+/g, '*'), path.replaceAll(/:(\w+)/g, '{$1}')]) {
      t.strictSame(mistakes({ method, path: written }), [
        `/path: found ${method} ${written}, which is ${operationId}; allowed: a method and path that no operation has`,
      ])
    }
  }
  t.match(mistakes({ path: '/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints/' }), [
    /which is listGroupBackupPrivateEndpoints/,
  ])
  t.match(mistakes({ path: '/%67roups' }), [/which is listGroups/])
  for (const entry of [{ method: 'PUT' }, { path: '/groups/*/*' }, { path: '/groups/*/alerts/byName' }] as const) {
    t.strictSame(mistakes(entry), [])
  }
})

test('a path that is none is told with what is allowed', async (t) => {
  const cases: [string, string][] = [
    ['/api/atlas/v2/groups/*/alerts', 'the path below /api/atlas/v2, such as /groups/*/alerts'],
    ['/api/atlas', 'the path below /api/atlas/v2, such as /groups/*/alerts'],
    ['/*/x', 'a name as the first segment, such as groups'],
    ['/groups//alerts', 'one slash between segments'],
    ['/groups/*/alerts//', 'one slash between segments'],
    ['/groups/**', '* or {name} for a whole segment'],
    ['/groups/a*', '* or {name} for a whole segment'],
    ['/groups/{a}b', '* or {name} for a whole segment'],
    ['/groups/:groupId/alerts', '* or {name} for a whole segment'],
    ['/groups/%zz', 'segments that can be percent-decoded'],
  ]
  for (const [path, allowed] of cases) {
    t.strictSame(mistakes({ path }), [`/path: found ${JSON.stringify(path)}; allowed: ${allowed}`])
  }
  for (const path of ['/groups/*/clusters/*:pin', '/api/other', '/a:b/c', '/groups/%20x/{id}/']) {
    t.equal(mistakes({ path }).length, path.includes('*:') ? 1 : 0, path)
  }
})

test('what contradicts itself in an answer is told at its place', async (t) => {
  const cases: [Partial<ResponseEntry>, string][] = [
    [{ status: 204, body: {} }, '/body: found a body beside the status 204; allowed: none'],
    [{ status: 304, text: '{}' }, '/text: found a body beside the status 304; allowed: none'],
    [{ body: {}, text: '{}' }, '/text: found text beside body; allowed: one of the two'],
    [{ text: '{' }, '/text: found "{"; allowed: JSON'],
    [
      { body: [] },
      '/body: found no bodies to give in turn; allowed: one at least, and [[]] for a body that is an empty array',
    ],
    [{ body: [1, 2], turn: 2 }, '/turn: found 2; allowed: less than the number of bodies'],
    [{ turn: 1 }, '/turn: found 1; allowed: less than the number of bodies'],
    [
      { headers: { 'Content-Length': '1' } },
      '/headers/Content-Length: found a header that the emulator sets by itself; allowed: others, such as Location',
    ],
    [
      { path: '/x', bucket: 'Cloud Backups' },
      '/bucket: found "Cloud Backups", which each project has; allowed: with a path under /groups/*',
    ],
    [
      { bucket: 'Organizations' },
      '/bucket: found "Organizations", which each organization has; allowed: with a path under /orgs/*',
    ],
    [
      { recording: './alerts.http' },
      '/recording: found a recording; allowed: only in a fixture file. Write status, headers and body here',
    ],
  ]
  for (const [entry, told] of cases) t.match(mistakes(entry), [told])
  t.strictSame(mistakes({ status: 204 }), [])
  t.strictSame(mistakes({ body: [1, 2], turn: 1, bucket: 'Cloud Backups' }), [])
  t.strictSame(mistakes({ path: '/x', bucket: 'Projects of a credential' }), [])
})
