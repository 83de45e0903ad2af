// Runs what README.md prints: takes its code blocks into projects of their own, outside of the repository, where the built
// package is installed, and runs them with the tools that they are for. What needs Docker gets the stand-in of docker.mjs.
// Where a tool cannot be had, that is said, and nothing is counted. Ends with the counts.
// Usage: node run.mjs [NAME...], each the beginning of a check's name
import { execFile } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { startDocker } from './docker.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'recipes-'))
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const only = process.argv.slice(2)
let passed = 0
let failed = 0

/** The text of each file that README.md prints, by its name. */
const files = new Map(
  [
    ...readFileSync(new URL('README.md', import.meta.url), 'utf8').matchAll(/^```\w+\n(?:#|\/\/) (\S+)\n(.*?)^```$/gms),
  ].map(([, name, text]) => [name, text]),
)

/** What the command printed. */
async function run(folder, command, args, env = {}) {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: folder,
    env: { ...process.env, CI: 'true', ...env },
    maxBuffer: 2 ** 26,
  })
  return stdout
}

async function check(name, work) {
  if (only.length > 0 && !only.some((beginning) => name.startsWith(beginning))) return
  try {
    await work()
    passed += 1
    console.log(`ok ${name}`)
  } catch (error) {
    failed += 1
    console.log(`not ok ${name}: ${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`)
  }
}

function expect(found, wanted) {
  if (found !== wanted) throw new Error(`found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`)
}

async function has(command, ...args) {
  try {
    await run(scratch, command, args)
    return true
  } catch {
    console.log(`${command} is not installed: its recipes are not run`)
    return false
  }
}

/** A folder with files of README.md in it. */
function folderWith(name, ...names) {
  const folder = join(scratch, name)
  mkdirSync(folder, { recursive: true })
  for (const file of names) writeFileSync(join(folder, file), files.get(file))
  return folder
}

let tarball

/** A project with packages from the registry and the emulator as it is packed, better-sqlite3 being the repository's. */
async function project(name, manifest, packages, names) {
  const folder = folderWith(name, ...names)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...manifest }))
  const quietly = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts']
  if (packages.length > 0) await run(folder, 'npm', ['install', ...quietly, ...packages])
  const modules = join(folder, 'node_modules')
  const emulator = join(modules, 'atlas-backup-emulator')
  mkdirSync(emulator, { recursive: true })
  await run(folder, 'tar', ['-xzf', tarball, '-C', emulator, '--strip-components=1'])
  symlinkSync(join(root, 'node_modules/better-sqlite3'), join(modules, 'better-sqlite3'))
  mkdirSync(join(modules, '.bin'), { recursive: true })
  symlinkSync('../atlas-backup-emulator/dist/main.cjs', join(modules, '.bin/atlas-backup-emulator'))
  return folder
}

/** What has Testcontainers use the stand-in, and start no container to tidy up after it. */
const containers = ({ url }) => ({
  DOCKER_HOST: url,
  // Where the tests themselves run in a container, the ports of others are otherwise looked for at the gateway.
  TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
  TESTCONTAINERS_CONNECTION_MODE: 'docker_host',
  TESTCONTAINERS_RYUK_DISABLED: 'true',
  TESTCONTAINERS_CHECKS_DISABLE: 'true',
})

/** Runs `work` with a Docker of its own, in which it must start one container and leave none. */
async function withDocker(work) {
  const docker = await startDocker()
  try {
    await work(containers(docker))
    expect(docker.started(), 1)
    expect(docker.left().join(), '')
  } finally {
    await docker.close()
  }
}

const types = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023']
const libraries = ['--lib', 'es2023,esnext.disposable,dom']

