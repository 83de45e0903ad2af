import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { startExpectation } from '../emulator.js'
import { claims } from '../fidelity/claims.js'
import { checkEvidence } from '../fidelity/verify/check.js'
import { writeEvidence } from '../fidelity/verify/evidence.js'
import { type Level, levels } from '../fidelity/verify/guard.js'
import { junit } from '../fidelity/verify/junit.js'
import { lifeProbes } from '../fidelity/verify/lifecycle.js'
import { probes, probesUpTo, unasked } from '../fidelity/verify/probes.js'
import type { Credentials } from '../fidelity/verify/sender.js'
import { chosenClaims, clean, type VerifyOptions, verify } from '../fidelity/verify/verify.js'
import { parseDuration } from '../values/time.js'
import { UsageError } from '../values/usage-error.js'
import { printed, visible } from './verify-text.js'

const help = `atlas-backup-emulator verify compares the emulator with a real Atlas, claim by claim.

Usage: atlas-backup-emulator verify --against URL --project ID [--flag VALUE ...]
       atlas-backup-emulator verify --check EVIDENCE      replays a report against this emulator, without Atlas
       atlas-backup-emulator verify --clean LEDGER        deletes what an interrupted run has left
       atlas-backup-emulator verify --list                the claims, and how each is asked about
       atlas-backup-emulator verify --dry-run             the requests of a level, without sending any

The environment has the credentials, of an API key: MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY; or of
a service account: MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET. --list, --dry-run and --check need none.

  --against URL      Where Atlas is, such as https://cloud.mongodb.com
  --project ID       The project to ask about; no other one is touched
  --level LEVEL      How far to go; each level does what those before it do. read, the default, changes nothing.
                     refuse sends also what Atlas must refuse. mutate makes a private endpoint and deletes it, then
                     another one, where there is none, once confirmed: by the project's name at a terminal, or by
                     ATLAS_VERIFY_CONFIRM=<project id>
  --region REGION    Where level mutate makes the endpoints, such as US_EAST_1
  --only CLAIM,...   Look at these claims alone; --list has their names
  --out FILE         Write the evidence there, without secrets, ids and names
  --junit FILE       Write the report as JUnit's XML; with --check too
  --ledger FILE      What may have to be deleted is written there; atlas-verify-ledger.json when missing
  --budget 400       The most requests to send
  --pace 1s          The least time between two requests; with --clean too
  --timeout 15m      How long the run may take; what it made is deleted even after that
  --any-host         Allow another host than *.mongodb.com, *.mongodbgov.com and loopback
  --help             Print this and exit

Exit codes: 0 all that was compared is the same, or nothing is left to delete; 1 the run ended before its end, two answers
of the target differ, or nothing was compared; 2 wrong usage; 3 there are differences; 4 something was left behind, or is
not known to be gone.

Examples:
  atlas-backup-emulator verify --against https://cloud.mongodb.com --project 32b6e34b3d91647abb20e7b8
  atlas-backup-emulator verify --against https://cloud.mongodb.com --project 32b6e34b3d91647abb20e7b8 \\
    --level mutate --region US_EAST_1 --out evidence.json
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const options = {
  ...{ against: text, project: text, level: text, region: text, only: text, out: text, junit: text, ledger: text },
  ...{ budget: text, pace: text, timeout: text, check: text, clean: text },
  ...{ 'any-host': flag, list: flag, 'dry-run': flag, help: flag },
}

/** Where people are asked, and answer. */
interface Terminal {
  readonly input: NodeJS.ReadableStream & { isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

/** Runs `verify` with its arguments; resolves to the exit code. */
export async function runVerify(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  stop: AbortSignal,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<number> {
  const flags = parse(args)
  const print = (written: string) => process.stdout.write(written)
  if (flags.help) {
    print(help)
    return 0
  }
  const only = flags.only?.split(',')
  const level = (flags.level ?? 'read') as Level
  if (!levels.includes(level))
    throw new UsageError(`--level: found ${JSON.stringify(level)}; allowed: ${levels.join(', ')}.`)
  if (flags.list) {
    print(list(only))
    return 0
  }
  if (flags['dry-run']) {
    print(plan(level, flags.region, only))
    return 0
  }
  if (flags.check !== undefined) return check(flags.check, flags.junit)
  const credentials = credentialsIn(environment)
  const anyHost = flags['any-host'] === true
  if (flags.clean !== undefined) {
    const { leftBehind, deleted } = await clean(flags.clean, { credentials, anyHost, stop, ...paceOf(flags.pace) })
    print(leftBehind.length === 0 ? `Nothing is left; deleted: ${deleted}.\n` : leftText(leftBehind))
    return leftBehind.length === 0 ? 0 : 4
  }
  const { against, project } = flags
  if (against === undefined || project === undefined)
    throw new UsageError('verify needs --against and --project. See verify --help.')
  for (const path of [flags.out, flags.junit]) checkWritable(path)
  const { evidence, exitCode, leftBehind } = await verify(
    {
      against,
      project,
      credentials,
      level,
      region: flags.region,
      only,
      anyHost,
      stop,
      ledger: flags.ledger,
      confirm: confirmation(environment, terminal),
      ...(flags.budget !== undefined && { budget: whole(flags.budget) }),
      ...(flags.timeout !== undefined && { timeout: duration('--timeout', flags.timeout) }),
      ...paceOf(flags.pace),
    },
    startExpectation,
  )
  print(printed({ ...evidence, isReplay: false }))
  if (leftBehind.length > 0) print(leftText(leftBehind))
  if (flags.out !== undefined) writeEvidence(flags.out, evidence)
  if (flags.junit !== undefined) writeFileSync(flags.junit, junit(evidence))
  return exitCode
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch (error) {
    const [problem] = (error as Error).message.split(/\.(?:\s|$)/)
    throw new UsageError(
      `${problem}. Allowed: ${Object.keys(options)
        .map((name) => `--${name}`)
        .join(', ')}. See verify --help.`,
    )
  }
}

async function check(path: string, report: string | undefined): Promise<number> {
  const checked = await checkEvidence(readText(path), path, startExpectation)
  process.stdout.write(printed({ ...checked, isReplay: true }))
  if (report !== undefined) writeFileSync(report, junit(checked))
  return checked.exitCode
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(`${path} cannot be read.`)
  }
}

/**
 * A run takes minutes, and is not to end without its report.
 * @throws {UsageError} for a file that cannot be written
 */
function checkWritable(path: string | undefined): void {
  if (path === undefined) return
  try {
    const isNew = !existsSync(path)
    closeSync(openSync(path, 'a'))
    if (isNew) rmSync(path)
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as Error).message}.`)
  }
}

