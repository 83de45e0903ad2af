// Runs the test suite again and again, its files in another order each time, while two processes keep the processors busy.
// node test/endurance/suite.mjs [ROUNDS] [--idle]; the order comes from ATLAS_ENDURANCE_SEED, or from a number of its own.
import { execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { text } from 'node:stream/consumers'

const [rounds = '1'] = process.argv.slice(2).filter((arg) => arg !== '--idle')
const isIdle = process.argv.includes('--idle')
const root = new URL('../../', import.meta.url)
const seed = Number(process.env.ATLAS_ENDURANCE_SEED ?? randomInt(2 ** 32))
const files = readdirSync(new URL('test/', root), { recursive: true })
  .map((name) => `test/${name}`)
  // Packages that the benchmark or a client has installed beside it bring tests of their own along.
  .filter((name) => name.endsWith('.test.ts') && !/^test\/(clients|endurance|examples)\/|\/node_modules\//.test(name))
  .sort()

let state = seed
/** Whole numbers from 0 up to a bound: mulberry32. */
function random(bound) {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
}

function shuffled(list) {
  const result = [...list]
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = random(i + 1)
    ;[result[i], result[j]] = [result[j], result[i]]
  }
  return result
}

// As npm test does first: tests of the command run what is built.
execFileSync(process.execPath, ['.scripts/build.mjs', '--if-stale'], { cwd: root, stdio: 'inherit' })

const busy = isIdle ? [] : [1, 2].map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
process.on('exit', () => {
  for (const child of busy) child.kill('SIGKILL')
})

process.stdout.write(`ATLAS_ENDURANCE_SEED=${seed}, ${files.length} files, ${rounds} rounds\n`)
let passed = 0
let failed = 0
for (let round = 1; round <= Number(rounds); round += 1) {
  const started = performance.now()
  // Twice the time that the suite gives a file, since it gets half of the processors at most.
  const args = ['tap', 'run', '--disable-coverage', '--reporter=tap', '--timeout=240', ...shuffled(files)]
  const child = spawn('npx', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  const [, counts = ''] = /^# \{ total: (.*) \}$/m.exec(output) ?? []
  const total = Number.parseInt(counts, 10) || 0
  const pass = Number(/pass: (\d+)/.exec(counts)?.[1] ?? 0)
  const missed = Math.max(total - pass, code === 0 && total > 0 ? 0 : 1)
  passed += pass
  failed += missed
  const seconds = Math.round((performance.now() - started) / 1000)
  process.stdout.write(`round ${round}: ${pass} of ${total} passed in ${seconds} s\n`)
  // Each failure stands with what TAP tells of it, a YAML block behind its line.
  if (missed > 0)
    process.stdout.write(`${(output.match(/^ *not ok.*(\n +---\n[\s\S]*?\n +\.\.\.$)?/gm) ?? []).join('\n')}\n`)
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)
