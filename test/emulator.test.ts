import { test } from 'tap'
import { createEmulator } from '../src/emulator.js'
import { openDatabase } from '../src/store/database.js'
import { authority } from '../src/values/url.js'
import { settingsFor, start } from './support/emulator.js'

test('the URL that listen tells is one to reach the emulator at', async (t) => {
  const url = async (host: string) => (await start(t, ['--host', host])).emulator.listen()
  t.match(await url('127.0.0.1'), /^http:\/\/127\.0\.0\.1:\d+$/)
  t.match(await url('localhost'), /^http:\/\/(127\.0\.0\.1|\[::1\]):\d+$/)
  t.match(await url('0.0.0.0'), /^http:\/\/127\.0\.0\.1:\d+$/)
  for (const host of ['::', '::1']) {
    const listening = await url(host).catch((error: NodeJS.ErrnoException) => error.code)
    // A machine without IPv6 cannot listen there.
    t.match(listening, /^http:\/\/\[::1\]:\d+$|^EAFNOSUPPORT$|^EADDRNOTAVAIL$/)
  }
})

test('a database that fails once it is open is told as such', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  openDatabase(db)
    .exec("CREATE TRIGGER broken BEFORE INSERT ON counter BEGIN SELECT RAISE(ABORT, 'broken'); END")
    .close()
  await t.rejects(createEmulator(settingsFor('--db', db)), {
    message: `Cannot use the database ${db}: broken. Restore it from a copy, or remove it to start over.`,
  })
})

test('an address in a URL is in brackets where it must be', async (t) => {
  t.equal(authority('::1', 80), '[::1]:80')
  t.equal(authority('127.0.0.1', 80), '127.0.0.1:80')
})

test('several emulators live in one process, each with a world of its own', async (t) => {
  const [first, second] = [await start(t), await start(t)]
  const { id } = await first.create()
  const path = '/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints'
  t.equal((await first.call('GET', `${path}/${id}`)).statusCode, 200)
  t.equal((await second.call('GET', `${path}/${id}`)).statusCode, 404)
})

test('where nothing is bundled, a process of the emulator’s own uses what is installed', async (t) => {
  const emulator = await createEmulator(settingsFor(), { ownsProcess: true })
  t.equal((await emulator.inject({ url: '/_emulator/health' })).statusCode, 200)
  await emulator.close()
})

test('by default time is the system’s', async (t) => {
  const emulator = await createEmulator(settingsFor('--auth', 'off'))
  const response = await emulator.inject({
    method: 'POST',
    url: '/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints',
    headers: { accept: 'application/vnd.atlas.2024-11-13+json' },
    payload: { cloudProvider: 'AWS', regionName: 'US_EAST_1' },
  })
  const seconds = Number.parseInt(response.json().id.slice(0, 8), 16)
  t.ok(Math.abs(seconds - Date.now() / 1000) < 3600)
  await emulator.close()
})

test('a world that has been kept since before clocks could be set has the system’s time', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  await (await start(t, ['--db', db])).emulator.close()
  openDatabase(db).exec('DELETE FROM world_property').close()
  const { command } = await start(t, ['--db', db])
  t.match((await command('GET', '/clock')).json(), { offset: 0, frozen: false })
})
