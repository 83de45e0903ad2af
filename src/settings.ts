import { parseArgs } from 'node:util'
import { type Static, type TSchema, type TUnsafe, Type } from '@sinclair/typebox'
import { isIpListEntry } from './values/ip-list.js'
import { parseRateLimit, type RateLimit } from './values/rate-limit.js'
import { StringEnum } from './values/schema.js'
import { durationForms, parseDuration } from './values/time.js'
import { withoutSlash } from './values/url.js'
import { UsageError } from './values/usage-error.js'

/** Milliseconds; written as an integer and ms, s, m or h, or as ISO 8601 has it. `minimum` is in milliseconds too. */
const Duration = (byDefault: string, description: string, minimum = '0s'): TUnsafe<number> =>
  Type.Unsafe<number>({
    type: 'string',
    format: 'duration',
    default: byDefault,
    minimum,
    description,
  })

/** The fixtures that come with the emulator. */
export const ownFixtures: readonly string[] = ['default', 'demo', 'sunset']

/**
 * Every setting: its name, type, default and meaning. Flags, environment variables, `--help` and the README's table
 * derive from this.
 */
export const SettingsSchema = Type.Object({
  port: Type.Integer({
    default: 8080,
    minimum: 0,
    maximum: 65_535,
    description: 'TCP port; 0 picks a free one',
  }),
  host: Type.String({
    default: '127.0.0.1',
    description: 'Address to listen on; 0.0.0.0 for every one',
  }),
  db: Type.String({
    default: ':memory:',
    description: 'SQLite file to keep everything in, or :memory:',
  }),
  fixtures: Type.String({
    default: 'default',
    description: `World to start from: ${ownFixtures.join(', ')}, or the path of a JSON file`,
  }),
  auth: StringEnum(['required', 'off'], {
    default: 'required',
    description: 'Whether requests need credentials',
  }),
  provisioning: Type.Unsafe<number | 'manual'>({
    type: 'string',
    format: 'duration',
    default: '2s',
    enum: ['manual'],
    description: 'How long a new endpoint stays INITIATING; manual: until someone acts',
  }),
  deletion: Duration('1s', 'How long a deleted endpoint stays DELETING'),
  tokenLifetime: Duration('1h', 'How long an access token is valid', '1s'),
  rateLimit: Type.Unsafe<RateLimit>({
    type: 'string',
    format: 'rate-limit',
    default: 'atlas',
    description: 'Requests at once, and how many more every so many seconds, for each project and each organization',
  }),
  journal: Type.Unsafe<number | 'off'>({
    type: 'string',
    format: 'count',
    default: '1000',
    enum: ['off'],
    maximum: 1_000_000,
    description: 'How many requests to remember; the oldest are forgotten, above 32 MiB too',
  }),
  control: StringEnum(['local', 'open', 'off'], {
    default: 'local',
    description:
      'Who may use the control API under /_emulator: requests to a loopback host, requests to any host, or nobody',
  }),
  controlToken: Type.Optional(
    Type.String({
      description: 'What requests to the control API must then send, to any host, as Authorization: Bearer',
    }),
  ),
  trustProxy: Type.Unsafe<boolean | string[]>({
    type: 'string',
    format: 'proxies',
    default: 'false',
    alone: 'true',
    description: 'Whose X-Forwarded-For, -Host and -Proto to believe; the flag alone means true',
  }),
  publicUrl: Type.Optional(
    Type.String({
      format: 'url',
      description: 'Base of the links in answers; by default the host that a client used',
    }),
  ),
  maxConnections: Type.Integer({
    default: 2048,
    minimum: 1,
    maximum: 65_535,
    description: 'How many connections there may be at once; more are closed as they come',
  }),
  headerTimeout: Duration('15s', 'How long a client may take to send the headers of a request', '1ms'),
  requestTimeout: Duration('60s', 'How long a client may take to send a whole request', '1ms'),
  keepAlive: Duration('72s', 'How long an unused connection stays open', '1ms'),
  tlsCert: Type.Optional(
    Type.String({
      description: 'PEM file of the certificate to serve https with; intermediate ones after it',
    }),
  ),
  tlsKey: Type.Optional(Type.String({ description: 'PEM file of its private key, without passphrase' })),
  logLevel: StringEnum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'Least severe of the log lines to write to standard error',
  }),
  seed: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 2 ** 32 - 1,
      description: 'Makes ids, nonces and the dice of faults the same each time',
    }),
  ),
  reset: Type.Boolean({
    default: false,
    description: 'Forget what the database holds and load the fixtures',
  }),
})
export type Settings = Static<typeof SettingsSchema>

