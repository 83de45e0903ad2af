// Other servers to measure beside the emulator: installed when they are asked for, into a folder of their own.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('peers/', import.meta.url))
const packages = ['@mockoon/cli@9.9.0', '@stoplight/prism-cli@5.16.0', 'emulate@0.12.2', 'node@24']
const wireMock = 'org.wiremock:wiremock-standalone:3.13.1'

/** Installs them unless they are there; returns how to start each, given a port. */
export function installPeers() {
  if (!existsSync(join(folder, 'node_modules/@mockoon/cli'))) {
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
    mockoon: (port, document) => [
      ...[node24, join(folder, 'node_modules/@mockoon/cli/bin/run.js'), 'start'],
      ...['--port', port, '--hostname', '127.0.0.1', '--disable-log-to-file', '--data', document],
    ],
    wireMock:
      wireMockJar() &&
      ((port, stubs) => [
        ...['java', '-jar', wireMockJar(), '--port', port, '--bind-address', '127.0.0.1'],
        ...['--root-dir', stubs, '--no-request-journal', '--disable-banner'],
      ]),
    emulate: (port) => [node24, bin('emulate'), 'start', '--service', 'mongoatlas', '--port', port],
  }
}

/** Where Maven keeps the jar; undefined where there is no Java or no Maven. */
function wireMockJar() {
  const [group, artifact, version] = wireMock.split(':')
  const kept = join(homedir(), '.m2/repository', ...group.split('.'), artifact, version, `${artifact}-${version}.jar`)
  try {
    if (!existsSync(kept)) execFileSync('mvn', ['-q', 'dependency:get', `-Dartifact=${wireMock}`, '-Dtransitive=false'])
    return kept
  } catch {
    return undefined
  }
}

/** The path of a file that ends so, below a folder. */
function find(below, end) {
  const found = readdirSync(below, { recursive: true }).find((path) => path.endsWith(end))
  return found && join(below, found)
}
