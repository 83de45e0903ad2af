import { type Static, Type } from '@sinclair/typebox'
import { errorCodes, statusOf } from '../atlas/errors/codes.js'
import { isOAuthErrorCode, oauthErrorCodes } from '../atlas/errors/oauth-errors.js'
import { oauthOperations } from '../atlas/oauth.js'
import { operationNames } from '../atlas/registry.js'
import type { Mistake } from '../values/mistakes.js'
import { nearest } from '../values/nearest.js'
import { Entry, StringEnum } from '../values/schema.js'
import { durationForms, durationPattern, parseDuration } from '../values/time.js'
import { objectIdPattern } from '../values/vocabulary.js'
import type { Chance } from '../world/chance.js'

/** Ways to keep an answer from arriving whole. */
export const breakages = ['reset', 'hang', 'close', 'malformed-json', 'drop'] as const
export type Breakage = (typeof breakages)[number]

/** The operations of the token endpoint, which only a rule meets that names them, or their path. */
export const oauthOperationIds: readonly string[] = oauthOperations.map(({ operationId }) => operationId)

/** How many faults can be armed at once. */
export const mostFaults = 1000

/** Milliseconds that a fault may make a request wait. */
export const longestDelay = 86_400_000
/** Headers that frame an answer, which another value would break in ways of its own. */
export const framing: readonly string[] = [
  'connection',
  'content-length',
  'content-type',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-error-code',
  'x-emulator-fault',
  'x-emulator-unserved',
]

const Count = (description: string, minimum = 0) =>
  Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER, description })
/** Headers to send, by name. */
export const Headers = (description: string) =>
  Type.Record(
    Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" }),
    Type.String({ pattern: '^[\\t\\x20-\\x7e]*$', description: 'Printable ASCII characters' }),
    { additionalProperties: false, description },
  )
const Delay = Type.String({ pattern: durationPattern, description: durationForms })

/** Which requests a fault meets. */
export const Match = Entry(
  'Which requests it meets: those that fit all of this; token and revoke only where operationId or path says so',
  {
    operationId: Type.Optional(StringEnum([...operationNames.keys()])),
    method: Type.Optional(StringEnum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])),
    path: Type.Optional(
      Type.String({
        pattern: '^/[^?#]*$',
        maxLength: 1000,
        description: 'A path without query, in which * stands for one segment and ** for any number of them',
      }),
    ),
    project: Type.Optional(
      Type.String({ pattern: objectIdPattern, description: 'The id of the project: 24 lower-case hex digits' }),
    ),
    organization: Type.Optional(
      Type.String({
        pattern: objectIdPattern,
        description:
          'The id of the organization (or tenant) of who asks or, without credentials, of the project: 24 lower-case hex digits',
      }),
    ),
    credential: Type.Optional(
      Type.String({ minLength: 1, description: 'The public key of an API key, or the client id of a service account' }),
    ),
    body: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'Attributes that the body has, and their values' }),
    ),
  },
)

const When = Entry('How many of them; all when missing', {
  skip: Type.Optional(Count('How many go unharmed first; 0 when missing')),
  times: Type.Optional(Count('How many it strikes at most; all when missing', 1)),
  probability: Type.Optional(
    Type.Number({ minimum: 0, maximum: 1, description: 'How likely it strikes, from 0 to 1; 1 when missing' }),
  ),
  seed: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 2 ** 32 - 1,
      description: 'What the dice start from, so that they fall the same each time; made up when missing',
    }),
  ),
})

const rule = {
  match: Type.Optional(Match),
  when: Type.Optional(When),
  errorCode: Type.Optional(
    Type.String({
      pattern: `^(?:[A-Z][A-Z0-9_]{0,99}|${oauthErrorCodes.join('|')})$`,
      description: `Answers this error: a code that Atlas documents, or one of your own with a status; on token and revoke also ${oauthErrorCodes.join(', ')}`,
    }),
  ),
  status: Type.Optional(
    Type.Integer({ minimum: 400, maximum: 599, description: "The error's HTTP status; that of the code when missing" }),
  ),
  detail: Type.Optional(
    Type.String({ description: "The error's text; that of Atlas when missing, where it is known" }),
  ),
  parameters: Type.Optional(
    Type.Array(Type.Unsafe<string | number>({ type: ['string', 'number'] }), {
      description: "The error's parameters; taken from the request when missing",
    }),
  ),
  headers: Type.Optional(Headers('Headers that the error carries besides its own')),
  delay: Type.Optional(
    Type.Union([Delay, Entry('At random, evenly', { min: Delay, max: Delay })], {
      description: `Makes the request wait: ${durationForms}, or {"min":…,"max":…}`,
    }),
  ),
  delayed: Type.Optional(
    StringEnum(['before', 'after'], {
      description: 'Whether it waits before the work is done or after it; before when missing',
    }),
  ),
  break: Type.Optional(
    StringEnum(breakages, {
      description:
        'reset: the connection, before the work is done; hang: no work and no answer; close: after some bytes of the answer; malformed-json: half of the answer’s body; drop: the connection, once the work is done',
    }),
  ),
  bytes: Type.Optional(Count('How many bytes of the answer come before the connection is closed; 0 when missing')),
  of: Type.Optional(
    StringEnum(['answer', 'body'], {
      description: 'What the bytes are counted from: the status line, or the body; answer when missing',
    }),
  ),
}

export const faultIdPattern = '^[A-Za-z0-9._-]{1,64}$'
const id = Type.String({ pattern: faultIdPattern, description: 'Letters, digits, . _ and -; made up when missing' })

