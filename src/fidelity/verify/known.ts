/** Evidence files that are kept, and what is known to differ in them. */
import type { ClaimId } from '../claims.js'
import type { ClaimReport, Verdict } from './evidence.js'

/** A difference that stays for a reason. */
export interface KnownDifference {
  /** The evidence file's name below src/fidelity/evidence. */
  readonly file: string
  readonly claim: ClaimId
  readonly reason: string
}

/** Differences from a real Atlas that are meant, or not yet mended. */
export const knownDifferences: readonly KnownDifference[] = []

/** What a replayed evidence file says, claim by claim. */
export interface Replayed {
  readonly file: string
  /** When the target was asked. */
  readonly date: string
  readonly host: string
  readonly claims: readonly Pick<ClaimReport, 'id' | 'verdict'>[]
}

/** What is wrong with the files: differences that nobody knows of, and known ones that are none. */
export function unexplained(replayed: readonly Replayed[], known: readonly KnownDifference[]): string[] {
  const differing = replayed.flatMap(({ file, claims }) =>
    claims.filter(({ verdict }) => verdict === 'different').map(({ id }) => ({ file, claim: id })),
  )
  const isIn = (one: { file: string; claim: string }, all: readonly { file: string; claim: string }[]) =>
    all.some(({ file, claim }) => file === one.file && claim === one.claim)
  return [
    ...differing
      .filter((one) => !isIn(one, known))
      .map(({ file, claim }) => `${file}: ${claim} differs, and no reason is known`),
    ...known
      .filter((one) => !isIn(one, differing))
      .map(({ file, claim }) => `${file}: ${claim} does not differ, so its reason excuses nothing`),
  ]
}

/** When a claim was compared with a real Atlas last, and how that ended. */
export interface Verified {
  /** YYYY-MM-DD. */
  readonly date: string
  readonly host: string
  readonly verdict: Extract<Verdict, 'same' | 'different'>
}

/** The latest comparison of each claim that was compared. @param files what evidence files hold */
export function datesOf(files: readonly Omit<Replayed, 'file'>[]): ReadonlyMap<ClaimId, Verified> {
  const dates = new Map<ClaimId, Verified>()
  for (const { date, host, claims } of [...files].sort((a, b) => a.date.localeCompare(b.date))) {
    for (const { id, verdict } of claims) {
      if (verdict === 'same' || verdict === 'different') dates.set(id, { date: date.slice(0, 10), host, verdict })
    }
  }
  return dates
}
