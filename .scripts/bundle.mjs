// Bundles TypeScript files of the project into ones that Node runs.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { pageAsText } from './page.mjs'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** The packages that no start needs, in a file of their own: they are a third of all that is bundled. */
const later = [
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  '@fastify/swagger',
  'ajv',
  'fast-json-stringify',
  'light-my-request',
  'pino-pretty',
  'semver',
  'thread-stream',
]

/** What most starts have no need of, and would take a tenth of their time to load: these, and some of Node. */
const late = [
  ...later,
  'node:dns/promises',
  'node:http2',
  'node:https',
  'node:readline/promises',
  'node:tls',
  'node:v8',
  'node:worker_threads',
  'node:zlib',
]

/** A function that stands for one that is loaded late, which may be a class. */
const forwarding = 'function (...given) { return new.target ? new (load())(...given) : load()(...given) }'

/** Has each of the modules loaded when something of it is first used. */
const loadedLate = (modules) => ({
  name: 'loaded-late',
  setup(bundler) {
    const namespace = 'loaded-late'
    bundler.onResolve(
      { filter: new RegExp(`^(?:${modules.join('|').replaceAll('node:', '(?:node:)?')})$`) },
      ({ path, kind, ...from }) =>
        from.namespace === namespace
          ? undefined
          : { path, namespace, pluginData: { isAwaited: kind === 'dynamic-import' } },
    )
    bundler.onResolve({ filter: /^\.\/later\.cjs$/ }, ({ path }) => ({ path, external: true }))
    bundler.onLoad({ filter: /.*/, namespace }, async ({ path, pluginData: { isAwaited } }) => {
      const required = later.includes(path) ? `require('./later.cjs')['${path}']()` : `require('${path}')`
      // Whoever awaits a module imports it when it is used.
      if (isAwaited) return { contents: `module.exports = ${required}`, resolveDir: root }
      const { default: module } = await import(path)
      return {
        contents: `
          let loaded
          const load = () => loaded ??= ${required}
          ${typeof module === 'function' ? `module.exports = ${forwarding}` : ''}
          for (const name of ${JSON.stringify(Object.keys(module))})
            Object.defineProperty(module.exports, name, { enumerable: true, get: () => load()[name] })`,
        resolveDir: root,
      }
    })
  },
})

/** Packages assert what is true, so that Node's own assert, with all that it loads, is needed only for what is not. */
const assertLate = {
  name: 'assert-late',
  setup(bundler) {
    const namespace = 'assert-late'
    bundler.onResolve({ filter: /^(?:node:)?assert$/ }, ({ path, ...from }) =>
      from.namespace === namespace ? undefined : { path, namespace },
    )
    bundler.onLoad({ filter: /.*/, namespace }, async ({ path }) => ({
      contents: `
        const assert = (...given) => given[0] || require('${path}')(...given)
        for (const name of ${JSON.stringify(Object.keys((await import(path)).default))})
          Object.defineProperty(assert, name, { get: () => require('${path}')[name] })
        module.exports = assert`,
      resolveDir: root,
    }))
  },
}

/**
 * What is changed in packages, by file: what is written there, and what instead.
 *
 * The router is to compile less: it would make a function for each of some seventy short parts of a path, which takes
 * longer than all else about them, and saves a request next to nothing; here they are compared as long ones are. And what
 * it does compile, routes share where it is the same: that which puts parameters into an object, that which looks at
 * constraints. The logger is to ask only when it must know whether it is in a thread.
 */
const changes = {
  'find-my-way/lib/node.js': [['const LONG_PREFIX_MIN_LENGTH = 16', 'const LONG_PREFIX_MIN_LENGTH = 2']],
  'find-my-way/lib/handler-storage.js': [
    [
      "return new Function('NullObject', fnBody.join('\\n'))(NullObject)",
      "return functionOf('NullObject', fnBody.join('\\n'))(NullObject)",
    ],
    ["new Function('derivedConstraints', lines.join('\\n'))", "functionOf('derivedConstraints', lines.join('\\n'))"],
    [
      'class HandlerStorage',
      `const functions = new Map()
       const functionOf = (parameter, text) => {
         if (!functions.has(text)) functions.set(text, new Function(parameter, text))
         return functions.get(text)
       }
       class HandlerStorage`,
    ],
  ],
  'pino/lib/tools.js': [
    ["const { isMainThread } = require('worker_threads')", "const threads = require('worker_threads')"],
    ['!opts.sync && isMainThread', '!opts.sync && threads.isMainThread'],
  ],
}
const packagesChanged = {
  name: 'packages-changed',
  setup(bundler) {
    // Windows has other separators.
    const files = Object.keys(changes).join('|').replaceAll('/', '[\\\\/]')
    bundler.onLoad({ filter: new RegExp(`[\\\\/]node_modules[\\\\/](?:${files})$`) }, ({ path }) => {
      let contents = readFileSync(path, 'utf8')
      for (const [written, instead] of changes[path.replaceAll('\\', '/').split('/node_modules/').at(-1)]) {
        if (!contents.includes(written)) throw new Error(`${path} is written in another way by now: no ${written}`)
        contents = contents.replace(written, () => instead)
      }
      return { contents }
    })
  },
}

