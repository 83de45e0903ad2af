import { existsSync, readFileSync } from 'node:fs'
import { test } from 'tap'
import { parseAllDocuments } from 'yaml'
import { readCommand, settings, unknownVariables } from '../src/settings.js'
import { start } from './support/emulator.js'

const room = new URL('examples/', import.meta.url)
const readme = readFileSync(new URL('README.md', room), 'utf8')
const dockerfile = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8')

/** The YAML files by name, each as its documents. As YAML 1.1, where off is false, which some of their readers speak. */
const files = new Map(
  [...readme.matchAll(/^```yaml\n# (\S+)\n(.*?)^```$/gms)].map(([, name, text]) => [
    name as string,
    parseAllDocuments(text as string, { version: '1.1' }).map((document) => {
      if (document.errors[0]) throw document.errors[0]
      return document.toJS()
    }),
  ]),
)

/** The variables that each file gives to the emulator, and the URL at which its clients look for it. */
const given = (): Record<string, { variables: Record<string, string>; url?: string }> => {
  const [compose] = files.get('compose.yaml') ?? []
  const [workflow] = files.get('.github/workflows/test.yaml') ?? []
  const [gitlab] = files.get('.gitlab-ci.yml') ?? []
  const [pod] = files.get('atlas.yaml') ?? []
  const [, step] = workflow.jobs.test.steps
  return {
    compose: { variables: compose.services.atlas.environment, url: compose.services.tests.environment.ATLAS_URL },
    workflow: { variables: workflow.jobs.test.services.atlas.env, url: step.env.ATLAS_URL },
    gitlab: { variables: gitlab.test.services[0].variables, url: gitlab.test.variables.ATLAS_URL },
    kubernetes: {
      variables: Object.fromEntries(
        pod.spec.containers[0].env.map(({ name, value }: { name: string; value: string }) => [name, value]),
      ),
    },
  }
}

test('each tool has its recipe, of a few lines', async (t) => {
  const headings = [...readme.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
  for (const tool of [
    'Compose',
    'GitHub Actions',
    'GitLab CI',
    'Kubernetes',
    'pytest',
    'Jest',
    'Vitest',
    'node:test',
  ]) {
    t.ok(headings.includes(tool), tool)
  }
  for (const language of ['Node', 'Go', 'Java', '.NET', 'Python']) {
    t.ok(headings.includes(`Testcontainers for ${language}`), language)
  }
  t.strictSame([...files.keys()], ['compose.yaml', '.github/workflows/test.yaml', '.gitlab-ci.yml', 'atlas.yaml'])
  for (const [, block] of readme.matchAll(/^```\w+\n(.*?)^```$/gms)) {
    t.ok((block as string).split('\n').length <= 36, `${block?.split('\n')[0]} is short`)
  }
})

test('what the YAML gives the emulator are settings that it takes, each a text', async (t) => {
  for (const [file, { variables }] of Object.entries(given())) {
    t.ok(Object.keys(variables).length > 0, file)
    for (const [name, value] of Object.entries(variables)) t.type(value, 'string', `${file}: ${name} is quoted`)
    t.strictSame(unknownVariables(variables), [], file)
    t.match(readCommand([], variables), { run: 'serve', settings: { port: 8080, auth: 'off' } }, file)
  }
  const [, ...code] = readme.split(/^## Testcontainers/m)
  const named = new Set(code.join('').match(/\bATLAS_EMULATOR_[A-Z_]+/g))
  t.ok(named.size > 0)
  for (const name of named)
    t.ok(
      settings.some(({ variable }) => variable === name),
      name,
    )
})

test('clients look for the emulator by the name of its service, at the port of the image', async (t) => {
  t.match(dockerfile, /^EXPOSE 8080$/m)
  const { compose, workflow, gitlab } = given()
  const [{ services }] = files.get('compose.yaml') ?? []
  t.equal(compose?.url, `http://${Object.keys(services)[0]}:8080`)
  t.same(services.tests.depends_on, { atlas: { condition: 'service_healthy' } })
  t.match(dockerfile, /^HEALTHCHECK /m)
  const [{ jobs }] = files.get('.github/workflows/test.yaml') ?? []
  t.same(jobs.test.services.atlas.ports, ['8080:8080'])
  t.equal(workflow?.url, 'http://localhost:8080')
  const [{ test: job }] = files.get('.gitlab-ci.yml') ?? []
  t.equal(gitlab?.url, `http://${job.services[0].alias}:8080`)
  const [pod, service] = files.get('atlas.yaml') ?? []
  const [container] = pod.spec.containers
  t.same(container.ports, [{ name: 'http', containerPort: 8080 }])
  t.equal(service.spec.ports[0].targetPort, container.ports[0].name)
  t.same(service.spec.selector, pod.metadata.labels)
  t.match(dockerfile, /^USER [1-9][0-9]*:0$/m, 'runAsNonRoot needs a user by number')
})

test('the path that is probed answers whoever asks by whatever name, control or none', async (t) => {
  const paths = [...readme.matchAll(/["']?(\/_emulator\/\w+)/g)].map(([, path]) => path as string)
  t.ok(paths.length > 5)
  t.strictSame([...new Set(paths)], ['/_emulator/health'])
  for (const control of ['local', 'open', 'off']) {
    const { emulator } = await start(t, ['--control', control, ...(control === 'open' ? ['--control-token', 'a'] : [])])
    const answer = await emulator.inject({ url: '/_emulator/health', headers: { host: '10.1.2.3:8080' } })
    t.equal(answer.statusCode, 200, control)
  }
})

test('what the recipes send others to is there', async (t) => {
  for (const [, file] of readme.matchAll(/\]\(([^)]+)\)/g))
    t.ok(existsSync(new URL(file as string, room)), String(file))
})
