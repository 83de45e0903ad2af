// oauth4webapi against a running emulator with the default fixture: a token by a service account, a call with it, and the
// token given back.
// Usage: node client.mjs URL, in a folder where the package is installed; run.sh does so
import * as oauth from 'oauth4webapi'

const [, , base] = process.argv
const groups = new URL(`${base}/api/atlas/v2/groups`)
const client = { client_id: 'mdb_sa_id_000000000000000000000001' }
const secret = 'mdb_sa_sk_emulatoremulatoremulatoremulatoremulator'
const server = {
  issuer: base,
  token_endpoint: `${base}/api/oauth/token`,
  revocation_endpoint: `${base}/api/oauth/revoke`,
}
const insecure = { [oauth.allowInsecureRequests]: true }
const headers = new Headers({ accept: 'application/vnd.atlas.2025-03-12+json' })

/**
 * HTTP Basic with the id and the secret as they are. The library's own ClientSecretBasic encodes them as RFC 6749 has it
 * in 2.3.1, `_` as `%5F`, which Atlas refuses.
 */
const plainBasic = (_server, { client_id }, _body, headers) =>
  headers.set('authorization', `Basic ${btoa(`${client_id}:${secret}`)}`)

let passed = 0
let failed = 0
function check(what, ok, actual) {
  if (ok) passed += 1
  else failed += 1
  console.log(ok ? `ok - ${what}` : `not ok - ${what}\n  actual: ${JSON.stringify(actual)}`)
}

async function grant(authentication) {
  const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication, {}, insecure)
  return oauth.processClientCredentialsResponse(server, client, answer)
}

for (const [name, authentication] of Object.entries({
  'the secret in the form': oauth.ClientSecretPost(secret),
  'plain HTTP Basic': plainBasic,
})) {
  const token = await grant(authentication)
  check(`${name}: a token`, token.token_type === 'bearer' && token.expires_in === 3600, token)
  const call = () => oauth.protectedResourceRequest(token.access_token, 'GET', groups, headers, null, insecure)
  const answer = await call()
  check(`${name}: a call with it`, answer.status === 200, answer.status)
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, authentication, token.access_token, insecure),
  )
  const refused = await call().catch((error) => error)
  const isChallenged = refused instanceof oauth.WWWAuthenticateChallengeError
  check(
    `${name}: given back, it is refused`,
    isChallenged && refused.cause[0].parameters.error === 'invalid_token',
    refused,
  )
}
const isRefused = (error) => error.status === 401 && error.cause[0].parameters.realm === 'MMS Public API'
const encoded = await grant(oauth.ClientSecretBasic(secret)).catch((error) => error)
check('encoded HTTP Basic is refused', isRefused(encoded), encoded)
const wrong = await grant(oauth.ClientSecretPost('wrong')).catch((error) => error)
check('a wrong secret is refused', isRefused(wrong), wrong)

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
