import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Test, test } from 'tap'
import { env } from '../../src/cli/env.js'
import { startEmulator } from '../../src/index.js'
import { certificate } from '../support/certificate.js'
import { defaultWorld } from '../support/emulator.js'

async function running(t: Test, options: Parameters<typeof startEmulator>[0] = {}) {
  const emulator = await startEmulator(options)
  t.teardown(() => emulator.close())
  return emulator.url
}

/** What `env` prints as JSON. */
async function told(url: string, environment: NodeJS.ProcessEnv = {}) {
  return JSON.parse(await env(['--format', 'json', '--url', url], environment)) as Record<string, string>
}

const project = '32b6e34b3d91647abb20e7b8'

test('env tells where the emulator is and how to sign in, by the names that clients read', async (t) => {
  const url = await running(t)
  const variables = await told(`${url}/`)
  t.strictSame(variables, {
    ATLAS_URL: url,
    MONGODB_ATLAS_BASE_URL: url,
    MONGODB_ATLAS_OPS_MANAGER_URL: url,
    MDB_MCP_API_BASE_URL: url,
    MONGODB_ATLAS_ORG_ID: '32b6e34b3d91647abb20e7a0',
    MONGODB_ATLAS_PROJECT_ID: project,
    MONGODB_ATLAS_PUBLIC_API_KEY: 'emulator',
    MONGODB_ATLAS_PRIVATE_API_KEY: '00000000-0000-4000-8000-000000000000',
    MONGODB_ATLAS_PUBLIC_KEY: 'emulator',
    MONGODB_ATLAS_PRIVATE_KEY: '00000000-0000-4000-8000-000000000000',
    MONGODB_ATLAS_CLIENT_ID: 'mdb_sa_id_000000000000000000000001',
    MONGODB_ATLAS_CLIENT_SECRET: 'mdb_sa_sk_emulatoremulatoremulatoremulatoremulator',
    MDB_MCP_API_CLIENT_ID: 'mdb_sa_id_000000000000000000000001',
    MDB_MCP_API_CLIENT_SECRET: 'mdb_sa_sk_emulatoremulatoremulatoremulatoremulator',
  })
})

test('env prints for a shell, for a dotenv file and for GitHub', async (t) => {
  const url = await running(t)
  const print = (...args: string[]) => env([...args, '--url', url], {})
  t.equal((await print('--format', 'dotenv')).split('\n')[0], `ATLAS_URL=${JSON.stringify(url)}`)
  t.equal((await print('--format', 'github')).split('\n')[0], `ATLAS_URL=${url}`)
  const script = `${await print()}printf %s "$MONGODB_ATLAS_PROJECT_ID"`
  t.equal(execFileSync('sh', ['-c', script], { encoding: 'utf8' }), project)
})

test('env asks the emulator that the variables would start, over https and with a control token', async (t) => {
  const dir = t.testdir({ 'cert.pem': certificate.cert, 'key.pem': certificate.key })
  const files = { tlsCert: `${dir}/cert.pem`, tlsKey: `${dir}/key.pem` }
  const url = await running(t, { ...files, controlToken: 'a-token', host: '127.0.0.1' })
  const environment = {
    ATLAS_EMULATOR_HOST: '0.0.0.0',
    ATLAS_EMULATOR_PORT: new URL(url).port,
    ATLAS_EMULATOR_TLS_CERT: files.tlsCert,
  }
  const withToken = { ...environment, ATLAS_EMULATOR_CONTROL_TOKEN: 'a-token' }
  t.match(await env([], withToken), `export ATLAS_URL='${url}'\n`)
  await t.rejects(env([], environment), { message: /answers 401 .* Set ATLAS_EMULATOR_CONTROL_TOKEN/ })
})

test('env names a project that somebody owns from anywhere, else the first one, else none', async (t) => {
  const [first] = defaultWorld().projects as [ReturnType<typeof defaultWorld>['projects'][number]]
  const second = { ...first, id: 'b'.repeat(24), name: 'Second' }
  const world = { ...defaultWorld(), projects: [first, second] }
  const [key] = world.apiKeys as [(typeof world.apiKeys)[number]]
  const roles = [{ roleName: 'GROUP_OWNER' as const, groupId: second.id }]
  const owned = await running(t, { fixtures: { ...world, apiKeys: [{ ...key, roles }], serviceAccounts: [] } })
  t.match(await told(owned), { MONGODB_ATLAS_PROJECT_ID: second.id, MONGODB_ATLAS_PUBLIC_API_KEY: key.publicKey })
  const bound = { ...key, accessList: ['203.0.113.1'] }
  const unowned = await running(t, { fixtures: { ...world, apiKeys: [bound], serviceAccounts: [] } })
  const variables = await told(unowned)
  t.equal(variables.MONGODB_ATLAS_PROJECT_ID, first.id)
  t.equal(variables.MONGODB_ATLAS_PUBLIC_API_KEY, undefined)
  const empty = await running(t, { fixtures: { organizations: [], projects: [] } })
  t.strictSame(Object.keys(await told(empty)), [
    'ATLAS_URL',
    'MONGODB_ATLAS_BASE_URL',
    'MONGODB_ATLAS_OPS_MANAGER_URL',
    'MDB_MCP_API_BASE_URL',
  ])
})

test('what is wrong with a call of env, or with the emulator, is one message', async (t) => {
  const rejects = async (args: string[], message: RegExp, environment = {}) => {
    await t.rejects(env(args, environment), { message }, String(message))
  }
  await rejects(['--format', 'xml'], /^--format: found "xml"; allowed: sh, dotenv, github, json\.$/)
  await rejects(['--format', 'toString'], /^--format: found "toString"/)
  await rejects(['--url', 'localhost:8080'], /^--url: found "localhost:8080"; allowed: a URL such as http:/)
  await rejects(['--url', 'http://x/path'], /^--url: found "http:\/\/x\/path"/)
  await rejects(['--urll', 'http://x'], /Unknown option '--urll'.*Allowed: --format VALUE, --url VALUE\.$/)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  await rejects([], /^http:\/\/127\.0\.0\.1:\d+ cannot be asked: .*Start the emulator/, {
    ATLAS_EMULATOR_PORT: `${port}`,
  })
})

test('env passes over what belongs to tenants', async (t) => {
  const { url, control, close } = await startEmulator()
  t.teardown(close)
  const before = await told(url)
  await control.tenant({ name: 'A name that comes first' })
  t.strictSame(await told(url), before)
})