/** A setting as people write it. */
export interface SettingDescription {
  readonly name: keyof Settings
  /** Without the two dashes. */
  readonly flag: string
  readonly variable: string
  /** What may be written. */
  readonly allowed: string
  /** As written; undefined for none. */
  readonly default: string | undefined
  readonly description: string
  readonly schema: TSchema
}

/** Ranges of addresses that Fastify knows by name. */
const proxyNames = ['loopback', 'linklocal', 'uniquelocal']

/** What is allowed where anything is. */
const anyText = 'text, not empty'

/** Every setting, in the order in which to show them. */
export const settings: readonly SettingDescription[] = Object.entries(SettingsSchema.properties).map(
  ([name, schema]: [string, TSchema]) => {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    return {
      name: name as keyof Settings,
      flag,
      variable: `ATLAS_EMULATOR_${flag.replaceAll('-', '_').toUpperCase()}`,
      allowed: allowedBy(schema),
      default: schema.default === undefined ? undefined : String(schema.default),
      description: schema.description as string,
      schema,
    }
  },
)

function allowedBy(schema: TSchema): string {
  if (schema.type === 'integer') return `an integer from ${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'boolean') return 'true or false; as a flag, --reset or --no-reset'
  if (schema.format === 'url') return 'an http or https URL'
  if (schema.format === 'rate-limit') return 'atlas (1200/500/60), off, or capacity/refill/seconds'
  if (schema.format === 'proxies') {
    return `true, false, or the addresses and CIDR blocks of proxies, separated by commas; ${proxyNames.join(', ')} for ranges`
  }
  if (schema.format === 'duration') {
    const least = schema.minimum === undefined || schema.minimum === '0s' ? '' : `, at least ${schema.minimum}`
    return `${[...(schema.enum ?? []), durationForms].join(', or ')}${least}`
  }
  if (schema.format === 'count') return `off, or an integer from 1 to ${schema.maximum}`
  return schema.enum ? schema.enum.join(', ') : anyText
}

/** What the command line asks for. */
export type Command = { readonly run: 'help' | 'version' } | { readonly run: 'serve'; readonly settings: Settings }

/**
 * Reads flags and environment variables; a flag wins over its variable, and an empty variable counts as none.
 * @throws {UsageError} for an unknown flag, an operand, or a value that is not allowed
 */
export function readCommand(args: readonly string[], environment: NodeJS.ProcessEnv): Command {
  const flags = parseFlags(args)
  if (flags.help) return { run: 'help' }
  if (flags.version) return { run: 'version' }
  const values: Record<string, unknown> = {}
  for (const setting of settings) {
    const flag = flags[setting.flag]
    const variable = environment[setting.variable] || undefined
    const text = flag ?? variable ?? setting.default
    const source = flag !== undefined ? `--${setting.flag}` : setting.variable
    if (text !== undefined) values[setting.name] = readValue(setting, String(text), source)
  }
  return { run: 'serve', settings: values as Settings }
}

function parseFlags(args: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  const options: Record<string, { type: 'string' | 'boolean' }> = {
    help: { type: 'boolean' },
    version: { type: 'boolean' },
  }
  for (const { flag, schema } of settings) options[flag] = { type: schema.type === 'boolean' ? 'boolean' : 'string' }
  try {
    return parseArgs({ args: args.map(completed), options, strict: true, allowNegative: true }).values
  } catch (error) {
    const { message } = error as Error
    const known = Object.keys(options).map((flag) => `--${flag}`)
    const [problem] = message.split(/\.(?:\s|$)/)
    throw new UsageError(`${problem}. Allowed: ${known.join(', ')}. See --help.`)
  }
}

/** A flag that may stand alone gets the value that it then has. */
function completed(arg: string, i: number, args: readonly string[]): string {
  const setting = settings.find(({ flag, schema }) => arg === `--${flag}` && schema.alone !== undefined)
  const next = args[i + 1]
  return setting && (next === undefined || next.startsWith('-')) ? `${arg}=${setting.schema.alone}` : arg
}

function readValue(setting: SettingDescription, text: string, source: string): unknown {
  const value = parse(setting.schema, text)
  if (value === undefined) throw new UsageError(`${source}: found "${text}"; allowed: ${setting.allowed}.`)
  return value
}

/** Undefined when the schema does not allow the text. */
function parse(schema: TSchema, text: string): unknown {
  if (schema.enum?.includes(text)) return text
  if (schema.type === 'integer') {
    const value = Number(text)
    return /^[0-9]+$/.test(text) && value >= schema.minimum && value <= schema.maximum ? value : undefined
  }
  if (schema.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  if (schema.format === 'duration') {
    const value = parseDuration(text)
    const least = parseDuration(schema.minimum ?? '0s') as number
    return value !== undefined && value >= least ? value : undefined
  }
  if (schema.format === 'count') {
    return /^[1-9][0-9]*$/.test(text) && Number(text) <= schema.maximum ? Number(text) : undefined
  }
  if (schema.format === 'rate-limit') return parseRateLimit(text)
  if (schema.format === 'proxies') return parseProxies(text)
  if (schema.format === 'url')
    return URL.canParse(text) && /^https?:\/\/[^\s/?#][^\s?#]*$/.test(text) ? withoutSlash(text) : undefined
  return schema.enum || text === '' ? undefined : text
}

/** Fastify's `trustProxy`. */
function parseProxies(text: string): boolean | string[] | undefined {
  if (text === 'true' || text === 'false') return text === 'true'
  const proxies = text.split(',').map((proxy) => proxy.trim())
  return proxies.every((proxy) => proxyNames.includes(proxy) || (isIpListEntry(proxy) && !proxy.endsWith('/0')))
    ? proxies
    : undefined
}

/** What `--help` prints. */
export function helpText(): string {
  const lines = settings.map(({ flag, variable, allowed, default: byDefault, description, schema }) => {
    const isSwitch = schema.type === 'boolean'
    const usage = isSwitch ? `--${flag}` : `--${flag} ${byDefault ?? 'VALUE'}`
    const values = isSwitch || allowed === anyText ? '' : `\n      Allowed: ${allowed}.`
    return `  ${usage.padEnd(28)}${variable}\n      ${description}.${values}`
  })
  return `atlas-backup-emulator stands in for the MongoDB Atlas Administration API where it manages private endpoints for
cloud backups.

Usage: atlas-backup-emulator [--flag VALUE ...]

Each flag, here with its default, has an environment variable; the flag wins.

${lines.join('\n')}
  --help
      Print this and exit.
  --version
      Print the version and exit.

Examples:
  atlas-backup-emulator                                     a world in memory, which ends with the program
  atlas-backup-emulator --db atlas.db                       one that stays
  atlas-backup-emulator --fixtures demo --provisioning 30s  three organizations, and endpoints that take their time
  atlas-backup-emulator --rate-limit 10/5/60                429 after ten requests
  atlas-backup-emulator --auth off --port 0                 no credentials, any free port
`
}