try {
  await run(root, 'npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', scratch])
  tarball = join(
    scratch,
    readdirSync(scratch).find((file) => file.endsWith('.tgz')),
  )

  for (const version of ['29', '30']) {
    await check(`Jest ${version}`, async () => {
      const folder = await project(`jest${version}`, {}, [`jest@${version}`], ['client.test.js'])
      await run(folder, 'npx', ['jest'])
    })
  }

  await check('Vitest 4', async () => {
    const packages = ['vitest@4', '@types/node@20']
    const folder = await project('vitest', { type: 'module' }, packages, ['client.test.ts'])
    await run(folder, 'npx', ['vitest', 'run'])
    await run(folder, 'node', [tsc, ...types, ...libraries, '--skipLibCheck', 'client.test.ts'])
  })

  await check('Testcontainers for Node', async () => {
    const packages = ['testcontainers@11', '@types/node@20']
    const folder = await project('testcontainers', { type: 'module' }, packages, ['container.mts'])
    // With the types of the package looked into: its classes extend those of Testcontainers.
    writeFileSync(
      join(folder, 'required.cts'),
      "import containers = require('atlas-backup-emulator/testcontainers')\nnew containers.AtlasEmulatorContainer().withReuse().withAuthOff()\n",
    )
    await run(folder, 'node', [tsc, ...types, ...libraries, 'container.mts', 'required.cts'])
    // The source as well, which in the repository is checked against a stand-in.
    const compilerOptions = {
      rootDir: '/',
      paths: { testcontainers: [join(folder, 'node_modules/testcontainers/build/index.d.ts')] },
      typeRoots: [join(folder, 'node_modules/@types')],
    }
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions,
      include: ['src/testcontainers.ts', 'src/**/*.d.ts'].map((file) => join(root, file)),
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    await run(folder, 'node', [tsc, '--project', folder])
    const { code } = await transform(files.get('container.mts'), { loader: 'ts', target: 'node20', format: 'esm' })
    writeFileSync(join(folder, 'container.mjs'), code)
    await withDocker(async (env) => expect((await run(folder, 'node', ['container.mjs'], env)).trim(), '200'))
    const required = "const { AtlasEmulatorContainer } = require('atlas-backup-emulator/testcontainers')\n"
    writeFileSync(
      join(folder, 'required.cjs'),
      `${required}new AtlasEmulatorContainer().withAuthOff().withFixtures({ organizations: [], projects: [] }).start()
        .then(async (emulator) => {
          const { counts } = await emulator.control.health()
          console.log(typeof counts, (await emulator.control.state.export()).projects.length)
          await emulator.stop()
        })`,
    )
    await withDocker(async (env) => expect((await run(folder, 'node', ['required.cjs'], env)).trim(), 'object 0'))
  })

  if (await has('go', 'version')) {
    await check('Testcontainers for Go', async () => {
      const folder = folderWith('go', 'emulator_test.go')
      writeFileSync(join(folder, 'go.mod'), 'module client\n\ngo 1.24\n')
      await run(folder, 'go', ['mod', 'tidy'])
      await run(folder, 'go', ['vet', './...'])
      await withDocker((env) => run(folder, 'go', ['test', '-count=1', './...'], env))
    })
  }

  if (await has('mvn', '--version')) {
    await check('Testcontainers for Java', async () => {
      const folder = folderWith('java', 'EmulatorTest.java')
      copyFileSync(new URL('pom.xml', import.meta.url), join(folder, 'pom.xml'))
      await run(folder, 'mvn', ['--quiet', '--batch-mode', 'dependency:copy-dependencies', '-DoutputDirectory=lib'])
      const path = ['-cp', `lib/*:${folder}`]
      await run(folder, 'javac', [...path, '-Xlint:all', '-Werror', '-d', folder, 'EmulatorTest.java'])
      await withDocker(async (env) => {
        expect((await run(folder, 'java', [...path, 'EmulatorTest'], env)).trim(), '200')
      })
    })
  }

  if (await has('python3', '-c', 'import venv, ensurepip')) {
    const names = ['conftest.py', 'test_client.py', 'test_container.py']
    const folder = await project('python', {}, [], names)
    const bin = join(folder, 'venv/bin')
    await check('Python’s packages', async () => {
      await run(folder, 'python3', ['-m', 'venv', 'venv'])
      await run(folder, join(bin, 'pip'), ['install', '--quiet', 'pytest', 'testcontainers'])
    })
    await check('YAML, by the schemas of its tools', async () => {
      await run(folder, join(bin, 'pip'), ['install', '--quiet', 'check-jsonschema', 'kubernetes-validate'])
      const schemas = {
        'compose.yaml': 'compose-spec',
        '.github/workflows/test.yaml': 'github-workflows',
        '.gitlab-ci.yml': 'gitlab-ci',
      }
      const text = (name, content) => {
        const path = join(folder, name.replaceAll('/', '-'))
        writeFileSync(path, content)
        return path
      }
      for (const [name, schema] of Object.entries(schemas)) {
        const by = ['--builtin-schema', `vendor.${schema}`]
        await run(folder, join(bin, 'check-jsonschema'), [...by, text(name, files.get(name))])
        // A schema that takes everything would tell nothing.
        const wrong = text(`wrong-${name}`, files.get(name).replace(/^( *)(image|runs-on):/m, '$1imagine:'))
        const isTaken = await run(folder, join(bin, 'check-jsonschema'), [...by, wrong]).catch(() => undefined)
        expect(isTaken, undefined)
      }
      const strictly = ['--strict', '--quiet']
      await run(folder, join(bin, 'kubernetes-validate'), [...strictly, text('atlas.yaml', files.get('atlas.yaml'))])
      const wrong = text('wrong.yaml', files.get('atlas.yaml').replace('periodSeconds', 'periodicSeconds'))
      expect(
        await run(folder, join(bin, 'kubernetes-validate'), [...strictly, wrong]).catch(() => undefined),
        undefined,
      )
    })
    await check('Python: pytest', () => run(folder, join(bin, 'pytest'), ['test_client.py']))
    await check('Python: Testcontainers', () =>
      withDocker((env) => run(folder, join(bin, 'pytest'), ['test_container.py'], env)),
    )
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
