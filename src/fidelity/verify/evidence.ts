/** What a run has found, as a file tells it. */
import { writeFileSync } from 'node:fs'
import { type Static, Type } from '@sinclair/typebox'
import { validator } from '../../values/schema.js'
import { UsageError } from '../../values/usage-error.js'
import { type Claim, type ClaimId, claims } from '../claims.js'
import type { Difference } from './compare.js'
import { type Identity, type Level, levels } from './guard.js'
import { probes, shownByLife, unasked } from './probes.js'
import type { Redacted, RedactedAnswer } from './redaction.js'

/** How a claim stands. The four are told side by side and never added up. */
export const verdicts = ['same', 'different', 'instrument', 'not measured'] as const
export type Verdict = (typeof verdicts)[number]

/** What an exchange says of one claim. */
export interface Finding {
  readonly claim: ClaimId
  readonly verdict: 'same' | 'different' | 'instrument'
  readonly differences: readonly Difference[]
}

/** One probe, what was asked, and what both sides answered. */
export interface Exchange {
  readonly probe: string
  readonly claims: readonly ClaimId[]
  readonly request: {
    readonly method: string
    readonly path: string
    readonly identity: Identity
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
  }
  /** How far the emulator's clock was moved before it was asked, in milliseconds. */
  readonly advance?: number
  readonly here?: RedactedAnswer
  readonly there?: RedactedAnswer
  readonly findings: readonly Finding[]
  /** Why nothing was compared. */
  readonly unmeasured?: string
}

export interface ClaimReport {
  readonly id: ClaimId
  readonly label: Claim['label']
  readonly verdict: Verdict
  /** Why it was not measured. */
  readonly reason?: string
}

/** A report. All that comes from the target or tells of it is `Redacted`. */
export interface Evidence {
  readonly evidence: 1
  /** The version of the emulator. */
  readonly emulator: string
  /** When the run began: YYYY-MM-DDTHH:MM:SS.sssZ. */
  readonly date: string
  readonly level: Level
  readonly host: Redacted
  readonly credentials: 'API key' | 'service account'
  readonly role: 'owner' | 'another'
  /** Length of the address that the target's links begin with. */
  readonly baseLength: number
  /** The world that the emulator was given, with references. */
  readonly world: Redacted
  /** How many requests the target was sent. */
  readonly requests: number
  /** Why the run ended before its end. */
  readonly ended?: string
  readonly claims: readonly ClaimReport[]
  readonly exchanges: readonly Exchange[]
}

/** Every claim with its verdict: one difference makes it different, whatever other exchanges say. */
export function report(
  exchanges: readonly Exchange[],
  chosen: ReadonlySet<ClaimId>,
  level: Level,
  ended: string | undefined,
): ClaimReport[] {
  return claims
    .filter(({ id }) => chosen.has(id))
    .map(({ id, label }) => {
      const findings = exchanges.flatMap((exchange) => exchange.findings.filter(({ claim }) => claim === id))
      const verdict = (['different', 'instrument', 'same'] as const).find((one) =>
        findings.some((finding) => finding.verdict === one),
      )
      if (verdict !== undefined) return { id, label, verdict }
      return { id, label, verdict: 'not measured', reason: whyNot(id, exchanges, level, ended) }
    })
}

function whyNot(id: ClaimId, exchanges: readonly Exchange[], level: Level, ended: string | undefined): string {
  const told = unasked[id]
  if (told !== undefined) return told
  const reasons = exchanges.flatMap(({ claims: asked, unmeasured }) =>
    asked.includes(id) && unmeasured ? [unmeasured] : [],
  )
  const [reason] = reasons
  if (reason !== undefined) return reason
  if (ended !== undefined) return `the run ended before: ${ended}`
  const asking = probes.find(({ claims: asked }) => asked.includes(id))
  const needed = asking?.level ?? (shownByLife.includes(id) ? 'mutate' : 'read')
  if (levels.indexOf(needed) > levels.indexOf(level)) return `it takes the level ${needed}`
  return 'no answer showed it'
}

