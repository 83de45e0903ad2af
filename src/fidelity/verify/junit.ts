import { type Claim, claims } from '../claims.js'
import type { ClaimReport, Exchange } from './evidence.js'

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  // XML 1.0 has no way to write other control characters.
  return text.replace(/[&<>"]/g, (mark) => escapes[mark] as string).replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD]/gu, '�')
}

/** A report for tools that show tests: a test for each claim. What was not measured is skipped, never passed. */
export function junit({
  claims: told,
  exchanges,
}: {
  claims: readonly ClaimReport[]
  exchanges: readonly Exchange[]
}): string {
  const count = (verdict: ClaimReport['verdict']) => told.filter((claim) => claim.verdict === verdict).length
  const cases = told.map(({ id, verdict, reason = '' }) => {
    const { section, statement } = claims.find((claim) => claim.id === id) as Claim
    const outcome = {
      same: '',
      different: `<failure message="${escaped(statement)}">${escaped(detailsOf(id, verdict, exchanges))}</failure>`,
      instrument: `<error message="two answers of the target differ">${escaped(detailsOf(id, verdict, exchanges))}</error>`,
      'not measured': `<skipped message="${escaped(reason)}"/>`,
    }[verdict]
    return `    <testcase classname="${escaped(section)}" name="${id}">${outcome}</testcase>`
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="atlas-backup-emulator verify" tests="${told.length}" failures="${count('different')}" errors="${count('instrument')}" skipped="${count('not measured')}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

/**
 * Where a claim shows differences: each probe with its request, and what both sides say.
 * @param most of more probes than this only the number is told
 */
export function detailsOf(id: string, verdict: string, exchanges: readonly Exchange[], most = Infinity): string {
  const [ours, theirs] = verdict === 'instrument' ? ['first ', 'second'] : ['here  ', 'there ']
  const details = exchanges.flatMap(({ probe, request, findings }) =>
    findings
      .filter((finding) => finding.claim === id && finding.verdict === verdict)
      .map(({ differences }) =>
        [
          `${probe}: ${request.method} ${request.path}`,
          ...differences.flatMap(({ place, kind, here, there }) => [
            `  ${place}${kind === 'value' ? '' : ` (${kind})`}`,
            `    ${ours}${here}`,
            `    ${theirs}${there}`,
          ]),
        ].join('\n'),
      ),
  )
  const more = details.length > most ? [`and ${details.length - most} more`] : []
  return [...details.slice(0, most), ...more].join('\n')
}
