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
    const digestChallenge = (stale: boolean) => new ChallengeError(challenge(nonces.issue(), stale))
    const invalidToken = () => new ChallengeError('Bearer error="invalid_token"')

    const byDigest = (text: string, { method, raw }: FastifyRequest): KnownCredential => {
      const parameters = parseDigest(text)
      if (!parameters) throw digestChallenge(false)
      const credential = world.credential('apiKey', parameters.username)
      const use = verifyDigest(parameters, credential, method, raw.url as string, nonces)
      if (!credential || use !== 'accepted') throw digestChallenge(use === 'stale')
      return credential
    }
    const ownerOf = (clientId: string | undefined): KnownCredential => {
      const credential = clientId === undefined ? undefined : world.credential('serviceAccount', clientId)
      if (!credential) throw invalidToken()
      return credential
    }

    return (request) => {
      const [, name, text = ''] = scheme.exec(request.raw.headers.authorization ?? '') ?? []
      if (name === undefined) throw digestChallenge(false)
      if (name.toLowerCase() === 'digest') {
        request.credential = byDigest(text, request)
        return
      }
      const token = tokens.verify(text)
      if (!(token instanceof Promise)) {
        request.credential = ownerOf(token?.clientId)
        return
      }
      return token.then((verified) => {
        request.credential = ownerOf(verified?.clientId)
      })
    }
  },
}