/** A fault to arm. */
export const FaultRule = Entry('A fault: which requests it meets, how many of them, and what it does to them', {
  id: Type.Optional(id),
  ...rule,
})
export type FaultRule = Static<typeof FaultRule>

/** How many faults a tenant can be made with. */
export const mostTenantFaults = 100

/** The faults that a tenant is made with: they meet its requests alone, and their ids are made up. */
export const TenantFaults = Type.Array(
  Entry('A fault: which requests of the tenant it meets, how many of them, and what it does to them', rule),
  { maxItems: mostTenantFaults, description: 'Armed for its requests alone' },
)

/** A fault as it stands. */
export const ArmedFault = Entry('A fault: which requests it meets, how many of them, and what it does to them', {
  ...FaultRule.properties,
  matched: Type.Optional(Count('How many requests it has met; 0 when missing')),
  fired: Type.Optional(Count('How many of them it has struck; 0 when missing')),
})
export type ArmedFault = Static<typeof ArmedFault>

/** A fault that is armed, with how often it has been met. */
export const ArmedFaultState = Type.Object({
  ...ArmedFault.properties,
  id: Type.String(),
  matched: Count('How many requests it has met'),
  fired: Count('How many of them it has struck'),
})
export type ArmedFaultState = Static<typeof ArmedFaultState>

/** What a rule does, by its main word, and the words that go with it. */
const actions: Readonly<Record<string, readonly string[]>> = {
  errorCode: ['status', 'detail', 'parameters', 'headers'],
  delay: ['delayed'],
  break: ['bytes', 'of'],
}

/** What the schema cannot say of a rule that stands at `pointer`. */
export function faultMistakes(rule: ArmedFault, pointer: string): Mistake[] {
  const found: Mistake[] = []
  const add = (at: string, text: string) => found.push({ pointer: `${pointer}${at}`, text })
  const chosen = Object.keys(actions).filter((action) => action in rule)
  const [action] = chosen
  if (chosen.length !== 1 || action === undefined) {
    const given = chosen.length === 0 ? 'nothing that it does' : chosen.join(' and ')
    add('', `found ${given}; allowed: one of ${Object.keys(actions).join(', ')}`)
    return found
  }
  for (const word of Object.values(actions).flat()) {
    if (word in rule && !actions[action]?.includes(word)) {
      const owner = Object.keys(actions).find((other) => actions[other]?.includes(word))
      add(`/${word}`, `found ${word} beside ${action}; allowed: only beside ${owner}`)
    }
  }
  const { errorCode, status, delay, bytes, headers = {} } = rule
  if (errorCode !== undefined && isOAuthErrorCode(errorCode)) {
    if (!mayMeetOAuth(rule)) add('/errorCode', `found ${errorCode}; allowed: only beside a match of token or revoke`)
  } else if (errorCode !== undefined && status === undefined && statusOf(errorCode) === undefined) {
    add('/errorCode', unknownCode(errorCode))
  }
  for (const name of Object.keys(headers)) {
    if (framing.includes(name.toLowerCase())) {
      add(`/headers/${name}`, `found a header that is not for a rule to set; allowed: any but ${framing.join(', ')}`)
    }
  }
  if (delay !== undefined) {
    const { min, max } = delayRange(delay)
    if (max > longestDelay) add('/delay', 'found more than 24 hours; allowed: up to 24h')
    if (min > max) add('/delay', 'found a min above its max; allowed: min up to max')
  }
  if (rule.break !== 'close' && (bytes !== undefined || rule.of !== undefined)) {
    add(bytes === undefined ? '/of' : '/bytes', `found beside ${action}; allowed: only beside "break":"close"`)
  }
  return found
}

/** The same of the rules that a tenant is made with. */
export function tenantFaultMistakes(rules: Static<typeof TenantFaults>, pointer: string): Mistake[] {
  return rules.flatMap((rule, i) => {
    const found = faultMistakes(rule, `${pointer}/${i}`)
    if (rule.match?.organization === undefined) return found
    const text = 'found an organization; allowed: none, since it meets the requests of the tenant alone'
    return [...found, { pointer: `${pointer}/${i}/match/organization`, text }]
  })
}

function mayMeetOAuth({ match: { operationId, path } = {} }: ArmedFault): boolean {
  return operationId === undefined ? path !== undefined : oauthOperationIds.includes(operationId)
}

/** What is wrong with a code that nobody knows and that has no status. */
export function unknownCode(errorCode: string): string {
  const meant = nearest(errorCode, errorCodes)
  const advice = meant ? `Did you mean ${meant}?` : 'See the error codes of Atlas’s documentation.'
  return `found the unknown code ${errorCode} without a status; allowed: a known code, or a status beside it. ${advice}`
}

/** Milliseconds, of a delay that has passed the schema. */
export function delayRange(delay: NonNullable<FaultRule['delay']>): { min: number; max: number } {
  const { min, max } = typeof delay === 'string' ? { min: delay, max: delay } : delay
  return { min: parseDuration(min) as number, max: parseDuration(max) as number }
}

/** The rule with a seed for its dice, where it throws any. */
export function seeded(rule: Omit<FaultRule, 'id'>, chance: Chance): Omit<FaultRule, 'id'> {
  const throws = rule.when?.probability !== undefined || typeof rule.delay === 'object'
  return throws ? { ...rule, when: { ...rule.when, seed: rule.when?.seed ?? chance.below(2 ** 32) } } : rule
}
