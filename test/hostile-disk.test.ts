import { type Test, test } from 'tap'
import { openDatabase } from '../src/store/database.js'
import { openStore } from '../src/store/store.js'
import { regions } from '../src/values/vocabulary.js'
import { memoryLogger, path, project, start } from './support/emulator.js'

/** An emulator on a file, and the connection to it. */
async function startOnFile(t: Test, ...flags: string[]) {
  const file = `${t.testdir()}/atlas.db`
  const db = openDatabase(file)
  const { logger, lines } = memoryLogger()
  const bench = await start(t, ['--db', file, ...flags], { store: openStore(file, db), logger })
  const stateOf = async () => (await bench.command('GET', '/state?secrets=true')).json()
  return { ...bench, db, file, lines, stateOf }
}

const unexpected =
  '{"detail":"Unexpected error.","error":500,"errorCode":"UNEXPECTED_ERROR","parameters":[],"reason":"Internal Server Error"}'

test('on a full disk a create is a 500 that changes nothing; with room again it goes on without a restart', async (t) => {
  const { call, command, create, db, stateOf, lines } = await startOnFile(t, '--rate-limit', 'off')
  const kept = await create({ cloudProvider: 'AWS', regionName: 'GLOBAL' })
  const full = db.prepare('PRAGMA page_count').pluck().get()
  db.exec(`PRAGMA max_page_count = ${full}`)
  // What is free on the last pages is used up first.
  const created: string[] = []
  let failed: { cloudProvider: string; regionName: string; vpcRegionName: string } | undefined
  for (const [regionName, vpcRegionName] of regions.flatMap((region) => regions.map((other) => [region, other]))) {
    const body = { cloudProvider: 'AWS', regionName: regionName as string, vpcRegionName: vpcRegionName as string }
    if (regionName === 'GLOBAL') continue
    const before = failed ? undefined : await stateOf()
    const response = await call('POST', path, { body })
    if (response.statusCode === 201) {
      created.push(response.json().id)
      continue
    }
    t.equal(response.statusCode, 500)
    t.equal(response.body, unexpected)
    t.strictSame(await stateOf(), before, 'nothing has changed')
    failed = body
    break
  }
  t.ok(failed, 'the disk was full at last')
  t.ok(lines.some((line) => line.includes('database or disk is full')))
  const listed = await call('GET', `${path}?itemsPerPage=500`)
  t.strictSame(
    listed.json().results.map(({ id }: { id: string }) => id),
    [kept.id, ...created],
    'what is stored can be read',
  )
  t.equal((await call('GET', `${path}/${kept.id}`)).statusCode, 200)

  db.exec(`PRAGMA max_page_count = ${Number(full) + 1000}`)
  t.equal((await call('POST', path, { body: failed })).statusCode, 201)
  t.equal((await command('GET', '/health')).statusCode, 200)
})

test('while the database cannot be written, health says so, every change fails and what is read stays right', async (t) => {
  const { emulator, token, call, command, create, clock, db, file, stateOf } = await startOnFile(t)
  const { id } = await create()
  const lasting = { id: 'lasting', match: { operationId: 'deleteBackupPrivateEndpoint' }, errorCode: 'RATE_LIMITED' }
  const armed = (await command('POST', '/faults', { ...lasting, when: { skip: 1 } })).json()
  t.equal((await command('PUT', '/snapshots/before')).statusCode, 200)
  const before = await stateOf()
  db.exec('PRAGMA query_only = ON')

  const sick = await command('GET', '/health')
  t.equal(sick.statusCode, 503)
  t.match(sick.json(), { status: 'unwritable', counts: { projects: 1, privateEndpoints: 1 } })
  const other = { cloudProvider: 'AWS', regionName: 'EU_WEST_1' }
  const changes = await Promise.all([
    call('POST', path, { body: other }),
    call('POST', path, { body: other }),
    call('DELETE', `${path}/${id}`),
  ])
  t.strictSame(
    changes.map(({ statusCode, body }) => [statusCode, body]),
    changes.map(() => [500, unexpected]),
  )
  const revocation = await emulator.inject({
    method: 'POST',
    url: '/api/oauth/revoke',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: `token=${token}&client_id=mdb_sa_id_000000000000000000000001&client_secret=mdb_sa_sk_emulatoremulatoremulatoremulatoremulator`,
  })
  t.equal(revocation.statusCode, 500)
  t.match(revocation.json(), { error: 'server_error' })

  const reason = `Cannot use the database ${file}: it is not writable. Change its permissions, or name another file with --db.`
  const commands: [string, string, object?][] = [
    ['POST', '/reset'],
    ['POST', `/reset?project=${project}`],
    ['PUT', '/state', before],
    ['POST', '/clock', { advance: '1s' }],
    ['PUT', '/lifecycle', { outcome: 'FAILED' }],
    ['PUT', '/lifecycle', { outcome: 'FAILED', project }],
    ['PATCH', `/privateEndpoints/${id}`, { status: 'FAILED' }],
    ['PUT', '/snapshots/x'],
    ['POST', '/snapshots/before/restore'],
    ['DELETE', '/snapshots/before'],
    ['POST', '/faults', { errorCode: 'RATE_LIMITED' }],
    ['DELETE', '/faults/lasting'],
    ['DELETE', '/faults'],
  ]
  for (const [method, url, body] of commands) {
    const response = await command(method, url, body)
    t.match(response.json(), { status: 500, detail: reason }, `${method} ${url}`)
  }
  t.strictSame(await stateOf(), before, 'nothing has changed')
  t.strictSame((await command('GET', '/faults')).json().faults, [armed])
  t.equal((await call('GET', path)).json().results[0].id, id)

  db.exec('PRAGMA query_only = OFF')
  t.equal((await command('GET', '/health')).statusCode, 200)
  t.equal((await call('POST', path, { body: other })).statusCode, 201)
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204, 'the fault has met no request yet')
  t.equal((await call('DELETE', `${path}/${id}`)).json().errorCode, 'RATE_LIMITED')
  clock.advance(60_000)
  t.equal((await call('GET', `${path}/${id}`)).statusCode, 404)
})

test('where what is stored is damaged in a way that SQLite cannot see, the start and the control API say so', async (t) => {
  const { command, db, file } = await startOnFile(t)
  t.equal((await command('PUT', '/snapshots/x')).statusCode, 200)
  db.exec(`UPDATE organization SET details = 'X'; UPDATE snapshot SET state = 'X'`)
  const reason = `Cannot use the database ${file}: it is damaged. Restore it from a copy, or remove it to start over.`
  t.match((await command('POST', '/snapshots/x/restore')).json(), { status: 500, detail: reason })
  t.match((await command('GET', '/state')).json(), { status: 500, detail: reason })

  const other = `${t.testdir({ other: {} })}/other/atlas.db`
  const damaged = openStore(other)
  damaged.close()
  const harmed = openDatabase(other)
  harmed.exec(`INSERT INTO fault (id, rule, matched, fired) VALUES ('f', 'X', 0, 0)`)
  harmed.close()
  await t.rejects(start(t, ['--db', other]), { name: 'DatabaseError', message: reason.replace(file, other) })
})
