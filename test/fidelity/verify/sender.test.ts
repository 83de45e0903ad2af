import { test } from 'tap'
import { Secrets } from '../../../src/fidelity/verify/redaction.js'
import { NotSent, Sender } from '../../../src/fidelity/verify/sender.js'
import { key, startTarget } from '../../support/target.js'

test('with an API key no token is asked for', async (t) => {
  const { url, time } = await startTarget(t)
  const sender = new Sender(
    {
      base: new URL(url),
      credentials: key,
      secrets: new Secrets(),
      time,
      stop: new AbortController().signal,
      budget: 1,
      pace: 0,
      until: Number.POSITIVE_INFINITY,
      patience: 5000,
    },
    undefined,
  )
  t.teardown(() => sender.close())
  const request = { method: 'POST', target: '/api/oauth/token', identity: 'own', headers: {} } as const
  await t.rejects(sender.send(request), new NotSent('an API key has no tokens'))
  t.equal(sender.sent, 0)
})
