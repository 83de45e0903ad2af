// Other servers to measure beside the emulator: installed when they are asked for, into a folder of their own.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('peers/', import.meta.url))
const packages = ['@stoplight/prism-cli@5.16.0', 'emulate@0.12.2', 'node@24']

/** Installs them unless they are there; returns how to start each, given a port. */
export function installPeers() {
  if (!existsSync(join(folder, 'node_modules/emulate'))) {
    mkdirSync(folder, { recursive: true })
    // No package's script but that of node, which fetches its own binary.
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }\n')
    const options = ['--silent', '--no-audit', '--no-fund']
    execFileSync('npm', ['install', ...options, ...packages], { cwd: folder, stdio: 'inherit' })
  }
  const node24 = find(join(folder, 'node_modules/node'), 'bin/node') ?? find(join(folder, 'node_modules'), 'bin/node')
  const bin = (name) => join(folder, 'node_modules/.bin', name)
  return {
    prism: (port, document) => [
      process.execPath,
      bin('prism'),
      'mock',
      '--port',
      port,
      '--verboseLevel',
      'fatal',
      document,
    ],
    emulate: (port) => [node24, bin('emulate'), 'start', '--service', 'mongoatlas', '--port', port],
  }
}

/** The path of a file that ends so, below a folder. */
function find(below, end) {
  const found = readdirSync(below, { recursive: true }).find((path) => path.endsWith(end))
  return found && join(below, found)
}
