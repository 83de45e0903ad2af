// Keeps what V8 compiles of the bundle, and of what it loads, while the command starts and gives its first answers, so that
// starts to come need not compile it.
// Usage: precompile.js BUNDLE
import { readFileSync, writeFileSync } from 'node:fs'
import type { Script } from 'node:vm'
import { cacheOf, compile, load } from '../src/cli/bundle.js'
import type * as Command from '../src/cli/command.js'

const path = process.argv[2] as string
const scripts = new Map<string, Script>()
const kept = (path: string) => {
  const script = compile(path)
  scripts.set(path, script)
  return script
}
const { run } = load(path, kept) as { run: typeof Command.run }
const stopping = new AbortController()
// Its usual settings, whatever those of this machine are.
for (const name of Object.keys(process.env)) if (name.startsWith('ATLAS_EMULATOR_')) delete process.env[name]
process.argv.splice(2, Number.POSITIVE_INFINITY, '--port', '0')
process.on('exit', writeCaches)
const url = await new Promise<string>((resolve) => {
  process.stdout.write = (text) => {
    resolve(/http:\/\/[^\s/]+/.exec(String(text))?.[0] as string)
    return true
  }
  void run(stopping.signal)
})
const {
  projects: [project],
  serviceAccounts: [account],
} = JSON.parse(readFileSync('fixtures/default.json', 'utf8'))
const signedIn = await fetch(`${url}/api/oauth/token`, {
  method: 'POST',
  headers: { authorization: `Basic ${btoa(`${account.clientId}:${account.clientSecret}`)}` },
  body: new URLSearchParams({ grant_type: 'client_credentials' }),
})
const { access_token: token } = (await signedIn.json()) as { access_token: string }
const headers = {
  accept: 'application/vnd.atlas.2025-03-12+json',
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
}
const endpoints = `${url}/api/atlas/v2/groups/${project.id}/backup/AWS/privateEndpoints`
const body = JSON.stringify({ cloudProvider: 'AWS', regionName: 'US_EAST_1' })
for (const [expected, request] of [
  [201, { method: 'POST', body }],
  [200, {}],
] as const) {
  const { status } = await fetch(endpoints, { headers, ...request })
  if (status !== expected) throw new Error(`The first answers are to be ${expected}, and this was ${status}`)
}
// What waits for a server asks this first, and has all of the control API made.
const { status } = await fetch(`${url}/_emulator/health`)
if (status !== 200) throw new Error(`It is to be healthy, and this was ${status}`)
stopping.abort()

function writeCaches() {
  for (const [path, script] of scripts) {
    const data = script.createCachedData()
    writeFileSync(cacheOf(path), data)
    if (compile(path, data).cachedDataRejected) throw new Error('V8 refuses what it has compiled itself')
  }
}
