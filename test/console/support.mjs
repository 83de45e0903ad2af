// What the tests of the console have in common: a browser, servers, and a count of what passed.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

const packages = ['playwright-core@1.65', 'axe-core@4']

/** Where Debian's chromium is; installed where it is missing, which takes root. */
function chromium() {
  const find = () => spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).stdout.trim()
  if (find() === '' && process.getuid() === 0) {
    const install = 'apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core'
    spawnSync('sh', ['-c', install], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore' })
  }
  const path = find()
  if (path === '') throw new Error('There is no chromium, and only root can install it: apt-get install chromium')
  return path
}

/** A browser, driven by a package that is installed in a folder of its own; and the text of axe-core. */
export async function launch(args = []) {
  const executablePath = chromium()
  const home = join(tmpdir(), `atlas-backup-emulator-browser-${process.getuid()}`)
  if (!packages.every((name) => existsSync(join(home, 'node_modules', name.replace(/@[0-9.]+$/, ''))))) {
    mkdirSync(home, { recursive: true })
    execFileSync('npm', ['install', '--silent', '--no-save', '--no-audit', '--no-fund', '--prefix', home, ...packages])
  }
  const { chromium: driver } = await import(pathToFileURL(join(home, 'node_modules/playwright-core/index.mjs')).href)
  const browser = await driver.launch({ executablePath, args: ['--no-sandbox', ...args] })
  return { browser, axe: join(home, 'node_modules/axe-core/axe.min.js') }
}

const servers = new Set()

/** Starts the built command; resolves once it listens. */
export async function serve(...flags) {
  const args = ['dist/main.cjs', '--port', '0', '--log-level', 'silent', ...flags]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  servers.add(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, found] = /^atlas-backup-emulator listens on (.*)$/.exec(line) ?? []
      if (found) resolve(found)
    })
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}`)))
  })
  const stop = async () => {
    child.kill()
    await ended
    servers.delete(child)
  }
  /** Asks the control API. */
  const control = async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}/_emulator${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text
  }
  return { url, child, stop, control }
}

export function stopServers() {
  for (const child of servers) child.kill('SIGKILL')
}

export const accept = 'application/vnd.atlas.2025-03-12+json'
export const project = '32b6e34b3d91647abb20e7b8'
export const endpointsPath = `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints`

/** A call of the Atlas API by another client, of a server that asks for no credentials. */
export async function call(url, method, path, body, headers = {}) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { accept, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

let passed = 0
let failed = 0

/** One assertion. */
export function ok(holds, what) {
  if (holds) {
    passed += 1
    return
  }
  failed += 1
  process.stdout.write(`not ok: ${what}\n`)
}

export function same(found, wanted, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)]
  ok(a === b, a === b ? what : `${what}: found ${a}, wanted ${b}`)
}

/** Waits until something holds; false when it does not in time. */
export async function until(holds, milliseconds = 5000) {
  const end = performance.now() + milliseconds
  for (;;) {
    if (await holds()) return true
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Runs one test; what it throws is a failure. */
export async function test(title, run) {
  const before = failed
  const began = performance.now()
  try {
    await run()
  } catch (error) {
    failed += 1
    process.stdout.write(`${error.stack}\n`)
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stdout.write(`${failed === before ? 'ok' : 'FAILED'}: ${title} (${seconds} s)\n`)
}

/** Writes the counts on the last line. */
export function finish() {
  stopServers()
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exitCode = failed === 0 ? 0 : 1
}

/** Requests at a pace, over connections of their own; resolves to how many were answered. */
export async function load(url, perSecond, total, make) {
  const http = await import('node:http')
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })
  const { hostname, port } = new URL(url)
  let sent = 0
  let answered = 0
  const began = performance.now()
  await new Promise((resolve) => {
    const one = () => {
      const { method = 'GET', path, body } = make(sent)
      sent += 1
      const headers = {
        accept,
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      }
      const request = http.request({ hostname, port, agent, method, path, headers }, (response) => {
        response.resume()
        response.on('end', () => {
          answered += 1
          if (answered === total) resolve()
          else pump()
        })
      })
      request.on('error', () => {
        answered += 1
        if (answered === total) resolve()
      })
      request.end(body)
    }
    const pump = () => {
      const due = Math.min(total, ((performance.now() - began) / 1000) * perSecond)
      while (sent < due && sent - answered < 64) one()
    }
    const timer = setInterval(() => {
      pump()
      if (answered >= total) clearInterval(timer)
    }, 5)
  })
  agent.destroy()
  return answered
}

/**
 * GETs as fast as they are answered, many of them on the way on each of two connections; resolves once all are
 * answered. It costs the machine little beside what the server and a page do for them.
 */
export async function flood(url, total, pathOf) {
  const { connect } = await import('node:net')
  const { hostname, port } = new URL(url)
  const mostOnTheWay = 64
  const beginning = 'HTTP/1.1 200 '
  let sent = 0
  let answered = 0
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = connect(port, hostname).setEncoding('latin1')
      let onTheWay = 0
      let rest = ''
      const pump = () => {
        let text = ''
        for (; onTheWay < mostOnTheWay && sent < total; onTheWay += 1) {
          text += `GET ${pathOf(sent)} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAccept: ${accept}\r\n\r\n`
          sent += 1
        }
        if (text !== '') socket.write(text)
        else if (onTheWay === 0) socket.end()
      }
      socket.on('data', (data) => {
        const text = rest + data
        const begun = text.split(beginning).length - 1
        // What may be the first part of another answer.
        rest = text.slice(-(beginning.length - 1))
        answered += begun
        onTheWay -= begun
        if (onTheWay <= mostOnTheWay / 2) pump()
      })
      socket.on('error', reject)
      socket.on('close', resolve)
      pump()
    })
  await Promise.all([one(), one()])
  if (answered !== total) throw new Error(`${answered} of ${total} requests were answered with 200`)
}
