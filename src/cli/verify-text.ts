import { type Claim, claims } from '../fidelity/claims.js'
import type { ClaimReport, Exchange, Verdict } from '../fidelity/verify/evidence.js'
import { detailsOf } from '../fidelity/verify/junit.js'

/** What a report for people is made of. */
export interface Printable {
  readonly date: string
  readonly host: string
  readonly level: string
  readonly requests?: number
  readonly ended?: string
  readonly claims: readonly ClaimReport[]
  readonly exchanges: readonly Exchange[]
  /** Whether the target's answers are those of a recording. */
  readonly isReplay: boolean
}

/** How many probes are told of a claim; the evidence has all of them. */
const most = 2

/** A report for people: what differs first, with both sides; then what is known of the rest. */
export function printed({ date, host, level, requests, ended, claims: told, exchanges, isReplay }: Printable): string {
  const of = (verdict: Verdict) => told.filter((claim) => claim.verdict === verdict)
  const statementOf = (id: string) => (claims.find((claim) => claim.id === id) as Claim).statement
  const details = (verdict: Verdict) =>
    of(verdict).map(
      ({ id, label }) =>
        `\n${id} (${label}): ${statementOf(id)}\n${indented(detailsOf(id, verdict, exchanges, most))}\n`,
    )
  const about = isReplay
    ? `Replayed: ${host} as it answered on ${date.slice(0, 10)}, level ${level}`
    : `Compared with ${host} on ${date.slice(0, 10)}, level ${level}, ${requests} requests`
  const reasons = grouped(of('not measured'))
  return visible(
    [
      `${about}\n`,
      ...(ended === undefined ? [] : [`It ended before its end: ${ended}.\n`]),
      ...section('different: the emulator answers otherwise', details('different')),
      ...section('instrument: two answers of the target differ, so nothing is known', details('instrument')),
      ...section(
        'not measured',
        [...reasons].map(([reason, ids]) => `  ${reason}: ${ids.join(', ')}\n`),
      ),
      ...section(
        'same',
        [`${wrapped(of('same').map(({ id }) => id))}\n`].filter((text) => text.trim() !== ''),
      ),
      `\n${(['same', 'different', 'instrument', 'not measured'] as const).map((verdict) => `${verdict}: ${of(verdict).length}`).join(' | ')}\n`,
    ].join(''),
  )
}

/** Text of a server's for a terminal, which would take control characters for commands. */
export function visible(text: string): string {
  return text.replace(/[^\n\P{Control}]/gu, '\uFFFD')
}

function section(title: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [`\n== ${title}\n`, ...parts]
}

function grouped(of: readonly ClaimReport[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { id, reason = '' } of of) groups.set(reason, [...(groups.get(reason) ?? []), id])
  return groups
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}

/** Lines of a hundred characters at most. */
function wrapped(words: readonly string[]): string {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length > 98) lines.push(`  ${word}`)
    else lines[lines.length - 1] = `${last}, ${word}`
  }
  return lines.join('\n')
}
