import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
// By its name alone, since an older Node, which is to be told that it is too old, has no `constants` in it.
import vm from 'node:vm'

/** Where the build keeps what V8 has compiled of a bundle: no other version of Node, and no other processor, can use it. */
export const cacheOf = (path: string): string => `${path}.${process.version}-${process.arch}.cache`

/**
 * A bundle of CommonJS, ready to run, with what was compiled of it before where that is given. V8 refuses what it cannot
 * use, and then compiles as always.
 */
export function compile(path: string, cachedData?: Buffer): vm.Script {
  // The build writes ASCII alone, which V8 keeps in a byte a character.
  const source = readFileSync(path, 'latin1')
  return new vm.Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: path,
    ...(cachedData && { cachedData }),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
}

/** Runs a bundle as `require` would, and returns what it exports. */
export function runScript(script: vm.Script, path: string): unknown {
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path))
  return module.exports
}

/**
 * Loads a bundle from what the build has compiled of it, so that no start parses and compiles two megabytes; where there
 * is nothing for this Node, by `require`, whose results Node itself keeps from version 22 on.
 */
export function load(path: string): unknown {
  let compiled: Buffer
  try {
    compiled = readFileSync(cacheOf(path))
  } catch {
    return createRequire(path)(path)
  }
  return runScript(compile(path, compiled), path)
}
