import { test } from 'tap'
import type { ClaimId } from '../../../src/fidelity/claims.js'
import { report } from '../../../src/fidelity/verify/evidence.js'

test('a claim that was not measured tells why, and names a level only where that level asks about it', async (t) => {
  const ids: ClaimId[] = ['bucket-remaining', 'endpoint-starts-initiating', 'body-malformed', 'body-too-large']
  const reasons = (level: 'read' | 'mutate', ended?: string) =>
    Object.fromEntries(report([], new Set(ids), level, ended).map(({ id, reason }) => [id, reason]))
  t.strictSame(reasons('read'), {
    'bucket-remaining': 'no answer showed it',
    'endpoint-starts-initiating': 'it takes the level mutate',
    'body-malformed': 'it takes the level refuse',
    'body-too-large': 'to find out would be load',
  })
  t.match(reasons('mutate'), { 'endpoint-starts-initiating': 'no answer showed it' })
  t.match(reasons('mutate', 'its time is up'), { 'body-malformed': 'the run ended before: its time is up' })
})
