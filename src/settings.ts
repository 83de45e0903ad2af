import { inspect, parseArgs } from 'node:util'
import { logLevels } from './journal/logging.js'
import { isIpListEntry } from './values/ip-list.js'
import { nearest } from './values/nearest.js'
import { ownFixtures } from './values/own-fixtures.js'
import { parseRateLimit } from './values/rate-limit.js'
import { isRecord } from './values/record.js'
import { isServiceLink, variableOf } from './values/service-links.js'
import { durationForms, parseDuration } from './values/time.js'
import { withoutSlash } from './values/url.js'
import { UsageError } from './values/usage-error.js'
import { type UnservedStatus, unservedStatuses } from './values/vocabulary.js'

/** What a setting may be, and how it is read. A reader returns undefined for what is not allowed. */
interface Kind<T> {
  /** What may be written, for people. */
  readonly allowed: string
  /** Reads a flag, a variable, or a string in code. */
  readonly parse: (text: string) => T | undefined
  /** Reads what else may stand in code; by default nothing but text may. */
  readonly accept?: (value: unknown) => T | undefined
  /** What `accept` takes, for people, where `allowed` does not say it. */
  readonly acceptable?: string
  /** Writes what `accept` takes as text that `parse` reads; as `String` does, by default. */
  readonly write?: (value: unknown) => string
}

function integer(minimum: number, maximum: number): Kind<number> {
  const accept = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
      ? (value as number)
      : undefined
  return {
    allowed: `an integer from ${minimum} to ${maximum}`,
    parse: (text) => (/^[0-9]+$/.test(text) ? accept(Number(text)) : undefined),
    accept,
  }
}

function text(allowed: string, pattern: RegExp): Kind<string> {
  return { allowed, parse: (written) => (pattern.test(written) ? written : undefined) }
}

function choice<const T extends string>(...values: T[]): Kind<T> {
  return { allowed: values.join(', '), parse: (written) => values.find((value) => value === written) }
}

/** One of `words`, or what `kind` says. */
function either<const W extends string, T>(words: Kind<W>, kind: Kind<T>): Kind<W | T> {
  return {
    ...kind,
    allowed: `${words.allowed}, or ${kind.allowed}`,
    parse: (written) => words.parse(written) ?? kind.parse(written),
  }
}

/** Milliseconds; `minimum` and `maximum` are written as durations are. */
function duration(minimum = '0s', maximum = '999999999h'): Kind<number> {
  const [least, most] = [parseDuration(minimum) as number, parseDuration(maximum) as number]
  const accept = (value: unknown) => integer(least, most).accept?.(value)
  const atLeast = least === 0 ? '' : `, at least ${minimum}`
  return {
    allowed: `${durationForms}${atLeast}${maximum === longestTimer ? `, at most ${maximum}` : ''}`,
    parse: (written) => accept(parseDuration(written)),
    accept,
    acceptable: 'a number of milliseconds',
    write: (value) => `${value}ms`,
  }
}

/** The whole hours below 2^31 - 1 ms, which is all that Node's timers take: they would take more for 1 ms. */
const longestTimer = '596h'

const anyText = text('text, not blank', /^(?=.*[^\s])[^\0]*$/s)

/** What SQLite's own tools would take for no file is refused, rather than taken for a file of that name. */
const database: Kind<string> = {
  allowed: 'the path of a file, or :memory:',
  // A file whose name ends with the carriage return of an env file, say, is one that nobody meant.
  parse: (written) =>
    written === ':memory:' || !/^\s*:memory:\s*$|^file:|\p{Control}/iu.test(written)
      ? anyText.parse(written)
      : undefined,
}

/** What a header can carry behind `Bearer `; RFC 9110, 5.5. */
const token = text('visible ASCII characters, without spaces', /^[!-~]+$/)

const boolean: Kind<boolean> = {
  allowed: 'true or false',
  parse: (written) => (written === 'true' ? true : written === 'false' ? false : undefined),
  accept: (value) => (typeof value === 'boolean' ? value : undefined),
}

/** What is true when its flag is there. */
function flagAlone(flag: string) {
  return { ...boolean, allowed: `${boolean.allowed}; as a flag, --${flag} or --no-${flag}`, isSwitch: true } as const
}

const rateLimit = {
  allowed: 'atlas (1200/500/60), off, or capacity/refill/seconds',
  parse: parseRateLimit,
}

const unservedStatus: Kind<UnservedStatus> = {
  allowed: unservedStatuses.join(', '),
  parse: (written) => unservedStatuses.find((status) => String(status) === written),
  accept: (value) => unservedStatuses.find((status) => status === value),
}

