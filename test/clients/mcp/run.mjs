// Atlas's own MCP server, mongodb-mcp-server from npm, against an emulator with the demo fixture: a client of it, which
// speaks MCP over its standard input and output, lists organizations, projects and clusters. The MCP server insists on
// https, so the emulator has a certificate that is made for the run; it must be named in both SSL_CERT_FILE and
// NODE_EXTRA_CA_CERTS. The package goes into a folder of its own.
// Usage: node run.mjs
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { startEmulator } from '../emulator.mjs'

const version = '3.0.4'
const account = ['mdb_sa_id_000000000000000000000011', 'mdb_sa_sk_demo11demo11demo11demo11demo11demo11demo']
const organization = '6650a1f0c2a94e1b7d000001'
const projects = { dedicated: '6650b2e1d3ba5f2c8e000003', flex: '6650b2e1d3ba5f2c8e000002' }

const scratch = mkdtempSync(`${tmpdir()}/mcp-`)
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
const cert = `${scratch}/cert.pem`
const key = `${scratch}/key.pem`
const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '1']
execFileSync('openssl', ['req', '-x509', ...kind, ...name, '-keyout', key, '-out', cert], { stdio: 'ignore' })
const install = ['install', '--silent', '--no-save', '--no-audit', '--no-fund', '--prefix', scratch]
execFileSync('npm', [...install, `mongodb-mcp-server@${version}`], { stdio: 'inherit', cwd: scratch })

const emulator = await startEmulator(['--fixtures', 'demo', '--tls-cert', cert, '--tls-key', key])
const server = spawn(process.execPath, [`${scratch}/node_modules/mongodb-mcp-server/dist/index.js`], {
  cwd: scratch,
  env: {
    PATH: process.env.PATH,
    HOME: scratch,
    SSL_CERT_FILE: cert,
    NODE_EXTRA_CA_CERTS: cert,
    MDB_MCP_API_BASE_URL: emulator.url,
    MDB_MCP_API_CLIENT_ID: account[0],
    MDB_MCP_API_CLIENT_SECRET: account[1],
    MDB_MCP_TELEMETRY: 'disabled',
    MDB_MCP_READ_ONLY: 'true',
    MDB_MCP_LOGGERS: 'stderr',
    DO_NOT_TRACK: '1',
  },
  stdio: ['pipe', 'pipe', 'pipe'],
})
process.on('exit', () => server.kill('SIGKILL'))
let log = ''
server.stderr.on('data', (chunk) => {
  log += chunk
})

/** Requests that wait for their answers, by id; JSON-RPC, one message a line. */
const waiting = new Map()
createInterface({ input: server.stdout }).on('line', (line) => {
  const message = JSON.parse(line)
  waiting.get(message.id)?.(message)
})
let id = 0
const tell = (method, params) => server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`)
function ask(method, params) {
  id += 1
  server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
  const answer = new Promise((resolve) => waiting.set(id, resolve))
  const ends = once(server, 'exit').then(() => ({ error: 'the MCP server ended' }))
  const late = new Promise((resolve) => setTimeout(resolve, 60_000, { error: 'no answer' }).unref())
  return Promise.race([answer, ends, late])
}

let passed = 0
let failed = 0
function check(what, ok, actual) {
  if (ok) passed += 1
  else failed += 1
  console.log(ok ? `ok - ${what}` : `not ok - ${what}\n  actual: ${JSON.stringify(actual)}`)
}
async function tool(name, args = {}) {
  const answer = await ask('tools/call', { name, arguments: args })
  return { text: JSON.stringify(answer.result ?? answer), isError: answer.result?.isError ?? !answer.result }
}
const tells = async (what, name, args, ...words) => {
  const { text, isError } = await tool(name, args)
  check(what, !isError && words.every((word) => text.includes(word)), text)
}

const client = { name: 'test', version: '1' }
const opened = await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: client })
check('the MCP server starts', opened.result?.serverInfo !== undefined, { opened, log })
tell('notifications/initialized', {})
await tells('organizations', 'atlas-list-orgs', {}, 'Northwind Retail', organization)
await tells('projects', 'atlas-list-projects', {}, 'storefront-production', 'storefront-staging', 'analytics')
await tells('projects of an organization', 'atlas-list-projects', { orgId: organization }, 'analytics')
await tells('clusters', 'atlas-list-clusters', { projectId: projects.dedicated }, 'reporting', 'forecasts')
await tells('flex clusters', 'atlas-list-clusters', { projectId: projects.flex }, 'staging')
if (failed > 0) console.log(log)

server.stdin.end()
server.kill()
await emulator.stop()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
