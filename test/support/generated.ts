/** What `npm run generate` writes from the code, and what a test compares with what is there. */
import { readdirSync, readFileSync } from 'node:fs'
import { contract, countsByLabel } from '../../src/fidelity/contract.js'
import { datesOf } from '../../src/fidelity/verify/known.js'
import { FixtureSchema } from '../../src/fixture/schema.js'
import { settings } from '../../src/settings.js'

/** What a newcomer sets, as the README shows it; its room has the rest. */
const oftenSet = ['port', 'fixtures', 'db', 'auth', 'provisioning', 'control-token', 'seed']

function oftenSetTable(): string {
  const rows = oftenSet.map((name) => {
    const found = settings.find(({ flag }) => flag === name)
    if (!found) throw new Error(`There is no setting ${name}`)
    const byDefault = found.default === undefined ? '' : `\`${found.default}\``
    return `| \`--${name}\` | \`${found.variable}\` | ${byDefault} | ${found.description} |`
  })
  return ['| flag | environment variable | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function settingsTable(): string {
  const rows = settings.map(
    ({ flag, variable, allowed, default: byDefault, description }) =>
      `| \`--${flag}\` | \`${variable}\` | ${byDefault === undefined ? '' : `\`${byDefault}\``} | ${allowed} | ${description} |`,
  )
  return ['| flag | environment variable | default | allowed | meaning |', '|---|---|---|---|---|', ...rows].join('\n')
}

/** The text with what stands between the markers `<!-- name -->` and `<!-- /name -->` replaced. */
function fill(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const from = text.indexOf(start) + start.length
  const to = text.indexOf(end)
  if (from < start.length || to < from) throw new Error(`The markers ${start} and ${end} are missing`)
  return `${text.slice(0, from)}\n${content}\n${text.slice(to)}`
}

/** The evidence files that are kept. */
export function evidence(root: URL): { file: string; text: string }[] {
  const folder = new URL('src/fidelity/evidence/', root)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ file, text: readFileSync(new URL(file, folder), 'utf8') }))
}

/** Every generated file, by its path below `root`, as it should be. */
export function generated(root: URL): Map<string, string> {
  const readme = readFileSync(new URL('README.md', root), 'utf8')
  const command = readFileSync(new URL('src/cli/README.md', root), 'utf8')
  return new Map([
    ['fixtures/schema.json', `${JSON.stringify(FixtureSchema, null, 2)}\n`],
    ['src/atlas/README.md', contract(datesOf(evidence(root).map(({ text }) => JSON.parse(text))))],
    ['src/cli/README.md', fill(command, 'settings', settingsTable())],
    ['README.md', fill(fill(readme, 'settings', oftenSetTable()), 'fidelity', countsByLabel())],
  ])
}
