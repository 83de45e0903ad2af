/** Replays a report against this emulator, without the target. */
import { createHash } from 'node:crypto'
import type { Fixture, FixtureRole } from '../../fixture/schema.js'
import { isRecord } from '../../values/record.js'
import { UsageError } from '../../values/usage-error.js'
import { type ClaimId, claims } from '../claims.js'
import {
  type ClaimReport,
  type Exchange,
  exitCodeOf,
  type Finding,
  type RecordedEvidence,
  readEvidence,
  report,
} from './evidence.js'
import { expectedTime, lifeProbes } from './lifecycle.js'
import type { Probe } from './probe.js'
import { probes } from './probes.js'
import { type RedactedAnswer, Redactor, rewritten, Secrets } from './redaction.js'
import { nobody, References } from './references.js'
import { ask, type Expectation, findingsOf } from './run.js'
import { Sender } from './sender.js'
import { encodedName, nobodysArn, ownCredentials, withCredentials } from './shape.js'
import { jsonOf } from './transport.js'
import { realTime, type StartExpectation } from './verify.js'

/** What has become of a report. */
export interface Check {
  /** Of the recording. */
  readonly date: string
  readonly host: string
  readonly level: RecordedEvidence['level']
  readonly claims: readonly ClaimReport[]
  readonly exchanges: readonly Exchange[]
  /** 0: this emulator answers as the target did. 1: nothing could be compared. 3: differences. */
  readonly exitCode: 0 | 1 | 3
}

/** Findings that no replayed answer can show: they are those of the recording. */
const asRecorded = new Set<string>(['bucket-remaining', 'endpoint-initiating-lasts'])

/**
 * Sends every request of a report to an emulator of its own, and compares with what the target answered then.
 * @param text a report that verify has written
 * @throws {UsageError} for anything else
 */
export async function checkEvidence(text: string, name: string, startExpectation: StartExpectation): Promise<Check> {
  const recorded = readEvidence(text, name)
  const { date, host, level, credentials } = recorded
  const references = madeUp(recorded)
  const own = ownCredentials()
  const expectation = await startLike(recorded, references, own, startExpectation).catch((error: Error) => {
    throw new UsageError(`${name} tells of a world that the emulator cannot have: ${error.message}`)
  })
  const secrets = new Secrets()
  const never = new AbortController().signal
  const sender = new Sender(
    {
      base: new URL(expectation.url),
      credentials: credentials === 'API key' ? own.key : own.account,
      secrets,
      time: realTime,
      stop: never,
      budget: Number.POSITIVE_INFINITY,
      pace: 0,
      until: Number.POSITIVE_INFINITY,
      patience: 30_000,
    },
    undefined,
  )
  secrets.add(...Object.values(own.key), ...Object.values(own.account))
  try {
    const side = { sender, references, redactor: new Redactor(secrets, references) }
    const exchanges: Exchange[] = []
    for (const one of recorded.exchanges) exchanges.push(await replay(one, side, expectation))
    const told = report(exchanges, new Set(recorded.claims.map(({ id }) => id as ClaimId)), level, undefined)
    return { date, host, level, claims: told, exchanges, exitCode: exitCodeOf({ claims: told }) }
  } finally {
    sender.close()
    await expectation.close()
  }
}

/** Starts an emulator with the world of a report. @throws for one that is none */
async function startLike(
  recorded: RecordedEvidence,
  references: References,
  own: ReturnType<typeof ownCredentials>,
  startExpectation: StartExpectation,
): Promise<Expectation> {
  const { world, roles } = rebuilt(recorded.world)
  references.add('‹encoded:1›', encodedName(world))
  return startExpectation(withCredentials(world, roles, own), references.valueOf('‹base›') as string, expectedTime)
}

type Recorded = RecordedEvidence['exchanges'][number]

async function replay(
  recorded: Recorded,
  side: Parameters<typeof ask>[1],
  expectation: Expectation,
): Promise<Exchange> {
  const { request, there, advance } = recorded
  const { references } = side
  const probe = probeOf(recorded)
  const kept = recorded.findings.filter(
    ({ claim, verdict }) => verdict === 'instrument' || asRecorded.has(claim),
  ) as Finding[]
  const base = { probe: probe.id, claims: probe.claims, request: { ...request } as Exchange['request'] }
  if (there === undefined) {
    // A difference in time has no answers that could be compared again.
    return { ...base, findings: recorded.findings as Finding[] }
  }
  if (advance !== undefined) expectation.advance(advance)
  // What the target has made, and this emulator has not, is here nothing at all.
  const path = probe.path.replace(/‹[^›]+›/g, (name) => references.valueOf(name) ?? nobody)
  const { raw } = await ask({ ...probe, path }, side)
  if (request.method === 'POST' && there.status === 201) {
    const body = jsonOf(raw)
    const made = references.valueOf('‹made:1›') === undefined ? '‹made:1›' : '‹made:2›'
    references.add(made, isRecord(body) && typeof body.id === 'string' ? body.id : valueFor(made))
  }
  const told = side.redactor.answer(raw, probe.method)
  const compared = findingsOf(probe, told, there as RedactedAnswer, undefined)
  const fresh = compared.filter(({ claim }) => !kept.some((finding) => finding.claim === claim))
  return { ...base, here: told, there: there as RedactedAnswer, findings: [...fresh, ...kept] }
}

/** The probe that was recorded, with the request as it was sent then. */
function probeOf({ probe: id, claims: asked, request }: Recorded): Probe {
  const known = [...probes, ...Object.values(lifeProbes(''))].find((probe) => probe.id === id)
  const existing = new Set<string>(claims.map((claim) => claim.id))
  const named = asked.filter((claim) => existing.has(claim)) as ClaimId[]
  const { body: _, ...rest } = known ?? { id, level: 'read' as const, claims: named as never }
  return { ...rest, ...(request as Pick<Probe, 'method' | 'path' | 'identity' | 'headers' | 'body'>) }
}

/** Values for every reference of a report: as long as the true ones were, and names in the order of the true ones. */
function madeUp({ world, baseLength }: RecordedEvidence): References {
  const references = new References()
  for (const [name] of world.matchAll(/‹(?:organization|project|endpoint|bucket|role|name):[^›]+›/g)) {
    references.add(name, valueFor(name))
  }
  const scheme = 'http://'
  references.add('‹base›', scheme + 'a'.repeat(baseLength - scheme.length))
  return references
}

/** The rank of a name in letters and digits that sort as numbers do. */
const rankDigits = 3

function valueFor(reference: string): string {
  const [, kind, number, length] = /^‹(\w+):(\w+)(?:\/(\d+))?›$/.exec(reference) ?? []
  if (kind === 'name') return Number(number).toString(36).padStart(rankDigits, '0').padEnd(Number(length), 'x')
  if (kind === 'vpce') return `vpce-${'0'.repeat(Number(number))}`
  if (kind === 'date') return '2026-01-01T00:00:00Z'
  return createHash('sha256').update(reference).digest('hex').slice(0, 24)
}

function rebuilt(world: string): { world: Fixture; roles: FixtureRole[] } {
  const text = rewritten(
    world === '' ? '{"organizations":[{"id":"‹organization:1›","name":"x"}],"projects":[],"roles":[]}' : world,
    (value, attribute) => {
      if (attribute === 'iamAssumedRoleArn') return nobodysArn
      return typeof value === 'string' ? value.replace(/‹[^›]+›/g, valueFor) : undefined
    },
  )
  const { organizations, projects, roles } = JSON.parse(text)
  return { world: { organizations, projects }, roles }
}
