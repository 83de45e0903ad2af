import type { State } from '../fixture/state.js'
import { wayIn } from '../fixture/way-in.js'
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
  return write(Object.entries(clientVariables(running.url, wayIn(JSON.parse(body) as State))))
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`
}
