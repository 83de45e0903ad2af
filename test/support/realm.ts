import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname } from 'node:path'
import { compileFunction, createContext, runInContext } from 'node:vm'

type Exports = Record<string, unknown>

const loadedByNode = createRequire(import.meta.url)

/**
 * What a test runner does that gives each test file a realm of its own, as Jest does: it loads all JavaScript anew, into
 * a context with globals of its own, and the compiled parts of packages once for the process.
 * @returns what loads a module of CommonJS, by its path, into this realm
 */
export function realm(globals: object): (path: string) => Exports {
  const parsingContext = createContext({ ...globals })
  parsingContext.global = runInContext('globalThis', parsingContext)
  const modules = new Map<string, { exports: Exports }>()
  return function load(path: string): Exports {
    const known = modules.get(path)
    if (known) return known.exports
    if (path.endsWith('.node')) return loadedByNode(path)
    const text = readFileSync(path, 'utf8')
    if (path.endsWith('.json')) return JSON.parse(text)
    const module = { exports: {} as Exports }
    modules.set(path, module)
    const { resolve } = createRequire(path)
    const require = (id: string) => (isBuiltin(id) ? loadedByNode(id) : load(resolve(id)))
    const names = ['module', 'exports', 'require', '__filename', '__dirname']
    const run = compileFunction(text.replace(/^#!.*/, ''), names, { filename: path, parsingContext })
    run(module, module.exports, Object.assign(require, { resolve }), path, dirname(path))
    return module.exports
  }
}

/** What jsdom has of its own under the names of Node's globals, and nothing of what it lacks. */
export function browserGlobals(): object {
  let last = 0
  const timers = new Map<number, NodeJS.Timeout>()
  return {
    Buffer,
    console,
    process,
    performance,
    queueMicrotask,
    AbortController,
    /** A browser's timers are numbers. */
    setTimeout: (act: () => void, milliseconds: number) => {
      last += 1
      timers.set(last, setTimeout(act, milliseconds))
      return last
    },
    clearTimeout: (id: number) => clearTimeout(timers.get(id)),
    URL: class URL {},
    URLSearchParams: class URLSearchParams {},
  }
}
