import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { transform } from 'esbuild'
import { test } from 'tap'
import { formLimit } from '../src/atlas/oauth.js'
import { jsonLimit } from '../src/atlas/steps/body.js'
import { bodyLimit, deepest } from '../src/control/body.js'
import { rememberedEvents } from '../src/control/event-hub.js'
import { mostFollowers } from '../src/control/following.js'
import { mostSnapshots } from '../src/control/snapshots.js'
import { mostAbandoned } from '../src/faults/injection.js'
import { mostFaults } from '../src/faults/rule.js'
import { maxHeaderSize } from '../src/http/limits.js'
import { mostResponses } from '../src/responses/response.js'
import { settings } from '../src/settings.js'
import { largestValue, mostMembers } from '../src/values/json-parts.js'
import { mostTenants } from '../src/world/tenants.js'

const root = new URL('../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

/** Every page of the documentation, by its path. */
const pages = new Map(
  ['fixtures', 'src', 'test']
    .flatMap((folder) => readdirSync(new URL(folder, root), { recursive: true }).map((path) => `${folder}/${path}`))
    .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
    .concat('README.md')
    .map((path) => [path, read(path)]),
)
const variables = new Set(settings.map(({ variable }) => variable))

test('every variable that a README names is a setting’s', async (t) => {
  const named = new Set([...pages.values()].flatMap((page) => page.match(/\bATLAS_EMULATOR_[A-Z_]+[A-Z]/g) ?? []))
  t.same(
    [...named].filter((name) => !variables.has(name)),
    [],
  )
})

test('the limits that the promises name are those of the program', async (t) => {
  const promises = read('test/endurance/README.md')
  const kib = 1024
  const mib = 1024 * kib
  for (const row of [
    `headers; more is 431 | ${maxHeaderSize / kib} KiB |`,
    `${jsonLimit / mib} MiB; a form ${formLimit / kib} KiB; for the control API ${bodyLimit / mib / kib} GiB, nested ${deepest} deep, ${mostMembers.toLocaleString('en')} members in an object, ${largestValue / mib} MiB in one text |`,
    `| tenants | ${mostTenants} |`,
    `followers of the journal | ${mostFaults}, ${mostResponses}, ${mostSnapshots}, ${mostFollowers} |`,
    `events that are remembered for them | ${mostFollowers}, ${rememberedEvents} |`,
    `though their clients have gone | ${mostAbandoned}; then`,
  ]) {
    t.ok(promises.includes(row), row)
  }
})

/** What GitHub calls a heading in a link. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

test('every link of the documentation leads to a file that is there, and to a heading of it', async (t) => {
  for (const [page, text] of pages) {
    for (const [, link = ''] of text.replace(/^ *```.*?^ *```$/gms, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue
      const { pathname, hash } = new URL(link, new URL(page, root))
      t.ok(existsSync(pathname), `${page}: ${link}`)
      if (!hash) continue
      const target = readFileSync(pathname, 'utf8')
      const anchors = [...target.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading as string))
      const named = [...target.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)
      t.ok([...anchors, ...named].includes(hash.slice(1)), `${page}: ${link}`)
    }
  }
})

test('the examples in code run as they are printed', async (t) => {
  const examples = ['README.md', 'src/control/README.md'].flatMap((page) =>
    [...read(page).matchAll(/^```ts\n(import \{ startEmulator \}.*?)^```/gms)].map(([, text]) => ({ page, text })),
  )
  t.equal(examples.length, 2)
  const folder = t.testdir()
  for (const { page, text } of examples) {
    const { code } = await transform(
      `const spawn = () => {}
      ${text?.replace("'atlas-backup-emulator'", `'${new URL('src/index.ts', root)}'`)}
      export const ended = true`,
      { loader: 'ts', target: 'node20', format: 'esm' },
    )
    const file = `${folder}/${page.replaceAll('/', '-')}.mjs`
    writeFileSync(file, code)
    t.ok((await import(file)).ended, page)
  }
})
