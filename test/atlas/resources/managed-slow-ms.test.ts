import { test } from 'tap'
import { defaultWorld, fixtureFile, project, start } from '../../support/emulator.js'

const url = `/api/atlas/v2/groups/${project}/managedSlowMs`

test('whether Atlas manages the threshold of slow queries is a bare value [managed-slow-ms]', async (t) => {
  const { call } = await start(t)
  const response = await call('GET', url)
  t.equal(response.statusCode, 200)
  t.equal(response.body, 'true')
  t.equal((await call('GET', `${url}?envelope=true`)).body, '{"content":true,"status":200}')
  const world = defaultWorld()
  Object.assign(world.projects[0] as object, { managedSlowMs: false })
  const unmanaged = await start(t, ['--fixtures', fixtureFile(t, world)])
  t.equal((await unmanaged.call('GET', url)).body, 'false')
})
