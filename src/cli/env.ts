import type { State } from '../fixture/state.js'
import { clientVariables } from '../values/client-variables.js'
import { UsageError } from '../values/usage-error.js'
import { readFlags, runningAt } from './running.js'

type Variables = readonly (readonly [string, string])[]

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** How variables are written, by the name of the format. */
const formats: Readonly<Record<string, (variables: Variables) => string>> = {
  sh: (variables) => lines(variables.map(([name, value]) => `export ${name}=${quoted(value)}`)),
  dotenv: (variables) => lines(variables.map(([name, value]) => `${name}=${JSON.stringify(value)}`)),
  // What is appended to the file that GITHUB_ENV names.
  github: (variables) => lines(variables.map(([name, value]) => `${name}=${value}`)),
  json: (variables) => `${JSON.stringify(Object.fromEntries(variables), null, 2)}\n`,
}

/**
 * `env`: the variables that clients read, from an emulator that runs.
 * @throws {Error} when it cannot be asked
 */
export async function env(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const { format = 'sh', url } = readFlags(args, ['format', 'url'])
  const write = formats[format]
  if (!Object.hasOwn(formats, format) || !write) {
    throw new UsageError(`--format: found ${JSON.stringify(format)}; allowed: ${Object.keys(formats).join(', ')}.`)
  }
  const running = runningAt(url, environment)
  const { status, body } = await running.get('/_emulator/state?secrets=true').catch((error: Error) => {
    throw new Error(`${running.url} cannot be asked: ${error.message}. Start the emulator, or name it with --url.`)
  })
  if (status !== 200) {
    throw new Error(
      `${running.url} answers ${status} to who asks for its state. Set ATLAS_EMULATOR_CONTROL_TOKEN to its control token; with --control off nobody is told.`,
    )
  }
  return write(Object.entries(clientVariables(running.url, chosenFrom(JSON.parse(body) as State))))
}

/**
 * The first project that a credential owns, its owners, and its organization; the first project at all where none is owned.
 * Those of tenants are for whoever made them.
 */
function chosenFrom({
  projects: all,
  apiKeys = [],
  serviceAccounts = [],
  tenants = [],
}: State): Parameters<typeof clientVariables>[1] {
  const projects = all.filter(({ orgId }) => !tenants.some((tenant) => tenant.orgId === orgId))
  const owns = (project: State['projects'][number]) => (credential: { readonly roles: readonly object[] }) =>
    credential.roles.some((role) => {
      const { roleName, orgId, groupId } = role as { roleName: string; orgId?: string; groupId?: string }
      return roleName === 'ORG_OWNER' ? orgId === project.orgId : roleName === 'GROUP_OWNER' && groupId === project.id
    })
  // Whoever is bound to addresses may not be asking from one of them.
  const free = ({ accessList = [] }: { readonly accessList?: readonly string[] }) => accessList.length === 0
  const chosen = projects.find((project) => [...apiKeys, ...serviceAccounts].filter(free).some(owns(project)))
  const project = chosen ?? projects[0]
  if (!project) return {}
  const key = apiKeys.filter(free).find(owns(project))
  const account = serviceAccounts.filter(free).find(owns(project))
  return {
    orgId: project.orgId,
    projectId: project.id,
    ...(key && { apiKey: { id: key.publicKey, secret: key.privateKey as string } }),
    ...(account && { serviceAccount: { id: account.clientId, secret: account.clientSecret as string } }),
  }
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`
}
