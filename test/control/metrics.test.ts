import { test } from 'tap'
import { TokenBucket } from '../../src/atlas/auth/token-bucket.js'
import { EmulatorControl } from '../../src/control/client.js'
import { Tally } from '../../src/journal/tally.js'
import { account, demo, path, project, start } from '../support/emulator.js'

test('numbers are told as Prometheus reads them', async (t) => {
  const bench = await start(t)
  const { call, command, create } = bench
  await create()
  await call('GET', path)
  await call('GET', path)
  await call('GET', path, { bare: true })
  await call('GET', `${path}/nope`)
  await call('GET', '/nope"\\')
  await command('POST', '/faults', { id: 'f', errorCode: 'NO_CAPACITY', when: { times: 1 } })
  await call('GET', path)
  await call('GET', path, { headers: { 'x-emulator-fault': 'drop' } }).catch(() => {})
  const answer = await command('GET', '/metrics')
  t.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const lines = answer.body.split('\n')
  const list = 'operation="listGroupBackupPrivateEndpoints"'
  for (const line of [
    `atlas_emulator_requests_total{${list},status="200",code=""} 2`,
    `atlas_emulator_requests_total{${list},status="401",code="UNEXPECTED_ERROR"} 1`,
    `atlas_emulator_requests_total{${list},status="409",code="NO_CAPACITY"} 1`,
    `atlas_emulator_requests_total{${list},status="none",code=""} 1`,
    'atlas_emulator_requests_total{operation="",status="404",code="RESOURCE_NOT_FOUND"} 1',
    'atlas_emulator_private_endpoints{status="INITIATING"} 1',
    'atlas_emulator_private_endpoints{status="FAILED"} 0',
    `atlas_emulator_bucket_capacity{set="Cloud Backups",owner="${project}"} 1200`,
    `atlas_emulator_bucket_tokens{set="Cloud Backups",owner="${project}"} 1194`,
    'atlas_emulator_fault_strikes{id="f"} 1',
    'atlas_emulator_clock_ahead_seconds 0',
    '# TYPE atlas_emulator_requests_total counter',
  ]) {
    t.ok(lines.includes(line), line)
  }
  t.match(answer.body, /^process_resident_memory_bytes \d+$/m)
  for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
    t.match(line, /^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.]+$/)
  }
  await command('POST', '/clock', { advance: '61s' })
  t.match((await command('GET', '/metrics')).body, 'status="ACTIVE"} 1')
  t.match((await command('GET', '/metrics')).body, /bucket_tokens\{set="Cloud Backups".*\} 1200/)
  const control = new EmulatorControl(await bench.emulator.listen())
  t.match(await control.metrics(), /^# HELP atlas_emulator_info/)
})

test('numbers are behind the guard, and count though the journal is off', async (t) => {
  const { command, call } = await start(t, ['--journal', 'off', '--fixtures', 'demo'])
  t.equal((await command('GET', '/metrics', undefined, { host: 'evil.test' })).statusCode, 403)
  await call('GET', `/api/atlas/v2/groups/${demo.production}`)
  const { body } = await command('GET', '/metrics')
  t.match(body, 'atlas_emulator_requests_total{operation="getGroup",status="200",code=""} 1')
  t.match(body, 'atlas_emulator_journal_entries 0')
  t.match(body, 'atlas_emulator_tenants 0')
  t.match(body, /private_endpoints\{status="PENDING_RECREATION"\} [1-9]/)
  t.ok(account.id)
})

test('labels of any text are escaped', async (t) => {
  const { command, call } = await start(t, ['--auth', 'off'])
  await call('GET', '/api/atlas/v2/groups', { from: '10.0.0.1' })
  t.match((await command('GET', '/metrics')).body, 'owner="10.0.0.1"')
  await command('POST', '/faults', { errorCode: 'MINE', status: 418 })
  await call('GET', '/api/atlas/v2/groups')
  t.match((await command('GET', '/metrics')).body, 'status="418",code="MINE"} 1')
})

test('the kinds of requests that are told apart are bounded', async (t) => {
  const tally = new Tally()
  for (let i = 0; i < 600; i += 1) tally.count('x', 400, `C${i}`)
  tally.count('x', 500, 'C1')
  tally.count('x', 400, 'C1')
  tally.count(undefined, undefined, undefined)
  const all = [...tally]
  t.ok(all.length < 510)
  t.equal(
    all.reduce((sum, { requests }) => sum + requests, 0),
    603,
  )
  t.match(
    all.find(({ errorCode, status }) => errorCode === 'other' && status === 400),
    { requests: 100 },
  )
  t.match(
    all.find(({ errorCode }) => errorCode === 'C1'),
    { requests: 2 },
  )
})

test('to look at a bucket takes nothing from it', async (t) => {
  const bucket = new TokenBucket({ capacity: 10, refill: 3, seconds: 1 }, 0)
  for (let i = 0; i < 8; i += 1) bucket.take(0)
  t.strictSame(
    [bucket.tokensAt(0), bucket.tokensAt(999), bucket.tokensAt(1000), bucket.tokensAt(60_000)],
    [2, 2, 5, 10],
  )
  t.equal(bucket.tokensAt(-5), 2)
})
