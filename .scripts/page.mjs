// The console's page: its modules as one script for browsers, and its styles, both as small as esbuild makes them.
import { build } from 'esbuild'

/** @param entryPoint the path of the script's main module, or of the styles */
export async function bundlePage(entryPoint) {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  })
  return outputFiles[0].text
}

/** Has esbuild take what the page is made of as text. */
export const pageAsText = {
  name: 'page',
  setup(bundler) {
    bundler.onResolve({ filter: /\.ts\?script$|\/page\.css$/ }, ({ path, resolveDir }) => ({
      path: new URL(path.replace('?script', ''), `file://${resolveDir}/`).pathname,
      namespace: 'page',
    }))
    bundler.onLoad({ filter: /.*/, namespace: 'page' }, async ({ path }) => ({
      contents: await bundlePage(path),
      loader: 'text',
    }))
  },
}
