import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { Agent, request } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'

const root = new URL('../../', import.meta.url).pathname
execFileSync(process.execPath, [`${root}.scripts/build.mjs`, '--if-stale'])

/** As a user starts it: what tap gives the processes of a test stays here. */
const { NODE_OPTIONS: _, ...environment } = process.env

/** Starts Node, by default with the built program on a free port; it is killed when the test ends. */
function start(t: Test, options: SpawnOptions = {}, args = [`${root}dist/main.cjs`, '--port', '0']) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment, ...options })
  t.teardown(() => child.kill('SIGKILL'))
  return { child, exit: once(child, 'exit') as Promise<[number | null, string | null]> }
}

/** Where the program says that it listens. */
async function urlOf({ stdout }: { stdout: NodeJS.ReadableStream | null }): Promise<string> {
  const [line] = await once(createInterface({ input: stdout as NodeJS.ReadableStream }), 'line')
  return String(line).replace('atlas-backup-emulator listens on ', '')
}

/** Sends so many requests, ten at a time, and returns how many of them were answered by 404. */
async function ask(url: string, count: number, path = '/nope'): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 10 })
  const answers = await Promise.all(
    Array.from({ length: count }, async () => {
      const sent = request(url + path, { agent }).end()
      const [response] = await once(sent, 'response')
      response.resume()
      await once(response, 'end')
      return response.statusCode
    }),
  )
  agent.destroy()
  return answers.filter((status) => status === 404).length
}

