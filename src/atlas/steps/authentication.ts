import type { FastifyRequest } from 'fastify'
import type { KnownCredential } from '../../store/records.js'
import { rememberingLatest } from '../../values/remembering.js'
import { challenge, parseDigest, verifyDigest } from '../auth/digest.js'
import { ChallengeError } from '../errors/errors.js'
import type { CheckStep, ServedOperation } from '../operation.js'

/** What an `Authorization` says. */
interface Credentials {
  /** In lower case. */
  readonly scheme: string
  /** What is behind the scheme. */
  readonly text: string
}

function credentialsIn(authorization: string): Credentials {
  const end = authorization.indexOf(' ')
  if (end === -1) return { scheme: authorization.toLowerCase(), text: '' }
  let start = end
  while (authorization[start] === ' ') start += 1
  return { scheme: authorization.slice(0, end).toLowerCase(), text: authorization.slice(start) }
}

/**
 * One for all operations, and for all emulators of the process: a client sends the same token with every call. What was taken
 * from the header of the call before is used again: its token is the very string that the tokens remember, and V8 compares a
 * string with itself without looking at its characters.
 */
const parseAuthorization = rememberingLatest(credentialsIn)

/** Who asks: an API key by HTTP Digest, or a service account by bearer token. */
export const authentication: CheckStep<ServedOperation> = {
  name: 'credentials',
  at: 'onRequest',
  make: (_operation, { world, tokens, nonces, credentialsRequired }) => {
    if (!credentialsRequired) return undefined
    const digestChallenge = (request: FastifyRequest, refusal: string | undefined) => {
      request.refusal = refusal
      return new ChallengeError(challenge(nonces.issue(), refusal === 'stale nonce'))
    }

    const byDigest = (text: string, request: FastifyRequest): KnownCredential => {
      const parameters = parseDigest(text)
      if (!parameters) throw digestChallenge(request, 'not an answer to the challenge')
      const credential = world.credential('apiKey', parameters.username)
      const refusal = verifyDigest(parameters, credential, request.method, request.raw.url as string, nonces)
      if (refusal !== undefined) {
        request.claimed = credential
        throw digestChallenge(request, refusal)
      }
      return credential as KnownCredential
    }
    const byToken = (text: string, request: FastifyRequest): KnownCredential => {
      const token = tokens.verify(text)
      if (typeof token === 'string') {
        request.refusal = token
        throw new ChallengeError('Bearer error="invalid_token"')
      }
      // A token is good only while its account exists.
      return world.credential('serviceAccount', token.clientId) as KnownCredential
    }

    return (request) => {
      // A request that is sent once more, from within this process, brings its credential along.
      if (request.credential) return
      const { authorization = '' } = request.raw.headers
      const { scheme, text } = parseAuthorization(authorization)
      if (scheme === 'bearer') request.credential = byToken(text, request)
      else if (scheme === 'digest') request.credential = byDigest(text, request)
      else throw digestChallenge(request, authorization === '' ? undefined : 'neither Digest nor Bearer')
    }
  },
}
