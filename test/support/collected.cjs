// Runs emulators, drops them and the package, collects garbage, and tells what of better-sqlite3's was garbage: a line for
// each kind. Needs --expose-gc.
const addon = require('better-sqlite3/build/Release/better_sqlite3.node')

const collected = new Set()
const registry = new FinalizationRegistry((kind) => collected.add(kind))
const known = new WeakSet()

function watch(kind, made) {
  if (known.has(made)) return made
  known.add(made)
  registry.register(made, kind)
  return made
}

/** Watches what a method of a native class makes, and whose method it is. */
function watchMade(prototype, method, kind, then = () => {}) {
  const original = prototype[method]
  prototype[method] = function (...args) {
    watch('database', this)
    const made = watch(kind, original.apply(this, args))
    then(made)
    return made
  }
}

let iteratorsAreWatched = false
watchMade(addon.Database.prototype, 'backup', 'backup')
watchMade(addon.Database.prototype, 'prepare', 'statement', (statement) => {
  if (iteratorsAreWatched) return
  iteratorsAreWatched = true
  watchMade(Object.getPrototypeOf(statement), 'iterate', 'iterator')
})

/** What reads and writes the whole world goes through every statement that many calls would. */
async function run() {
  const { startEmulator } = require('../../dist/index.cjs')
  const { control, close } = await startEmulator({ fixtures: 'demo', provisioning: '0s' })
  const events = control.events({ backlog: 10 })
  const first = events.next()
  await control.state.snapshot('before')
  await control.state.import(await control.state.export({ secrets: true }))
  await control.state.restore('before')
  await control.tenant()
  await control.clock.advance('5m')
  await control.reset()
  await first
  await close()
}

/** As a test runner does between two files of tests: what they loaded goes, but for addons, of which there is one each. */
function forgetModules() {
  for (const file of Object.keys(require.cache)) {
    if (!file.endsWith('.node') && file !== __filename) delete require.cache[file]
  }
}

/** What this file itself makes and drops, which shows that garbage would be seen. */
function runCarelessly() {
  const Database = require('better-sqlite3')
  const db = new Database(':memory:')
  for (const _ of db.prepare('SELECT 1').iterate());
  db.pragma('user_version')
  db.close()
}

async function main() {
  for (let n = 0; n < 2; n++) {
    if (process.argv[2] === 'carelessly') runCarelessly()
    else await run()
    forgetModules()
  }
  for (let n = 0; n < 20; n++) {
    globalThis.gc()
    // What was collected is told in a later turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
  }
  process.stdout.write([...collected, 'done'].sort().join('\n'))
}

main()
