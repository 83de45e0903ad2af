// Schemathesis against both OpenAPI documents, each with an emulator of its own: it makes requests that fit the documents
// and requests that do not, and compares the answers with them. What a run counts are the operations: passed where no
// answer was a 5xx or other than described, failed once for each kind of failure. The same seed makes the same requests;
// how many, the SECONDS decide for which each run goes on. The Python package goes into a folder of its own.
// Usage: node run.mjs [SEED] [SECONDS]
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { startEmulator } from '../../clients/emulator.mjs'

const [seed = '1', seconds = '180'] = process.argv.slice(2)
const here = fileURLToPath(new URL('.', import.meta.url))
const scratch = mkdtempSync(`${tmpdir()}/schemathesis-`)
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

execFileSync('python3', ['-m', 'venv', `${scratch}/venv`])
const pip = ['install', '--quiet', '--disable-pip-version-check', '--requirement', `${here}requirements.txt`]
execFileSync(`${scratch}/venv/bin/pip`, pip, { stdio: 'inherit' })

// The default world, with things whose ids the configurations know.
const world = JSON.parse(readFileSync(new URL('../../../fixtures/default.json', import.meta.url), 'utf8'))
const [project] = world.projects
const [account] = world.serviceAccounts
const id = (n) => `6b04d2d63331d5d6801e9b0${n}`
project.privateEndpoints = ['US_EAST_1', 'EU_WEST_1', 'US_WEST_2'].map((regionName, n) => ({
  ...{ id: id(n + 1), regionName, status: 'ACTIVE' },
}))
const [role] = project.cloudProviderAccess
project.cloudProviderAccess = [1, 2, 3].map((n) => ({ ...role, id: id(n) }))
project.exportBuckets = [1, 2, 3].map((n) => ({ id: id(n), bucketName: `bucket-${n}`, iamRoleId: id(1) }))
const { privateEndpoints, cloudProviderAccess, exportBuckets, ...bare } = project
world.projects.push(...[1, 2, 3].map((n) => ({ ...bare, id: `32b6e34b3d91647abb20e7b${n}`, name: `Spare ${n}` })))
writeFileSync(`${scratch}/world.json`, JSON.stringify({ ...world, $schema: undefined }))

/**
 * One run against one document.
 * @param name of the configuration beside this file
 * @param document path of the OpenAPI document
 */
async function fuzz(name, document) {
  const lifecycle = ['--provisioning', '0s', '--deletion', '0s', '--token-lifetime', '24h']
  const flags = ['--fixtures', `${scratch}/world.json`, '--seed', seed, '--rate-limit', 'off', ...lifecycle]
  const emulator = await startEmulator(flags)
  const client = Buffer.from(`${account.clientId}:${account.clientSecret}`).toString('base64')
  const signIn = { method: 'POST', headers: { authorization: `Basic ${client}` } }
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  const answer = await (await fetch(`${emulator.url}/api/oauth/token`, { ...signIn, body: form })).json()

  const report = `${scratch}/${name}.json`
  const args = [
    ...['--config-file', `${here}${name}.toml`, 'run', `${emulator.url}${document}`, '--checks', 'all'],
    ...['--seed', seed, '--max-time', seconds, '--generation-database', 'none', '--continue-on-failure'],
    ...['--max-failures', '100', '--no-color', '--report', 'json', '--report-json-path', report],
  ]
  const env = {
    ...process.env,
    ...{ TOKEN: answer.access_token, CLIENT: client },
    // Python would keep what it compiles of the hooks beside them.
    ...{ SCHEMATHESIS_HOOKS: `${here}hooks.py`, PYTHONDONTWRITEBYTECODE: '1' },
  }
  // In the scratch folder, since schemathesis keeps a cache where it is started.
  const child = spawn(`${scratch}/venv/bin/schemathesis`, args, {
    ...{ cwd: scratch, env, stdio: ['ignore', 'pipe', 'inherit'] },
  })
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')])
  const { operations, test_cases: cases, failures, errors } = JSON.parse(readFileSync(report, 'utf8'))
  const wrong = new Set(failures.flatMap((failure) => failure.operations))
  const { code, log } = await emulator.stop()
  console.log(`\n${name}: ${operations.tested} of ${operations.total} operations, ${cases.generated} requests made up`)

  let failed = failures.reduce((sum, { count }) => sum + count, 0)
  if (failed > 0) console.log(printed.slice(printed.indexOf('= FAILURES =')))
  const isWrong = (what, unless) => {
    if (unless) return
    failed += 1
    console.log(`not ok - ${what}\n${printed}`)
  }
  isWrong('every operation was tried', operations.tested === operations.selected && operations.tested > 10)
  isWrong('schemathesis itself had no error', errors.length === 0)
  isWrong(`the emulator stopped as always, without an error in its log: ${code} ${log}`, code === 0 && log === '')
  return { passed: operations.tested - wrong.size, failed }
}

const runs = await Promise.all([
  fuzz('atlas', '/_emulator/openapi.json'),
  fuzz('control', '/_emulator/openapi-control.json'),
])
const sum = (key) => runs.reduce((total, run) => total + run[key], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') > 0 ? 1 : 0