/** Ranges of addresses that Fastify knows by name. */
const proxyNames = ['loopback', 'linklocal', 'uniquelocal']

/** Fastify's `trustProxy`. */
const proxies: Kind<boolean | string[]> = {
  allowed: `true, false, or the addresses and CIDR blocks of proxies, separated by commas; ${proxyNames.join(', ')} for ranges`,
  parse: (written) => boolean.parse(written) ?? proxyList(written.split(',')),
  accept: (value) => boolean.accept?.(value) ?? (Array.isArray(value) ? proxyList(value) : undefined),
}

function proxyList(list: readonly unknown[]): string[] | undefined {
  const entries = list.map((entry) => (typeof entry === 'string' ? entry.trim() : ''))
  const isProxy = (entry: string) => proxyNames.includes(entry) || (isIpListEntry(entry) && !entry.endsWith('/0'))
  return entries.length > 0 && entries.every(isProxy) ? entries : undefined
}

/** RFC 3986, 3.2 and 3.3: an authority without user, then a path. */
const url =
  /^https?:\/\/(?:[\w\-.~!$&'()*+,;=]|%[\da-f]{2}|\[[\da-f:.]+\])+(?::\d+)?(?:\/(?:[\w\-.~!$&'()*+,;=:@/]|%[\da-f]{2})*)?$/i

const publicUrl: Kind<string> = {
  allowed: 'an http or https URL in ASCII, without user, query and fragment',
  parse: (written) => (url.test(written) && URL.canParse(written) ? withoutSlash(written) : undefined),
}

export { ownFixtures }

/** Every setting but its name: its kind, its default as written (if any), and what it is for. */
const table = {
  port: { ...integer(0, 65_535), default: '8080', inCode: '0', description: 'TCP port; 0 picks a free one' },
  host: { ...anyText, default: '127.0.0.1', description: 'Address to listen on; 0.0.0.0 for every one' },
  db: { ...database, default: ':memory:', description: 'SQLite file to keep everything in, or :memory:' },
  fixtures: {
    ...anyText,
    acceptable: 'a world as an object',
    default: 'default',
    description: `World to start from: ${ownFixtures.join(', ')}, or the path of a JSON or YAML file or of a folder of them`,
  },
  fixturesFolder: {
    ...anyText,
    unless: 'fixtures',
    description: 'Folder whose files are the world when there are any and fixtures are not set; /fixtures in the image',
  },
  watch: {
    ...flagAlone('watch'),
    default: 'false',
    description: 'Replace the world when the files of its fixtures change; for a world in memory',
  },
  auth: { ...choice('required', 'off'), default: 'required', description: 'Whether requests need credentials' },
  provisioning: {
    ...either(choice('manual'), duration()),
    default: '2s',
    description: 'How long a new endpoint stays INITIATING; manual: until someone acts',
  },
  deletion: { ...duration(), default: '1s', description: 'How long a deleted endpoint stays DELETING' },
  emptyFields: {
    ...choice('null', 'omit'),
    default: 'null',
    description: 'How private endpoints tell fields without a value: as null, or not at all',
  },
  unserved: {
    ...unservedStatus,
    default: '404',
    description:
      'What a path of Atlas that the emulator does not serve is answered with: 404, and 405 for a method, as by Atlas; or 501, so that suites fail loudly',
  },
  privateNetworking: {
    ...choice('strict', 'lenient'),
    default: 'strict',
    description:
      'Whether an export bucket that requires private networking needs an ACTIVE private endpoint for its region',
  },
  tokenLifetime: { ...duration('1s'), default: '1h', description: 'How long an access token is valid' },
  rateLimit: {
    ...rateLimit,
    default: 'atlas',
    description:
      'Requests at once, and how many more every so many seconds, for each project, and for what lists projects each credential',
  },
  journal: {
    ...either(choice('off'), integer(1, 1_000_000)),
    default: '1000',
    description: 'How many requests to remember; the oldest are forgotten, above 32 MiB too',
  },
  control: {
    ...choice('local', 'open', 'off'),
    default: 'local',
    description:
      'Who may use the control API under /_emulator: requests to a loopback host, requests to any host, or nobody',
  },
  controlToken: {
    ...token,
    description: 'What requests to the control API must then send, to any host, as Authorization: Bearer',
  },
  trustProxy: {
    ...proxies,
    default: 'false',
    alone: 'true',
    description: 'Whose X-Forwarded-For, -Host and -Proto to believe; the flag alone means true',
  },
  publicUrl: {
    ...publicUrl,
    description: 'Base of the links in answers; by default the host that a client used',
  },
  maxConnections: {
    ...integer(1, 65_535),
    default: '2048',
    description: 'How many connections there may be at once; more are closed as they come',
  },
  headerTimeout: {
    ...duration('1ms', longestTimer),
    default: '15s',
    description: 'How long a client may take to send the headers of a request',
  },
  requestTimeout: {
    ...duration('1ms', longestTimer),
    default: '60s',
    description: 'How long a client may take to send a whole request',
  },
  keepAlive: {
    ...duration('1ms', longestTimer),
    default: '72s',
    description: 'How long an unused connection stays open',
  },
  tlsCert: {
    ...anyText,
    description: 'PEM file of the certificate to serve https with; intermediate ones after it',
  },
  tlsKey: { ...anyText, description: 'PEM file of its private key, without passphrase' },
  logLevel: {
    ...choice(...logLevels),
    default: 'info',
    inCode: 'silent',
    description: 'Least severe of the log lines to write to standard error',
  },
  seed: {
    ...integer(0, 2 ** 32 - 1),
    description: 'Makes ids, nonces and the dice of faults the same each time',
  },
  reset: {
    ...flagAlone('reset'),
    default: 'false',
    description: 'Forget what the database holds and load the fixtures',
  },
} as const

