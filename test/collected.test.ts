import { spawnSync } from 'node:child_process'
import { test } from 'tap'

const program = new URL('support/collected.cjs', import.meta.url).pathname

/** What of better-sqlite3's objects a process leaves to the garbage collector. */
function collected(...args: string[]): string[] {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', program, ...args], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`status ${status}: ${stderr}`)
  return stdout.split('\n')
}

// Some versions of Node 24 end the process at such an object; see `src/store/database.ts`.
test('no database and no statement is left to the garbage collector, even where a test runner drops the package', (t) => {
  t.strictSame(collected(), ['done'])
  t.end()
})

test('and one that were left would be seen', (t) => {
  t.strictSame(collected('carelessly'), ['database', 'done', 'iterator', 'statement'])
  t.end()
})
