// Runs the tests of endurance one after the other, with --full in their long form and then the whole suite twenty times.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const isFull = process.argv.includes('--full')
const folder = fileURLToPath(new URL('.', import.meta.url))
const tap = join(createRequire(import.meta.url).resolve('tap/package.json'), '../dist/esm/run.mjs')
const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'))

/** Runs Node, and ends with its exit code where that is not 0. */
function run(args, env = process.env) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}

run(
  [
    ...[tap, 'run', '--disable-coverage', '--jobs=1', `--timeout=${isFull ? 7200 : 300}`],
    ...files.map((name) => join(folder, name)),
  ],
  isFull ? { ...process.env, ATLAS_ENDURANCE: 'full' } : process.env,
)
if (isFull) {
  run([join(folder, '../console/endurance.mjs'), '1000000'])
  run([join(folder, 'suite.mjs'), '20'])
}