type Table = typeof table
type Name = keyof Table
type ValueOf<N extends Name> = Exclude<ReturnType<Table[N]['parse']>, undefined>
type Given = { [N in Name]: Table[N] extends { readonly default: string } ? N : never }[Name]

/** What every setting says; those without default may be missing. Durations are in milliseconds. */
export type Settings = { [N in Given]: ValueOf<N> } & { [N in Exclude<Name, Given>]?: ValueOf<N> }

/** A setting as people write it. */
export interface Setting extends Kind<unknown> {
  readonly name: Name
  /** Without the two dashes. */
  readonly flag: string
  readonly variable: string
  /** As written; undefined for none. */
  readonly default?: string
  /** The default in code, where that is another. */
  readonly inCode?: string
  readonly description: string
  /** Whether the flag takes no value: `--reset`, `--no-reset`. */
  readonly isSwitch?: boolean
  /** What the flag means when no value follows. */
  readonly alone?: string
  /** The setting beside which this one counts as not given. */
  readonly unless?: Name
}

/** How the environment variables of all settings begin. */
const prefix = 'ATLAS_EMULATOR_'

/** Every setting, in the order in which to show them. */
export const settings: readonly Setting[] = Object.entries(table).map(([name, setting]) => {
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return { ...setting, name: name as Name, flag, variable: prefix + flag.replaceAll('-', '_').toUpperCase() }
})

/** What the command line asks for. */
export type Command = { readonly run: 'help' | 'version' } | { readonly run: 'serve'; readonly settings: Settings }

/**
 * Reads flags and environment variables; a flag wins over its variable. A variable counts as none when it is empty, or
 * one with which a platform announces a service.
 * @throws {UsageError} for an unknown flag, an operand, or a value that is not allowed
 */
export function readCommand(args: readonly string[], environment: NodeJS.ProcessEnv): Command {
  const flags = parseFlags(args)
  if (flags.help) return { run: 'help' }
  if (flags.version) return { run: 'version' }
  const given = ({ flag, variable }: Setting) => flags[flag] ?? variableOf(environment, variable)
  const collected = collect(given, (setting) => {
    const source = flags[setting.flag] === undefined ? setting.variable : `--${setting.flag}`
    const text = given(setting) ?? setting.default
    return text === undefined ? undefined : readText(setting, String(text), source)
  })
  const flagOf = (name: Name) => `--${settings.find((setting) => setting.name === name)?.flag}`
  return { run: 'serve', settings: consistent(collected, flagOf) }
}

/**
 * Reads options in code: each is a value, or text as a flag has it; undefined counts as not given.
 * @throws {UsageError} for an option that does not exist or a value that is not allowed
 */
export function readOptions(options: unknown): Settings {
  if (!isRecord(options)) throw new UsageError(`The options: found ${shown(options)}; allowed: an object.`)
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(table, name)) throw unknownOption(name)
  }
  const given = ({ name }: Setting) => options[name]
  const collected = collect(given, (setting) => {
    const value = given(setting) === undefined ? (setting.inCode ?? setting.default) : given(setting)
    return value === undefined ? undefined : readValue(setting, value)
  })
  return consistent(collected, (name) => name)
}

