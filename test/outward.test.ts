import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { operations } from '../src/atlas/registry.js'
import { account, apiKey, basic, project } from './support/emulator.js'

const file = (path: string) => new URL(path, import.meta.url).pathname

/** Runs the built program, which tells of every connection that it opens. */
function start(t: Test, ...args: string[]) {
  const command = [
    '-u',
    'NODE_OPTIONS',
    process.execPath,
    '--import',
    file('support/outward.mjs'),
    file('../dist/main.cjs'),
  ]
  const child = spawn('env', [...command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MONGODB_ATLAS_PUBLIC_API_KEY: 'key', MONGODB_ATLAS_PRIVATE_API_KEY: 'secret' },
  })
  t.teardown(() => child.kill('SIGKILL'))
  return { child, stderr: text(child.stderr), exit: once(child, 'exit') }
}

test('the server opens no connection, whatever it is asked', async (t) => {
  const { child, stderr, exit } = start(t, '--port', '0')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const url = String(line).replace('atlas-backup-emulator listens on ', '')
  const ask = async (method: string, path: string, init: RequestInit = {}) =>
    (await fetch(url + path, { method, ...init })).text()
  const token = JSON.parse(
    await ask('POST', '/api/oauth/token', {
      headers: { authorization: basic(account) },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    }),
  ).access_token
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/vnd.atlas.2025-03-12+json',
    'content-type': 'application/json',
  }
  for (const { method, path } of operations) {
    const filled = path.replace(':groupId', project).replace(':cloudProvider', 'AWS').replace(/:\w+/g, 'x')
    const body = { cloudProvider: 'AWS', regionName: 'US_EAST_1', providerName: 'AWS' }
    // What follows still needs the project.
    if (method === 'DELETE' && path === '/groups/:groupId') continue
    await ask(method, `/api/atlas/v2${filled}`, {
      headers,
      ...(method === 'POST' || method === 'PATCH' ? { body: JSON.stringify(body) } : {}),
    })
  }
  for (const path of [
    'health',
    'state',
    'openapi.json',
    'openapi-control.json',
    'docs',
    'fidelity',
    'requests',
    'faults',
    'lifecycle',
    'clock',
  ]) {
    await ask('GET', `/_emulator/${path}`)
  }
  await ask('POST', '/_emulator/reset')
  await ask('GET', '/api/atlas/v2/groups', { headers: { ...headers, authorization: `Basic ${apiKey.secret}` } })
  child.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
  t.strictSame(
    (await stderr).split('\n').filter((told) => told.startsWith('OUTWARD')),
    [],
  )
})

test('verify does, which shows that a connection would be seen', async (t) => {
  const { stderr, exit } = start(t, 'verify', '--against', 'http://127.0.0.1:9', '--project', project, '--pace', '0ms')
  await exit
  t.match(await stderr, 'OUTWARD connection')
})
