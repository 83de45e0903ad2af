import { execFileSync } from 'node:child_process'
import { test } from 'tap'

const root = new URL('../../', import.meta.url)

/** The most MiB that V8 keeps for new objects while a process makes many, a part of which live on for a while. */
function mostForNew(held: boolean): number {
  const program = `
    import { setImmediate } from 'node:timers/promises'
    import v8 from 'node:v8'
    import { holdMemoryDown } from './src/cli/memory.ts'
    if (${held}) holdMemoryDown()
    const size = () => v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size
    const kept = []
    let most = 0
    for (let i = 0; i < 3000; i += 1) {
      kept[i % 50] = Array.from({ length: 400 }, (_, j) => ({ i, j }))
      for (let j = 0; j < 900; j += 1) kept.at(-1).last = [{ i, j }]
      most = Math.max(most, size())
      await setImmediate()
    }
    console.log(most / 2 ** 20)`
  const typescript = ['--import', './.scripts/typescript.mjs', '--input-type=module']
  return Number(execFileSync(process.execPath, [...typescript, '--eval', program], { cwd: root }))
}

test('a server keeps less memory for new objects than V8 would', (t) => {
  t.equal(mostForNew(true), 16)
  t.ok(mostForNew(false) > 16, 'it would keep more')
  t.end()
})
