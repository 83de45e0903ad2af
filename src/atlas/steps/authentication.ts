import type { FastifyRequest } from 'fastify'
import type { KnownCredential } from '../../store/records.js'
import { challenge, parseDigest, verifyDigest } from '../auth/digest.js'
import { ChallengeError } from '../errors/errors.js'
import type { CheckStep, ServedOperation } from '../operation.js'

const scheme = /^(digest|bearer)(?: +([^ ].*)?)?$/i

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
      const { authorization } = request.raw.headers
      const [, name, text = ''] = scheme.exec(authorization ?? '') ?? []
      if (name === undefined) throw digestChallenge(request, authorization && 'neither Digest nor Bearer')
      request.credential = name.toLowerCase() === 'digest' ? byDigest(text, request) : byToken(text, request)
    }
  },
}