/**
 * The environment variables that say what options in code do, of those that are given.
 * @throws {UsageError} for an option that does not exist or a value that is not allowed
 */
export function toVariables(options: Readonly<Record<string, unknown>>): Record<string, string> {
  readOptions(options)
  return Object.fromEntries(
    settings.flatMap(({ name, variable, write = String }) => {
      const given = options[name]
      return given === undefined ? [] : [[variable, typeof given === 'string' ? given : write(given)]]
    }),
  )
}

/**
 * Every setting that `read` finds a value for.
 * @param given what is given for a setting, as it is written
 */
function collect(given: (setting: Setting) => unknown, read: (setting: Setting) => unknown): Settings {
  const isGiven = (name: Name) => settings.some((setting) => setting.name === name && given(setting) !== undefined)
  const values = settings.map((setting) => {
    const value = read(setting)
    return [setting.name, setting.unless !== undefined && isGiven(setting.unless) ? undefined : value]
  })
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Settings
}

/**
 * The settings, unless two of them contradict each other.
 * @param written what a setting is called where they were given
 * @throws {UsageError}
 */
function consistent(settings: Settings, written: (name: Name) => string): Settings {
  const { watch, db, fixtures, fixturesFolder } = settings
  const refuse = (name: Name, allowed: string) => {
    const found = `${written('watch')}: found beside ${written(name)} ${JSON.stringify(settings[name])}`
    return new UsageError(`${found}; allowed: ${allowed}.`)
  }
  if (watch && db !== ':memory:') throw refuse('db', 'with a world in memory, since a file keeps its own')
  if (watch && fixturesFolder === undefined && ownFixtures.includes(fixtures)) {
    throw refuse('fixtures', 'with the path of a file or a folder')
  }
  return settings
}

/** For each variable that begins as ours do and is none, a line that says so. */
export function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  const known = settings.map(({ variable }) => variable)
  return Object.entries(environment).flatMap(([name, value]) => {
    if (!name.startsWith(prefix) || known.includes(name) || !value || isServiceLink(name, value)) return []
    return [`${name} is no setting and changes nothing.${suggestion(name, known)} See --help.`]
  })
}

function readText(setting: Setting, text: string, source: string): unknown {
  const value = setting.parse(text)
  if (value === undefined)
    throw new UsageError(`${source}: found ${JSON.stringify(text)}; allowed: ${setting.allowed}.`)
  return value
}

function readValue({ name, parse, accept, allowed, acceptable }: Setting, given: unknown): unknown {
  const value = typeof given === 'string' ? parse(given) : accept?.(given)
  if (value !== undefined) return value
  const choices = acceptable === undefined ? allowed : `${allowed}; or ${acceptable}`
  throw new UsageError(`${name}: found ${shown(given)}; allowed: ${choices}.`)
}

/** Any value in a message, on one line. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return inspect(value, { depth: 0, customInspect: false, breakLength: Number.POSITIVE_INFINITY })
}

function unknownOption(name: string): UsageError {
  const known = settings.map((setting) => setting.name)
  return new UsageError(
    `Unknown option ${JSON.stringify(name)}.${suggestion(name, known)} Allowed: ${known.join(', ')}.`,
  )
}

function suggestion(name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  return meant === undefined ? '' : ` Did you mean ${meant}?`
}

function parseFlags(args: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  const options: Record<string, { type: 'string' | 'boolean' }> = {
    help: { type: 'boolean' },
    version: { type: 'boolean' },
  }
  for (const { flag, isSwitch } of settings) options[flag] = { type: isSwitch ? 'boolean' : 'string' }
  try {
    return parseArgs({ args: args.map(completed), options, strict: true, allowNegative: true }).values
  } catch (error) {
    const { message } = error as Error
    const known = Object.keys(options).map((flag) => `--${flag}`)
    const [problem = ''] = message.split(/\.(?:\s|$)/)
    const [, unknown = ''] = /^Unknown option '(--[^']*)'/.exec(problem) ?? []
    throw new UsageError(`${problem}. Allowed: ${known.join(', ')}.${suggestion(unknown, known)} See --help.`)
  }
}

/** A flag that may stand alone gets the value that it then has. */
function completed(arg: string, i: number, args: readonly string[]): string {
  const setting = settings.find(({ flag, alone }) => arg === `--${flag}` && alone !== undefined)
  const next = args[i + 1]
  return setting && (next === undefined || next.startsWith('-')) ? `${arg}=${setting.alone}` : arg
}
