import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import type * as Library from '../src/index.js'
import { accept, account, path } from './support/emulator.js'
import { browserGlobals, realm } from './support/realm.js'

const root = fileURLToPath(new URL('../', import.meta.url))
execFileSync(process.execPath, [`${root}.scripts/build.mjs`, '--if-stale'])

/** The built library, loaded into a realm of its own. */
function library(): typeof Library {
  return realm(browserGlobals())(`${root}dist/index.cjs`) as unknown as typeof Library
}

test('where a test runner has other globals than Node, answers are what they are elsewhere', async (t) => {
  const { startEmulator } = library()
  const { url, control, close } = await startEmulator({ provisioning: 0 })
  t.teardown(close)
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: account.id,
    client_secret: account.secret,
  })
  const { access_token } = (await (await fetch(`${url}/api/oauth/token`, { method: 'POST', body: form })).json()) as {
    access_token: string
  }
  const headers = { accept, authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
  const create = async (body: unknown) => {
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return [answer.status, ((await answer.json()) as { errorCode?: string }).errorCode]
  }
  t.strictSame(await create({ cloudProvider: 'AWS', regionName: 'US_EAST_1' }), [201, undefined])
  t.strictSame(await create({ cloudProvider: 'AWS', regionName: 'NOWHERE' }), [400, 'INVALID_ATTRIBUTE'])
  t.match(await (await fetch(url + path)).json(), { error: 401, reason: 'Unauthorized' })
  // Its links repeat the query, so that it is long enough to be compressed outside of the main thread.
  const long = await fetch(`${url}${path}?n=${'x'.repeat(9000)}`, { headers })
  t.strictSame([long.status, long.headers.get('content-encoding')], [200, 'gzip'])
  t.match(await long.json(), { totalCount: 1 })
  const world = await control.state.export({ secrets: true })
  t.match(await control.state.import(world), { privateEndpoints: 1 })
  t.match(await control.requests.find({ status: 400 }), [{ errorCode: 'INVALID_ATTRIBUTE' }])
  t.equal((await control.health()).status, 'ok')
})

test('the errors of the library are of its classes in each realm of a process', async (t) => {
  const dir = t.testdir({ 'no.db': 'x'.repeat(5000) })
  for (const { startEmulator, DatabaseError, FixtureError, UsageError, EmulatorControlError } of [
    library(),
    library(),
  ]) {
    const thrown = async (options: object): Promise<unknown> =>
      startEmulator(options).then(
        ({ close }) => close(),
        (error) => error,
      )
    t.ok((await thrown({ db: `${dir}/no.db` })) instanceof DatabaseError)
    t.ok((await thrown({ db: `${dir}/none/atlas.db` })) instanceof DatabaseError)
    t.ok((await thrown({ fixtures: { organizations: 1 } })) instanceof FixtureError)
    t.ok((await thrown({ prot: 1 })) instanceof UsageError)
    const { control, close } = await startEmulator({ auth: 'off' })
    const refused = await control.faults.disarm('none').catch((error: unknown) => error)
    t.ok(refused instanceof EmulatorControlError)
    await close()
  }
})
