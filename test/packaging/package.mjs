// What somebody gets who installs the package: packs it, has two linters look at it, installs the tarball into an empty
// project, and uses the command and the library there, from both kinds of module and with types.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'package-'))
const project = join(scratch, 'project')
const tools = join(scratch, 'tools')
let passed = 0
let failed = 0

const run = (folder, command, ...args) =>
  execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

async function check(what, work) {
  try {
    await work()
    passed += 1
    console.log(`ok ${what}`)
  } catch (error) {
    failed += 1
    console.log(`not ok ${what}: ${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`)
  }
}

function expect(found, wanted) {
  if (found !== wanted) throw new Error(`found ${found}, wanted ${wanted}`)
}

const sorted = (names) => [...new Set(names)].sort().join(' ')

/** What validates a bill of materials, and how: it prints null for one without mistakes. */
const billTools = ['@cyclonedx/cyclonedx-library', 'ajv@8', 'ajv-formats@3', 'ajv-formats-draft2019@1']
const validate = `
import { readFileSync } from 'node:fs'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot5)
console.log(JSON.stringify(await validator.validate(readFileSync(process.argv[2], 'utf8'))))
`

const use = `
async function use({ startEmulator, EmulatorControl, UsageError }) {
  const emulator = await startEmulator({ auth: 'off' })
  const response = await fetch(emulator.url + '/api/atlas/v2/groups', {
    headers: { accept: 'application/vnd.atlas.2025-03-12+json' },
  })
  const { totalCount } = await response.json()
  await emulator.control.reset()
  const kinds = emulator.control instanceof EmulatorControl
  const refused = await startEmulator({ auth: 'perhaps' }).catch((error) => error instanceof UsageError)
  await emulator.close()
  console.log(response.status, totalCount, kinds, refused)
}
`
const typed = `
import { startEmulator, type Fixture, type JournalEntry } from 'atlas-backup-emulator'

const fixtures: Fixture = { organizations: [{ id: '32b6e34b3d91647abb20e7a0', name: 'Acme' }], projects: [] }
const emulator = await startEmulator({ fixtures, provisioning: 0, rateLimit: '10/5/60' })
const entries: JournalEntry[] = await emulator.control.requests.find()
console.log(entries.length, emulator.url.length)
// @ts-expect-error There is no such setting.
startEmulator({ colour: 'blue' })
`

try {
  for (const folder of [project, tools]) {
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  }
  run(root, 'npm', 'pack', '--silent', '--pack-destination', scratch)
  const [name] = readdirSync(scratch).filter((file) => file.endsWith('.tgz'))
  const tarball = join(scratch, name)

  await check('the tarball holds what runs, and nothing else', () => {
    const files = run(scratch, 'tar', '-tzf', tarball).trim().split('\n').sort()
    const wanted = [
      ...['LICENSE', 'README.md', 'package.json'],
      ...[
        'THIRD-PARTY-LICENSES.txt',
        'core.cjs',
        'healthcheck.js',
        'index.cjs',
        'index.d.cts',
        'index.d.ts',
        'index.js',
        'llms.txt',
        'main.cjs',
        'testcontainers.cjs',
        'testcontainers.d.cts',
        'testcontainers.d.ts',
        'testcontainers.js',
        'sbom.cdx.json',
        'later.cjs',
        'yaml.cjs',
      ].map((file) => `dist/${file}`),
      ...['default.json', 'demo.json', 'README.md', 'schema.json', 'sunset.json'].map((file) => `fixtures/${file}`),
    ]
    expect(
      files.join(),
      wanted
        .map((file) => `package/${file}`)
        .sort()
        .join(),
    )
  })
  run(tools, 'npm', 'install', '--silent', '--no-audit', '--no-fund', 'publint@0.3', '@arethetypeswrong/cli@0.18')
  await check('publint', () => run(tools, 'npx', 'publint', '--strict', tarball))
  await check('are the types wrong?', () => run(tools, 'npx', 'attw', tarball))

  run(project, 'npm', 'install', '--silent', '--no-audit', '--no-fund', tarball)
  run(tools, 'npm', 'install', '--silent', '--no-audit', '--no-fund', ...billTools)
  await check('the bill of materials is CycloneDX', () => {
    writeFileSync(join(tools, 'validate.mjs'), validate)
    const file = join(project, 'node_modules/atlas-backup-emulator/dist/sbom.cdx.json')
    expect(run(tools, 'node', 'validate.mjs', file).trim(), 'null')
  })
  await check('it names what is bundled and what is installed, and nothing else', () => {
    const installed = join(project, 'node_modules')
    const dist = join(installed, 'atlas-backup-emulator/dist')
    const { components } = JSON.parse(readFileSync(join(dist, 'sbom.cdx.json'), 'utf8'))
    const isBundled = ({ properties }) => properties.some(({ name }) => name === 'cdx:npm:package:bundled')
    const licences = readFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), 'utf8').split(/^-{80}\n\n/m)
    const bundled = licences.map((text) => text.split('\n')[0].replace(' ', '@'))
    expect(sorted(components.filter(isBundled).map((component) => component['bom-ref'])), sorted(bundled))
    const { packages } = JSON.parse(readFileSync(join(installed, '.package-lock.json'), 'utf8'))
    const names = Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, ''))
    // What is installed may be newer than when the package was made; some of it is bundled as well.
    const isNamed = (list, name) => list.some((component) => component.name === name)
    const others = names.filter((name) => name !== 'atlas-backup-emulator')
    expect(sorted(others.filter((name) => !isNamed(components, name))), '')
    const besides = components.filter((component) => !isBundled(component)).map(({ name }) => name)
    expect(sorted(besides.filter((name) => !others.includes(name))), '')
  })
  await check('the command tells its version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(run(project, 'npx', 'atlas-backup-emulator', '--version').trim(), version)
  })
  await check('the command serves', async () => {
    const child = spawn(join(project, 'node_modules/.bin/atlas-backup-emulator'), ['--port', '0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [line] = await once(child.stdout, 'data')
    const [url] = /http:\/\/\S+/.exec(String(line))
    const response = await fetch(`${url}/_emulator/health`)
    expect(response.status, 200)
    child.kill()
    const [code] = await once(child, 'exit')
    expect(code, 0)
  })
  await check('the library from ESM', () => {
    writeFileSync(
      join(project, 'use.mjs'),
      `import * as library from 'atlas-backup-emulator'\n${use}await use(library)\n`,
    )
    expect(run(project, 'node', 'use.mjs').trim(), '200 1 true true')
  })
  await check('the library from CommonJS', () => {
    writeFileSync(join(project, 'use.cjs'), `${use}use(require('atlas-backup-emulator'))\n`)
    expect(run(project, 'node', 'use.cjs').trim(), '200 1 true true')
  })
  // With it: test/examples/run.mjs.
  await check('without its peer, the container for Testcontainers says what is missing, in a few lines', () => {
    for (const options of [
      ['--eval', "require('atlas-backup-emulator/testcontainers')"],
      ['--input-type=module', '--eval', "import 'atlas-backup-emulator/testcontainers'"],
    ]) {
      const { status, stderr } = spawnSync('node', options, { cwd: project, encoding: 'utf8' })
      expect(status, 1)
      expect(/Error: Cannot find module 'testcontainers'/.test(stderr) && stderr.length < 4000, true)
    }
  })
  await check('its types', () => {
    writeFileSync(join(project, 'typed.mts'), typed)
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,esnext.disposable,dom',
    ]
    run(project, 'node', compiler, ...options, 'typed.mts')
  })
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