test('a log that nobody reads stops nothing: requests are answered, and a signal ends the program', async (t) => {
  const { child, exit } = start(t)
  const url = await urlOf(child)
  t.equal(await ask(url, 3000), 3000)
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

test('the reader of a log who comes late is told how many lines there is none of', async (t) => {
  const { child, exit } = start(t)
  const url = await urlOf(child)
  // Lines of some two kilobytes, so that more come than may wait.
  const path = `/${'x'.repeat(1000)}`
  t.equal(await ask(url, 1500, path), 1500)
  const log = text(child.stderr as NodeJS.ReadableStream)
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
  const lines = (await log)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const told = lines.flatMap(({ msg }) => /^(\d+) log lines could not be written$/.exec(msg)?.[1] ?? [])
  const written = lines.filter(({ msg }) => msg === `GET ${path} 404`).length
  t.equal(written + told.reduce((sum, count) => sum + Number(count), 0), 1500)
  t.ok(told.length > 0)
})

test('a log on a full disk stops nothing', { skip: !existsSync('/dev/full') && 'no /dev/full here' }, async (t) => {
  const full = openSync('/dev/full', 'w')
  const { child, exit } = start(t, { stdio: ['ignore', 'pipe', full] })
  const url = await urlOf(child)
  t.equal(await ask(url, 100), 100)
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
  const refused = start(t, { stdio: ['ignore', full, full] }, [`${root}dist/main.cjs`, '--prot'])
  t.same(await refused.exit, [2, null])
})

test('a log whose reader has gone stops nothing', async (t) => {
  const { child, exit } = start(t)
  child.stderr?.destroy()
  const url = await urlOf(child)
  t.equal(await ask(url, 100), 100)
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

test('nor does the leaving of whoever reads standard output', async (t) => {
  const { child, exit } = start(t)
  child.stdout?.destroy()
  const [line] = await once(createInterface({ input: child.stderr as NodeJS.ReadableStream }), 'line')
  const [, url = ''] = /listening on ([^"]+)"/.exec(String(line)) ?? []
  t.equal(await ask(url, 10), 10)
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
  const help = start(t, {}, [`${root}dist/main.cjs`, '--help'])
  help.child.stdout?.destroy()
  t.equal(await text(help.child.stderr as NodeJS.ReadableStream), '')
  t.same(await help.exit, [0, null])
})

/** Module code for `--import` that acts before the program's own. */
function before(code: string): string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`]
}

test('a signal that comes while the program is loaded is heeded', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    // The bundle is what is asked for first.
    const early = before(`
      import module from 'node:module'
      const { createRequire } = module
      module.createRequire = (...args) => {
        module.createRequire = createRequire
        process.kill(process.pid, '${signal}')
        return createRequire(...args)
      }`)
    const { exit } = start(t, {}, [...early, `${root}dist/main.cjs`, '--port', '0'])
    t.same(await exit, [0, null], signal)
  }
})

test('a signal that comes as it begins to listen is heeded', async (t) => {
  const early = before(`
    import net from 'node:net'
    const { listen } = net.Server.prototype
    net.Server.prototype.listen = function (...args) {
      process.kill(process.pid, 'SIGTERM')
      return listen.apply(this, args)
    }`)
  const { exit } = start(t, {}, [...early, `${root}dist/main.cjs`, '--port', '0'])
  t.same(await exit, [0, null])
})

test('the library for YAML is loaded when a fixture is YAML, and at no other start', async (t) => {
  const told = before(`
    import module from 'node:module'
    const { _load } = module
    module._load = (name, ...rest) => (name.includes('yaml') && process.stderr.write('YAML'), _load(name, ...rest))`)
  const folder = t.testdir({ 'world.yaml': 'organizations: []\nprojects: []\n' })
  for (const [fixtures, expected] of [
    ['default', ''],
    [`${folder}/world.yaml`, 'YAML'],
  ] as const) {
    const flags = ['--port', '0', '--log-level', 'silent', '--fixtures', fixtures]
    const { child, exit } = start(t, {}, [...told, `${root}dist/main.cjs`, ...flags])
    const stderr = text(child.stderr as NodeJS.ReadableStream)
    await urlOf(child)
    child.kill('SIGTERM')
    t.same(await exit, [0, null])
    t.equal(await stderr, expected, fixtures)
  }
})

test('with --watch, a fixture that is written, replaced or swapped by a link is the world', async (t) => {
  const named = (name: string) => `organizations: [{ id: 32b6e34b3d91647abb20e7a0, name: ${name} }]\nprojects: []\n`
  const folder = t.testdir({ '..1': { 'x.yaml': named('Linked') }, 'a.yaml': named('First') })
  const { child, exit } = start(t, {}, [
    `${root}dist/main.cjs`,
    '--port',
    '0',
    '--watch',
    '--fixtures',
    `${folder}/a.yaml`,
  ])
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const told = async (pattern: RegExp) => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`The program has ended without ${pattern}`)
      const { msg } = JSON.parse(value)
      if (pattern.test(msg)) return msg
    }
  }
  const url = await urlOf(child)
  await told(/^listening on/)
  const organization = async () => {
    const state = (await (await fetch(`${url}/_emulator/state`)).json()) as { organizations: { name: string }[] }
    return state.organizations[0]?.name
  }
  t.equal(await organization(), 'First')
  writeFileSync(`${folder}/a.yaml`, named('Written'))
  await told(/a\.yaml has changed, and the world is what it holds now$/)
  t.equal(await organization(), 'Written')
  writeFileSync(`${folder}/new`, named('42'))
  renameSync(`${folder}/new`, `${folder}/a.yaml`)
  await told(/organizations\[0\]\.name: found 42; .*; the world stays as it is$/)
  t.equal(await organization(), 'Written')
  symlinkSync('..1/x.yaml', `${folder}/link`)
  renameSync(`${folder}/link`, `${folder}/a.yaml`)
  await told(/a\.yaml has changed/)
  t.equal(await organization(), 'Linked')
  writeFileSync(`${folder}/..1/x.yaml`, named('Behind'))
  await told(/a\.yaml has changed/)
  t.equal(await organization(), 'Behind')
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

test('an older Node is told which one is needed', async (t) => {
  const { engines } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  const oldest = engines.node.replace('>=', '')
  for (const [version, code] of [
    ['18.20.4', 1],
    ['20.17.9', 1],
    [`${oldest}.0`, 0],
    ['22.0.0', 0],
  ]) {
    const pretend = before(
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`,
    )
    const { child, exit } = start(t, {}, [...pretend, `${root}dist/main.cjs`, '--version'])
    const stderr = await text(child.stderr as NodeJS.ReadableStream)
    t.equal(stderr, code ? `atlas-backup-emulator: This is Node ${version}; ${oldest} or newer is needed.\n` : '')
    t.same(await exit, [code, null])
  }
})

test('better-sqlite3 without its compiled file is one message that says what to do', async (t) => {
  const home = t.testdir({ node_modules: {} })
  const require = createRequire(realpathSync(`${root}package.json`))
  const sqlite = createRequire(require.resolve('better-sqlite3'))
  const folderOf = (name: string, from: NodeJS.Require) => dirname(from.resolve(`${name}/package.json`))
  for (const folder of ['dist', 'fixtures', 'package.json'])
    cpSync(`${root}${folder}`, `${home}/${folder}`, { recursive: true })
  for (const name of ['bindings', 'file-uri-to-path']) {
    cpSync(folderOf(name, sqlite), `${home}/node_modules/${name}`, { recursive: true })
  }
  const source = folderOf('better-sqlite3', require)
  mkdirSync(`${home}/node_modules/better-sqlite3`)
  for (const entry of ['lib', 'package.json']) {
    cpSync(`${source}/${entry}`, `${home}/node_modules/better-sqlite3/${entry}`, { recursive: true })
  }
  const { child, exit } = start(t, {}, [`${home}/dist/main.cjs`, '--port', '0'])
  t.match(
    await text(child.stderr as NodeJS.ReadableStream),
    /^atlas-backup-emulator: Cannot use the database :memory:: better-sqlite3 lacks its compiled file.*\n$/,
  )
  t.same(await exit, [1, null])
})

test('the command uses what is bundled of better-sqlite3, with a compiled file of the same version alone', async (t) => {
  const require = createRequire(realpathSync(`${root}package.json`))
  const manifest = JSON.parse(readFileSync(require.resolve('better-sqlite3/package.json'), 'utf8'))
  const compiled = 'build/Release/better_sqlite3.node'
  const homeWith = (version: string) => {
    const home = mkdtempSync(`${realpathSync(tmpdir())}/bundled-sqlite-`)
    t.teardown(() => rmSync(home, { recursive: true, force: true }))
    for (const folder of ['dist', 'fixtures', 'package.json'])
      cpSync(`${root}${folder}`, `${home}/${folder}`, { recursive: true })
    const installed = `${home}/node_modules/better-sqlite3`
    mkdirSync(`${installed}/build/Release`, { recursive: true })
    symlinkSync(require.resolve(`better-sqlite3/${compiled}`), `${installed}/${compiled}`)
    writeFileSync(`${installed}/package.json`, JSON.stringify({ version, main: 'index.js' }))
    writeFileSync(`${installed}/index.js`, "throw new Error('its own code')")
    return [`${home}/dist/main.cjs`, '--port', '0']
  }
  const { child } = start(t, {}, homeWith(manifest.version))
  t.equal(await ask(await urlOf(child), 1), 1)
  const other = start(t, {}, homeWith('0.0.1'))
  t.match(await text(other.child.stderr as NodeJS.ReadableStream), /its own code/)
  t.same(await other.exit, [1, null])
})

test('better-sqlite3 that is not installed is one message that says what to do', async (t) => {
  // Outside of the clone, in whose node_modules it would be found.
  const home = mkdtempSync(`${tmpdir()}/without-sqlite-`)
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  for (const folder of ['dist', 'fixtures', 'package.json'])
    cpSync(`${root}${folder}`, `${home}/${folder}`, { recursive: true })
  const { child, exit } = start(t, {}, [`${home}/dist/main.cjs`, '--port', '0'])
  t.match(
    await text(child.stderr as NodeJS.ReadableStream),
    /^atlas-backup-emulator: Cannot use the database :memory:: better-sqlite3 is not installed.*\n$/,
  )
  t.same(await exit, [1, null])
})

test('the library starts, answers and stops while every timer of its process is a fake', async (t) => {
  // As in Jest, the library has a process object of its own, whose nextTick is replaced like the timers.
  const program = `
    const { readFileSync } = require('node:fs')
    const { createRequire } = require('node:module')
    const { dirname } = require('node:path')
    const { compileFunction } = require('node:vm')
    const file = process.argv[1]
    const own = Object.create(process, { nextTick: { value: process.nextTick.bind(process), writable: true } })
    const names = ['module', 'exports', 'require', '__filename', '__dirname', 'process']
    const module_ = { exports: {} }
    compileFunction(readFileSync(file, 'utf8'), names)(
      module_, module_.exports, createRequire(file), file, dirname(file), own)
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']) globalThis[name] = () => {}
    own.nextTick = () => {}
    module_.exports.startEmulator().then(async ({ control, close }) => {
      const { status } = await control.health()
      await close()
      process.stdout.write(status)
    })`
  const { child, exit } = start(t, {}, ['--eval', program, `${root}dist/index.cjs`])
  t.equal(await text(child.stdout as NodeJS.ReadableStream), 'ok')
  t.same(await exit, [0, null])
})

test('the library starts, answers and stops where timers and time were replaced before it was loaded', async (t) => {
  const program = `
    const { mock } = require('node:test')
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: 0 })
    Object.assign(globalThis, { queueMicrotask: Object.assign(() => {}, { clock: {} }) })
    const { startEmulator } = require(process.argv[1])
    startEmulator().then(async ({ control, close }) => {
      const { now } = await control.clock.get()
      await close()
      process.stdout.write(String(Date.parse(now) > 0 && Date.now() === 0))
    })`
  const { child, exit } = start(t, {}, ['--no-warnings', '--eval', program, `${root}dist/index.cjs`])
  t.equal(await text(child.stdout as NodeJS.ReadableStream), 'true')
  t.same(await exit, [0, null])
})
