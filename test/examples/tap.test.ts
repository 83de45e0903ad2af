// A suite that tests a program against the emulator, with tap. Copy it, and put your own client in place of fetch.
import { startEmulator } from 'atlas-backup-emulator'
import { test } from 'tap'

test('a private endpoint becomes ACTIVE, and the test does not wait for it', async (t) => {
  const { url, control, close } = await startEmulator({ auth: 'off', provisioning: '10m' })
  t.teardown(close)
  const base = `${url}/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints`
  const headers = { accept: 'application/vnd.atlas.2025-03-12+json', 'content-type': 'application/json' }
  const body = JSON.stringify({ cloudProvider: 'AWS', regionName: 'US_EAST_1' })
  const created = await fetch(base, { method: 'POST', headers, body })
  const { id, status } = (await created.json()) as { id: string; status: string }
  t.equal(status, 'INITIATING')

  await control.clock.advance('10m')
  const found = await fetch(`${base}/${id}`, { headers })
  t.match(await found.json(), { status: 'ACTIVE' })
})

test('a create that Atlas carries out and never answers', async (t) => {
  const { url, control, close } = await startEmulator({ auth: 'off' })
  t.teardown(close)
  const base = `${url}/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints`
  const headers = { accept: 'application/vnd.atlas.2025-03-12+json', 'content-type': 'application/json' }
  const body = JSON.stringify({ cloudProvider: 'AWS', regionName: 'US_EAST_1' })
  await control.faults.arm({ match: { method: 'POST' }, when: { times: 1 }, break: 'drop' })

  await t.rejects(fetch(base, { method: 'POST', headers, body }))
  const again = await fetch(base, { method: 'POST', headers, body })
  t.equal(again.status, 409, 'the one that seemed to fail is there')
  t.match(await control.requests.find({ operation: 'createBackupPrivateEndpoint' }), [
    { status: null, fault: 'drop' },
    { status: 409, errorCode: 'PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION' },
  ])
})
