import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { parse } from 'yaml'
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
import { readCommand, settings } from '../src/settings.js'
import { mostTenants } from '../src/world/tenants.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const variables = new Set(settings.map(({ variable }) => variable))

interface Service {
  readonly environment?: Record<string, unknown>
  readonly env?: Record<string, unknown>
  readonly ports?: readonly string[]
  readonly depends_on?: Record<string, { condition: string }>
}
type Services = Record<string, Service>

/** The files that the README shows, each with its services. */
const files = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => {
  // As YAML 1.1, where off is false: that is what a careless reader would make of it.
  const file = parse(text as string, { version: '1.1' })
  const services: Services = file.services ?? file.jobs.test.services
  return { file, services }
})

test('every variable that the README names is a setting’s', async (t) => {
  const named = new Set(readme.match(/\bATLAS_EMULATOR_[A-Z_]+/g))
  t.same(
    [...named].filter((name) => !variables.has(name)),
    [],
  )
})

test('the limits that the README names are those of the program', async (t) => {
  const kib = 1024
  const mib = 1024 * kib
  for (const row of [
    `headers; more is 431 | ${maxHeaderSize / kib} KiB |`,
    `${jsonLimit / mib} MiB; a form ${formLimit / kib} KiB; for the control API ${bodyLimit / mib / kib} GiB, nested ${deepest} deep |`,
    `| tenants | ${mostTenants} |`,
    `followers of the journal | ${mostFaults}, ${mostResponses}, ${mostSnapshots}, ${mostFollowers} |`,
    `events that are remembered for them | ${mostFollowers}, ${rememberedEvents} |`,
    `though their clients have gone | ${mostAbandoned}; then`,
  ]) {
    t.ok(readme.includes(row), row)
  }
})

test('the compose file and the workflow are YAML, and give the emulator settings that it takes', async (t) => {
  t.equal(files.length, 2)
  for (const { services } of files) {
    const { environment, env, ports } = services.atlas as Service
    const given = Object.entries(environment ?? env ?? {})
    t.ok(given.length > 0)
    for (const [name, value] of given) {
      t.ok(variables.has(name), name)
      t.type(value, 'string', `${name} is quoted where it must be`)
    }
    t.match(readCommand([], Object.fromEntries(given) as NodeJS.ProcessEnv), { run: 'serve', settings: { port: 8080 } })
    t.same(ports, ['8080:8080'])
  }
})

test('in the compose file, what is depended on and mounted is there', async (t) => {
  const [compose] = files
  const services = compose?.services as Services
  t.same(services.tests?.depends_on, { atlas: { condition: 'service_healthy' } })
  t.ok('atlas' in services)
  t.same(Object.keys(compose?.file.volumes), ['atlas'])
})
