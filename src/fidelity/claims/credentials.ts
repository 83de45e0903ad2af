import type { Rule } from './rule.js'
import {
  authenticationPage,
  mcpServer,
  recorded,
  revokePage,
  rfc,
  terraformTroubleshooting,
  tokenLimitPage,
  tokenPage,
} from './sources.js'

export const credentials = [
  {
    id: 'challenge-shape',
    label: 'observed',
    statement:
      'Absent or wrong credentials get 401 with `WWW-Authenticate: Digest realm="MMS Public API", domain="", nonce="…", algorithm=MD5, qop="auth", stale=false`, these parameters in this order and no others, the nonce being 32 characters of base64.',
    sources: [recorded('challenge to a GET', '40 of 40 in August 2026')],
  },
  {
    id: 'challenge-body',
    label: 'observed',
    statement:
      'The body of the challenge holds `error`, `reason`, `detail` and `errorCode` in this order, `UNEXPECTED_ERROR` as its code and no `parameters`, and is always printed over several lines, whatever `pretty` and `envelope` say.',
    sources: [recorded('challenge to a GET', 'the body'), recorded('challenge to a DELETE', 'the same body')],
  },
  {
    id: 'challenge-headers',
    label: 'observed',
    statement:
      'The challenge has none of the security, error-code and rate-limit headers, and of the others `Vary: Accept-Encoding` on GET and POST.',
    sources: [recorded('challenge to a GET', 'with `Vary`'), recorded('challenge to a DELETE', 'without `Vary`')],
  },
  {
    id: 'challenge-before-body',
    label: 'observed',
    statement: 'The challenge comes before the body of the request is looked at.',
    sources: [recorded('challenge to createGroup', '222 creates that were challenged')],
  },
  {
    id: 'digest-md5',
    label: 'observed',
    statement: 'API keys authenticate by HTTP Digest with MD5 and `qop=auth`.',
    sources: [recorded('challenge to a GET', '`algorithm=MD5, qop="auth"`'), rfc(7616, '3.4')],
  },
  {
    id: 'digest-uri',
    label: 'documented',
    statement: 'The `uri` of a digest must be the target of the request, query included.',
    sources: [rfc(7616, '3.4.6')],
  },
  {
    id: 'nonce-stale',
    label: 'chosen',
    statement:
      'A nonce lives for five minutes; one that is unknown or older gets the challenge with `stale=true` if the digest over it is right.',
  },
  {
    id: 'nonce-count',
    label: 'chosen',
    statement:
      'An `nc` is good once, in any order within 128 of the highest seen for its nonce; a repeated one gets the plain challenge.',
  },
  {
    id: 'token-request',
    label: 'documented',
    statement:
      'A service account gets a token by `POST /api/oauth/token` with `grant_type=client_credentials` in a form, its id and secret in HTTP Basic or as fields of the form.',
    sources: [tokenPage('sample request'), rfc(6749, '2.3.1')],
  },
  {
    id: 'token-secret-as-is',
    label: 'observed',
    statement: 'Id and secret in HTTP Basic are taken as they are and not percent-decoded.',
    sources: [mcpServer],
  },
  {
    id: 'token-answer',
    label: 'documented',
    statement:
      'A token is answered as 200 `{"access_token":"{JWT}","expires_in":3600,"token_type":"Bearer"}` with `Cache-Control: no-store`.',
    sources: [tokenPage('sample answer'), rfc(6749, '5.1')],
  },
  {
    id: 'token-claims',
    label: 'documented',
    statement: 'The token is a JWT with `iss`, `aud` as the string `api://admin`, `iat`, `exp` and `jti`.',
    sources: [tokenPage('the token of the sample, decoded')],
  },
  {
    id: 'token-subject',
    label: 'chosen',
    statement: 'The `sub` of a token is the client id.',
  },
  {
    id: 'token-errors',
    label: 'documented',
    statement:
      "The token endpoint answers errors in OAuth's own shape, `error_description` first: 401 `invalid_client`, `Invalid credentials provided.`, 400 `invalid_request`, `The provided credentials are not valid.`, for a missing or repeated parameter or a body that is no form, and 400 `unsupported_grant_type`, `Invalid grant type.`",
    sources: [tokenPage('sample answers of 400 and 401'), rfc(6749, '5.2')],
  },
  {
    id: 'token-errors-by-fault',
    label: 'documented',
    statement:
      'By fault the token endpoint also answers 400 `invalid_grant`, `Invalid grant.`, 403 `access_denied`, `IP access list validation failed for the service account.`, and 500 `server_error`, `Unexpected error.`',
    sources: [tokenPage('sample answers of 400, 403 and 500')],
  },
  {
    id: 'token-client-first',
    label: 'chosen',
    statement:
      'The client is checked before the grant type, and one that HTTP Basic names before the form is read; `invalid_client` carries `WWW-Authenticate: Basic realm="MMS Public API"`; credentials both in HTTP Basic and in the form, a `client_id` in the form that is another than that of HTTP Basic, and a form of more than 64 KiB are `invalid_request`.',
  },
  {
    id: 'token-rate-limit',
    label: 'observed',
    statement:
      'Beyond 50 requests a minute per caller\'s address and service account the token endpoint answers 429 `RATE_LIMITED` in the API\'s own shape, `Resource /api/oauth/token is limited to 50 requests every 1 minutes.`, with parameters `["/api/oauth/token",50,1]` and no rate-limit header.',
    sources: [terraformTroubleshooting],
  },
  {
    id: 'token-limits-details',
    label: 'chosen',
    statement:
      'The minute is a fixed window that starts with the first request and counts every request with a known client id, right or wrong, revoke apart; the 100 tokens are counted from the start of the emulator; `--rate-limit off` and `--auth off` switch both limits off.',
  },
  {
    id: 'token-count-limit',
    label: 'documented',
    statement:
      'A service account that holds 100 tokens neither expired nor revoked gets 403 `access_denied`, `Access Token limit reached. Please use the existing Access Token or create a new Service Account.`',
    sources: [tokenLimitPage],
  },
  {
    id: 'token-revoke',
    label: 'documented',
    statement:
      '`POST /api/oauth/revoke` with `token` and `token_type_hint=access_token` and the same client authentication answers 200 without a body, for a token that it does not know too.',
    sources: [revokePage('sample request'), rfc(7009, '2.2')],
  },
  {
    id: 'token-revoke-other-client',
    label: 'chosen',
    statement: 'The token of another client is not revoked, and the answer is that for an unknown one.',
  },
  {
    id: 'token-pretty-envelope',
    label: 'documented',
    statement: "The token and revoke endpoints take `pretty` and `envelope` and carry the API's security headers.",
    sources: [tokenPage('query parameters and headers'), revokePage('query parameters and headers')],
  },
  {
    id: 'token-bad',
    label: 'chosen',
    statement:
      'A bad, expired or revoked token gets the challenge\'s body with `WWW-Authenticate: Bearer error="invalid_token"` in place of the digest.',
  },
  {
    id: 'token-without-access-list',
    label: 'documented',
    statement: 'Access lists hold for the API call that uses a token, not for the token and revoke endpoints.',
    sources: [tokenPage('note on IP access lists')],
  },
  {
    id: 'service-account-ids',
    label: 'documented',
    statement: 'A client id is `mdb_sa_id_` and 24 hex digits, a secret `mdb_sa_sk_` and 40 characters.',
    sources: [authenticationPage('service accounts')],
  },
] as const satisfies readonly Rule[]
