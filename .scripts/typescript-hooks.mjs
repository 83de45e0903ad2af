// Node's module hooks; see typescript.mjs.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const cache = join(root, 'node_modules/.cache/typescript')
mkdirSync(cache, { recursive: true })
const { version } = createRequire(import.meta.url)('esbuild/package.json')
/** What everything that is compiled depends on: the compiler, and what it is asked for below. */
const always = `${version}\n${readFileSync(new URL(import.meta.url), 'utf8')}`

/** Sources import each other by the names that their compiled files would have. */
export async function resolve(specifier, context, next) {
  if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.startsWith('file:')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL)
    if (existsSync(source)) return { url: source.href, format: 'module', shortCircuit: true }
  }
  // A peer that is not installed here.
  if (specifier === 'testcontainers') {
    const source = new URL('../test/testcontainers/stand-in.ts', import.meta.url)
    return { url: source.href, format: 'module', shortCircuit: true }
  }
  return next(specifier, context)
}

export async function load(url, context, next) {
  if (!url.startsWith('file:')) return next(url, context)
  const path = fileURLToPath(url)
  const source = await sourceOf(url, path)
  return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true }
}

/** What Node is to load of a file; undefined for the file as it is. */
function sourceOf(url, path) {
  // What the console's page is made of is text to the server, and so is what coding agents are told.
  if (/\/console\/page\/.*\.html$/.test(url) || url.endsWith('/src/control/llms.txt'))
    return asModule(readFileSync(path))
  if (/\/console\/page\/.*\.(?:css|ts\?script)$/.test(url)) {
    // Its modules import each other, and nothing from outside of their folder.
    const folder = dirname(path)
    const parts = readdirSync(folder).map((name) => readFileSync(join(folder, name)))
    return onceFor(`${path} bundled`, parts, async () => {
      const { bundlePage } = await import('./page.mjs')
      return asModule(await bundlePage(path))
    })
  }
  // Two hundred modules, which each file of tests would load.
  if (url.endsWith('/node_modules/@sinclair/typebox/build/esm/index.mjs')) {
    // Its version stands for all of them.
    const about = readFileSync(join(dirname(path), '../../package.json'))
    return onceFor(path, [about], async ({ build }) => {
      const options = { entryPoints: [path], bundle: true, write: false, format: 'esm', target: 'node20' }
      return (await build(options)).outputFiles[0].text
    })
  }
  if (!url.endsWith('.ts')) return undefined
  const text = readFileSync(path)
  return onceFor(path, [text], async ({ transform }) => {
    const options = { loader: 'ts', format: 'esm', target: 'node20', sourcefile: path, sourcemap: 'inline' }
    return (await transform(text, options)).code
  })
}

const asModule = (text) => `export default ${JSON.stringify(String(text))}`

/**
 * What `compile` makes, or has made the last time, where what it is made of has not changed since.
 * @param name of what is made
 * @param parts what it is made of
 * @param compile makes it with esbuild, which is loaded only for this
 */
async function onceFor(name, parts, compile) {
  const hash = createHash('sha1').update(`${always}\n${name}`)
  for (const part of parts) hash.update(part)
  // At the end, since what stands before the code would move its lines away from those of the source map.
  const stamp = `\n// ${hash.digest('hex')}\n`
  const kept = join(cache, relative(root, name).replaceAll(sep, '+'))
  const known = existsSync(kept) ? readFileSync(kept, 'utf8') : ''
  if (known.endsWith(stamp)) return known
  const code = (await compile(await import('esbuild'))) + stamp
  // Written aside first, since other processes of the suite read and write the same.
  const aside = `${kept}.${process.pid}`
  writeFileSync(aside, code)
  renameSync(aside, kept)
  return code
}
