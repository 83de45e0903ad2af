import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { EmulatorControl, EmulatorControlError, type Fixture, UsageError } from '../../src/index.js'
import { AtlasEmulatorContainer, type StartedAtlasEmulatorContainer } from '../../src/testcontainers.js'
import { accept, apiKey, defaultWorld, demo, project } from '../support/emulator.js'
import { containers } from './stand-in.js'

/** What a container was given: its variables, and the modes of the files in it. */
const given = () => {
  const { image, env, modes } = containers.at(-1) as (typeof containers)[number]
  return { image, env, modes, variables: Object.fromEntries(env.map((line) => line.split(/=(.*)/s))) }
}

async function running(t: Test, container = new AtlasEmulatorContainer()): Promise<StartedAtlasEmulatorContainer> {
  const started = await container.start()
  t.teardown(() => started.stop())
  return started
}

const groups = (url: string) => fetch(`${url}/api/atlas/v2/groups`, { headers: { accept } })

test('a container has a url, a client of its control API, and the variables of Atlas’s clients', async (t) => {
  const emulator = await running(t)
  t.equal((await groups(emulator.url)).status, 401)
  t.type(emulator.control, EmulatorControl)
  t.match(await emulator.control.health(), { status: 'ok' })
  t.match(emulator.environment, {
    ATLAS_URL: emulator.url,
    MONGODB_ATLAS_BASE_URL: emulator.url,
    MONGODB_ATLAS_PROJECT_ID: project,
    MONGODB_ATLAS_PUBLIC_API_KEY: apiKey.username,
    MONGODB_ATLAS_PRIVATE_API_KEY: apiKey.secret,
  })
  t.match(emulator.environmentAt('http://atlas:8080'), {
    ATLAS_URL: 'http://atlas:8080',
    MONGODB_ATLAS_PROJECT_ID: project,
  })
  t.equal(given().image, 'atlas-backup-emulator')
})

test('each container has a control token of its own, and another image may be named', async (t) => {
  const one = await running(t, new AtlasEmulatorContainer('registry.example.com/atlas:2'))
  const { image, variables } = given()
  t.equal(image, 'registry.example.com/atlas:2')
  t.strictSame(Object.keys(variables), ['ATLAS_EMULATOR_CONTROL_TOKEN'])
  t.match(one.controlToken, /^[0-9a-f]{32}$/)
  t.equal(variables.ATLAS_EMULATOR_CONTROL_TOKEN, one.controlToken)
  const other = await running(t)
  t.not(other.controlToken, one.controlToken)
  await t.rejects(new EmulatorControl(other.url, { token: one.controlToken as string }).reset(), EmulatorControlError)
})

test('a container that is reused has no token, which would make it another one', async (t) => {
  const emulator = await running(t, new AtlasEmulatorContainer().withReuse())
  t.equal(emulator.controlToken, undefined)
  t.strictSame(given().env, [])
  await emulator.control.reset()
})

test('settings are those of the library, and the container gets each of them once', async (t) => {
  const container = new AtlasEmulatorContainer()
    .withSettings({ provisioning: 1500, rateLimit: 'off', trustProxy: ['loopback', '10.0.0.0/8'], unserved: 501 })
    .withSettings({ provisioning: '5m', deletion: 250, reset: true, controlToken: 'mine' })
    .withAuthOff()
  const emulator = await running(t, container)
  t.strictSame([...given().env].sort(), [
    'ATLAS_EMULATOR_AUTH=off',
    'ATLAS_EMULATOR_CONTROL_TOKEN=mine',
    'ATLAS_EMULATOR_DELETION=250ms',
    'ATLAS_EMULATOR_PROVISIONING=5m',
    'ATLAS_EMULATOR_RATE_LIMIT=off',
    'ATLAS_EMULATOR_RESET=true',
    'ATLAS_EMULATOR_TRUST_PROXY=loopback,10.0.0.0/8',
    'ATLAS_EMULATOR_UNSERVED=501',
  ])
  t.equal(emulator.controlToken, 'mine')
  t.equal((await groups(emulator.url)).status, 200)
  t.match(await emulator.control.lifecycle.get(), { all: {} })
})

test('what is no setting, or none of a container, is refused before there is one', async (t) => {
  const container = new AtlasEmulatorContainer()
  const set = (settings: object) => () => container.withSettings(settings as never)
  t.throws(set({ colour: 'blue' }), UsageError)
  t.throws(set({ provisioning: 'soon' }), UsageError)
  t.throws(set({ port: 9000 }), { message: /^port is no setting of a container: use getMappedPort\(8080\)/ })
  t.throws(set({ fixtures: 'demo' }), { message: 'fixtures is no setting of a container: use withFixtures().' })
})

test('the world is one of the emulator’s own, a file, or an object', async (t) => {
  const own = await running(t, new AtlasEmulatorContainer().withFixtures('demo'))
  t.equal(given().variables.ATLAS_EMULATOR_FIXTURES, 'demo')
  t.equal(own.environment.MONGODB_ATLAS_CLIENT_ID, demo.owner.id)

  const world: Fixture = { ...(defaultWorld() as Fixture), apiKeys: [], serviceAccounts: [] }
  const withObject = await running(t, new AtlasEmulatorContainer().withFixtures(world))
  t.match(given(), {
    variables: { ATLAS_EMULATOR_FIXTURES: '/fixtures/world.json' },
    modes: { '/fixtures/world.json': 0o444 },
  })
  t.equal(withObject.environment.MONGODB_ATLAS_PROJECT_ID, project)
  t.notOk('MONGODB_ATLAS_CLIENT_ID' in withObject.environment)

  const file = join(t.testdir(), 'my-world.json')
  writeFileSync(file, JSON.stringify({ ...world, projects: [] }))
  const withFile = await running(t, new AtlasEmulatorContainer().withFixtures(file))
  t.match(given(), {
    variables: { ATLAS_EMULATOR_FIXTURES: '/fixtures/world.json' },
    modes: { '/fixtures/world.json': 0o444 },
  })
  t.strictSame(withFile.environment, {
    ATLAS_URL: withFile.url,
    MONGODB_ATLAS_BASE_URL: withFile.url,
    MONGODB_ATLAS_OPS_MANAGER_URL: withFile.url,
    MDB_MCP_API_BASE_URL: withFile.url,
  })
})

test('after a restart the url is the new one, and control and variables follow it', async (t) => {
  const emulator = await running(t)
  const before = emulator.url
  await emulator.restart()
  t.not(emulator.url, before)
  t.equal(emulator.environment.ATLAS_URL, emulator.url)
  await emulator.control.reset()
})

test('one that cannot be asked for its world is stopped', async (t) => {
  const container = new AtlasEmulatorContainer().withEnvironment({ ATLAS_EMULATOR_CONTROL: 'off' })
  await t.rejects(container.start(), EmulatorControlError)
  t.equal(containers.at(-1)?.running, false)
})