/** @throws {UsageError} when there are none, or half of them */
function credentialsIn(environment: NodeJS.ProcessEnv): Credentials {
  const [publicKey, privateKey] = [environment.MONGODB_ATLAS_PUBLIC_API_KEY, environment.MONGODB_ATLAS_PRIVATE_API_KEY]
  const [clientId, clientSecret] = [environment.MONGODB_ATLAS_CLIENT_ID, environment.MONGODB_ATLAS_CLIENT_SECRET]
  if (publicKey && privateKey) return { publicKey, privateKey }
  if (clientId && clientSecret) return { clientId, clientSecret }
  throw new UsageError(
    'Credentials: set MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY, or MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET.',
  )
}

/** How level mutate is confirmed: by a variable, or at a terminal, by the project's name. */
function confirmation(environment: NodeJS.ProcessEnv, { input, output }: Terminal): VerifyOptions['confirm'] {
  if (environment.ATLAS_VERIFY_CONFIRM) return environment.ATLAS_VERIFY_CONFIRM
  if (!input.isTTY) return undefined
  return async (projectName) => {
    const lines = createInterface({ input, output })
    const question = `This makes a private endpoint in the project ${visible(projectName)} and deletes it. Type the project's name to go on: `
    const typed = await new Promise((resolve) => {
      // Whoever ends the input, by Ctrl-C or Ctrl-D, does not want to go on.
      lines.once('close', resolve)
      lines.question(question).then(resolve, resolve)
    })
    lines.close()
    return typed === projectName
  }
}

function whole(written: string): number {
  if (!/^[1-9]\d{0,6}$/.test(written))
    throw new UsageError(`--budget: found ${JSON.stringify(written)}; allowed: an integer of 1 or more.`)
  return Number(written)
}

function paceOf(written: string | undefined): { pace?: number } {
  return written === undefined ? {} : { pace: duration('--pace', written) }
}

function duration(name: string, written: string): number {
  const milliseconds = parseDuration(written)
  if (milliseconds === undefined)
    throw new UsageError(`${name}: found ${JSON.stringify(written)}; allowed: a duration such as 1s or 15m.`)
  return milliseconds
}

function leftText(leftBehind: readonly string[]): string {
  return `\nLEFT BEHIND, or not known to be gone:\n${leftBehind.map((command) => `  ${command}\n`).join('')}`
}

/** Every claim, with the probes that ask about it or the reason why none does. */
function list(only: readonly string[] | undefined): string {
  const chosen = chosenClaims(only)
  const all = [...probes, ...Object.values(lifeProbes('REGION'))]
  return claims
    .filter(({ id }) => chosen.has(id))
    .map(({ id, label }) => {
      const asking = all.filter(({ claims: asked }) => asked.includes(id))
      const how = asking.map(({ id: probe, level }) => `${probe} (${level})`).join(', ')
      return `${id} (${label}): ${how || (unasked[id] ? `not asked: ${unasked[id]}` : 'seen in many answers')}\n`
    })
    .join('')
}

/** Every request of a level, with references in the place of ids. */
function plan(level: Level, region = 'REGION', only: readonly string[] | undefined): string {
  const chosen = chosenClaims(only)
  const all = [...probesUpTo(level), ...(level === 'mutate' ? Object.values(lifeProbes(region)) : [])]
  return all
    .filter(({ claims: asked }) => only === undefined || asked.some((claim) => chosen.has(claim)))
    .map(({ id, level: of, method, path, identity, body }) => {
      const who = identity === 'own' ? '' : ` [credentials: ${identity}]`
      return `${of.padEnd(6)} ${id}: ${method} ${path}${who}${body === undefined ? '' : ` ${body}`}\n`
    })
    .join('')
}
