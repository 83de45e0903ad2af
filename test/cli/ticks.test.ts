import { execFileSync } from 'node:child_process'
import { test } from 'tap'

const root = new URL('../../', import.meta.url)

test('a tick is kept, and those that come when no other is left have its shape', (t) => {
  const program = `
    import { createHook } from 'node:async_hooks'
    import { setImmediate } from 'node:timers/promises'
    import { keepTickShape } from './src/cli/ticks.ts'
    const kept = new WeakRef(keepTickShape())
    for (let i = 0; i < 5; i += 1) {
      for (let j = 0; j < 2000; j += 1) process.nextTick(() => {})
      await setImmediate()
      gc()
    }
    const later = []
    const hook = createHook({ init: (_id, type, _trigger, resource) => { later.push([type, %HaveSameMap(resource, kept.deref())]) } })
    hook.enable()
    process.nextTick(() => {})
    process.nextTick((...given) => given, 1, 2)
    hook.disable()
    console.log(JSON.stringify(later))`
  const flags = ['--allow-natives-syntax', '--expose-gc']
  const typescript = ['--import', './.scripts/typescript.mjs', '--input-type=module']
  const printed = execFileSync(process.execPath, [...flags, ...typescript, '--eval', program], { cwd: root })
  t.same(JSON.parse(String(printed)), [
    ['TickObject', true],
    ['TickObject', true],
  ])
  t.end()
})