/** Puts better-sqlite3's own code into the bundle; its compiled file is loaded from where it is installed. */
const sqliteBundled = {
  name: 'sqlite-bundled',
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/]store[\\/]bundled-sqlite\.ts$/ }, ({ path }) => ({
      contents: `
        import Database from 'better-sqlite3'
        import { version } from 'better-sqlite3/package.json'
        export const bundledSqlite = { version, Database }`,
      resolveDir: dirname(path),
    }))
  },
}

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  plugins: [pageAsText],
  loader: { '.html': 'text', '.css': 'text', '.txt': 'text' },
}

/** Programs of the project's own use; packages stay outside. Paths are relative to the root. */
export async function bundle(entryPoints, outdir, options = {}) {
  await build({
    ...common,
    entryPoints: [entryPoints].flat(),
    outdir,
    packages: 'external',
    format: 'esm',
    sourcemap: true,
    ...options,
  })
}

/** A program that stands in no file of its own, as text. */
export async function bundleText(contents, options = {}) {
  const { outputFiles } = await build({
    ...common,
    stdin: { contents, resolveDir: root },
    write: false,
    packages: 'external',
    format: 'esm',
    ...options,
  })
  return outputFiles[0].text
}

/**
 * What stands before all else in the product. The packages in it get what is Node's own where a test's environment has a
 * browser's in the place of it, or nothing, as jest-environment-jsdom does.
 */
const banner = `// As if the bundle lay as deep as the sources, so that package.json is two folders above it.
const moduleUrl = require('node:url').pathToFileURL(require('node:path').join(__dirname, 'bundle', 'core.cjs')).href
const { setInterval, clearInterval } = require('node:timers')
const { TextDecoder, TextEncoder } = require('node:util')
const { URL, URLSearchParams } = require('node:url')
const Uint8Array = Object.getPrototypeOf(require('node:buffer').Buffer)
const ArrayBuffer = new Uint8Array(0).buffer.constructor
const { Buffer } = require('node:buffer')
const { AbortController } = globalThis`

/**
 * A module of CommonJS whose text, run as a script, has the function around it as its value. So what the build keeps of a
 * bundle can be for the very text of its file, of which a start would else make a copy with the function around it.
 */
const asFunction = (text) => `{const bundle=(function(exports,require,module,__filename,__dirname){${text}
});if(typeof module==='object')bundle(exports,require,module,__filename,__dirname);bundle}
`

/** The library for YAML is loaded when somebody asks for it, from a file of its own. */
const yamlApart = {
  name: 'yaml-apart',
  setup(bundler) {
    bundler.onResolve({ filter: /^yaml$/ }, () => ({ path: './yaml.cjs', external: true }))
  },
}

/**
 * The product in one file, with all packages that it uses but better-sqlite3, whose binary cannot be bundled: Node reads
 * one file at start-up instead of hundreds. CommonJS, as most of those packages are, and so that both kinds of module
 * can load it. Two more files are loaded when something of them is first used: later.cjs, with packages that no start
 * needs, and yaml.cjs, which few need at all.
 * @param outdir where the files go
 * @param write false to look only at what would go into them
 * @returns the packages that went into them, by name
 */
export async function bundleProduct(outdir, write = true) {
  const options = {
    ...common,
    write: false,
    external: ['bindings', 'testcontainers'],
    format: 'cjs',
    define: { 'import.meta.url': 'moduleUrl', 'process.nextTick': 'realNextTick' },
    // The packages keep Node's timers, as the product itself does: Jest's fake ones take process.nextTick away too.
    inject: [join(root, 'src/values/real-timers.ts')],
    banner: { js: banner },
    // Names stay, for stack traces that can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
  }
  // The command does without the library's client, which loads more of Node to keep it from being replaced by mocks.
  const contents = `
    export { run } from './src/cli/command.ts'
    export const library = () => require('./src/index.ts')
    export const testcontainers = () => require('./src/testcontainers.ts')`
  const bundles = await Promise.all([
    build({
      ...options,
      plugins: [pageAsText, loadedLate(late), assertLate, packagesChanged, sqliteBundled, yamlApart],
      stdin: { contents, resolveDir: root },
      outfile: `${outdir}/core.cjs`,
    }),
    build({
      ...options,
      plugins: [loadedLate(late.filter((name) => !later.includes(name))), assertLate, yamlApart],
      stdin: {
        contents: later.map((name) => `exports['${name}'] = () => require('${name}')`).join('\n'),
        resolveDir: root,
      },
      outfile: `${outdir}/later.cjs`,
    }),
    build({ ...options, entryPoints: ['yaml'], outfile: `${outdir}/yaml.cjs` }),
  ])
  for (const { path, text } of write ? bundles.flatMap(({ outputFiles }) => outputFiles) : []) {
    // esbuild leaves other characters in regular expressions as they are. With ASCII alone V8 keeps the source in a byte a
    // character, and reads it faster.
    writeFileSync(
      path,
      asFunction(text).replace(
        /[^\0-\x7f]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
    )
  }
  return packagesOf(bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs)))
}

/** The packages to which files belong: their folders, relative to the root, and what their package.json says of them. */
function packagesOf(files) {
  const folders = new Set(files.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    return { folder, name, version, license }
  })
}