/**
 * 0: all that was compared is the same. 1: the run ended before its end, two answers of the target differed, or nothing was
 * compared. 3: differences.
 */
export function exitCodeOf({ claims: told, ended }: Pick<Evidence, 'claims' | 'ended'>): 0 | 1 | 3 {
  const is = (verdict: Verdict) => told.some((claim) => claim.verdict === verdict)
  if (is('different')) return 3
  return ended !== undefined || is('instrument') || !is('same') ? 1 : 0
}

/** Those that probes have. */
const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PATCH', 'PUT', 'DELETE'] as const

const Told = Type.Object({
  status: Type.Integer(),
  headers: Type.Record(Type.String(), Type.String()),
  body: Type.String(),
})

const ToldDifference = Type.Object({
  place: Type.String(),
  kind: Type.String(),
  here: Type.String(),
  there: Type.String(),
})

const EvidenceFile = Type.Object({
  evidence: Type.Literal(1),
  emulator: Type.String(),
  date: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$' }),
  level: Type.Union(levels.map((level) => Type.Literal(level))),
  host: Type.String(),
  credentials: Type.Union([Type.Literal('API key'), Type.Literal('service account')]),
  role: Type.Union([Type.Literal('owner'), Type.Literal('another')]),
  baseLength: Type.Integer({ minimum: 10, maximum: 300 }),
  world: Type.String(),
  requests: Type.Integer(),
  claims: Type.Array(Type.Object({ id: Type.String(), verdict: Type.String() })),
  exchanges: Type.Array(
    Type.Object({
      probe: Type.String(),
      claims: Type.Array(Type.String()),
      request: Type.Object({
        method: Type.Union(methods.map((method) => Type.Literal(method))),
        // Of what else there could be, nothing could be sent. References are filled in before.
        path: Type.String({ pattern: '^/(?:[!-~]|‹[^›]+›)*$' }),
        identity: Type.Union([Type.Literal('own'), Type.Literal('none'), Type.Literal('made up')]),
        headers: Type.Record(Type.String({ pattern: '^[a-z-]+$' }), Type.String({ pattern: '^[ -~]*$' }), {
          additionalProperties: false,
        }),
        body: Type.Optional(Type.String()),
      }),
      advance: Type.Optional(Type.Integer({ minimum: 0 })),
      there: Type.Optional(Told),
      findings: Type.Array(
        Type.Object({ claim: Type.String(), verdict: Type.String(), differences: Type.Array(ToldDifference) }),
      ),
    }),
  ),
})

/** What of a report is needed to replay it. */
export type RecordedEvidence = Static<typeof EvidenceFile>

/** @throws {UsageError} for what is no report of verify's */
export function readEvidence(text: string, name: string): RecordedEvidence {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch {
    throw new UsageError(`${name} is not JSON; allowed: a report that verify has written with --out.`)
  }
  const isEvidence = validator<RecordedEvidence>(EvidenceFile)
  if (!isEvidence(file)) throw new UsageError(`${name} is no report that verify has written with --out.`)
  return file
}

/** Writes a report; it holds nothing that was not redacted, which the types say. */
export function writeEvidence(path: string, evidence: Evidence): void {
  writeFileSync(path, `${JSON.stringify(evidence, null, 2)}\n`)
}

/** Every text of a report that comes from a server, for the last look at it. */
export function textsOf({ host, world, ended = '', exchanges }: Evidence): string[] {
  const answers = exchanges.flatMap(({ here, there }) => [here, there]).flatMap((answer) => answer ?? [])
  return [
    host,
    world,
    ended,
    ...answers.flatMap(({ headers, body }) => [...Object.entries(headers).flat(), body]),
    ...exchanges.flatMap(({ findings }) =>
      findings.flatMap(({ differences }) => differences.flatMap(({ place, here, there }) => [place, here, there])),
    ),
  ]
}
