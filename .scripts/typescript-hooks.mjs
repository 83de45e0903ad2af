// Node's module hooks; see typescript.mjs.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { bundlePage } from './page.mjs'

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
  // What the console's page is made of is text to the server, and so is what coding agents are told.
  if (/\/console\/page\/.*\.(?:html|css|ts\?script)$/.test(url) || url.endsWith('/src/control/llms.txt')) {
    const path = fileURLToPath(url)
    const text = /(?:\?script|\.css)$/.test(url) ? await bundlePage(path) : await readFile(path, 'utf8')
    return { format: 'module', source: `export default ${JSON.stringify(text)}`, shortCircuit: true }
  }
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context)
  const sourcefile = fileURLToPath(url)
  const { code } = await transform(await readFile(sourcefile, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile,
    sourcemap: 'inline',
  })
  return { format: 'module', source: code, shortCircuit: true }
}
