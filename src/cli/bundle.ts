import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
// By its name alone, since an older Node, which is to be told that it is too old, has no `constants` in it.
import vm from 'node:vm'

/** Where the build keeps what V8 has compiled of a bundle: no other version of Node, and no other processor, can use it. */
export const cacheOf = (path: string): string => `${path}.${process.version}-${process.arch}.cache`

/**
 * A bundle of CommonJS as a script, whose value is the function around it, with what was compiled of it before where that
 * is given. V8 refuses what it cannot use, and then compiles as always.
 */
export function compile(path: string, cachedData?: Buffer): vm.Script {
  // The build writes ASCII alone, which V8 keeps in a byte a character.
  return new vm.Script(readFileSync(path, 'latin1'), {
    filename: path,
    ...(cachedData && { cachedData }),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
}

/** A bundle with what the build has compiled of it; nothing where the build has compiled nothing for this Node. */
function compiled(path: string): vm.Script | undefined {
  let cachedData: Buffer
  try {
    cachedData = readFileSync(cacheOf(path))
  } catch {
    return undefined
  }
  return compile(path, cachedData)
}

/**
 * Loads a bundle, and those beside it that it requires, from what the build has compiled of them, so that no start parses
 * and compiles a megabyte. A bundle of which the build has compiled nothing for this Node is loaded by `require`, whose
 * results Node itself keeps from version 22 on.
 * @param scriptOf a bundle that is ready to run, or nothing for one to be required
 * @returns what the bundle exports
 */
export function load(path: string, scriptOf: (path: string) => vm.Script | undefined = compiled): unknown {
  const requireAsNode = createRequire(path)
  const script = scriptOf(path)
  if (!script) return requireAsNode(path)
  const beside = new Map<string, unknown>()
  const require = (id: string): unknown => {
    if (!id.startsWith('./')) return requireAsNode(id)
    if (!beside.has(id)) beside.set(id, load(join(dirname(path), id), scriptOf))
    return beside.get(id)
  }
  const module = { exports: {} }
  script.runInThisContext()(module.exports, Object.assign(require, requireAsNode), module, path, dirname(path))
  return module.exports
}
