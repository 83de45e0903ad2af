import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { KnownCredential } from '../../store/records.js'
import type { World } from '../../world/world.js'
import { challenge, parseDigest, verifyDigest } from '../auth/digest.js'
import type { Nonces } from '../auth/nonces.js'
import type { Tokens } from '../auth/tokens.js'
import { ChallengeError } from '../errors/errors.js'
import { beforeHandling } from '../route-hooks.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; undefined where credentials are not asked for. */
    credential: KnownCredential | undefined
  }
}

export interface CredentialsOptions {
  readonly world: World
  readonly tokens: Tokens
  readonly nonces: Nonces
  /** Whether a request needs credentials at all. */
  readonly required: boolean
}

const scheme = /^(digest|bearer)(?: +([^ ].*)?)?$/i

/** Row 3: who asks, by HTTP Digest or by bearer token (section 6 of the contract). */
export const credentials = fp(
  async (app: FastifyInstance, { world, tokens, nonces, required }: CredentialsOptions) => {
    app.decorateRequest('credential')
    if (!required) return

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
    const owner = (clientId: string | undefined): KnownCredential => {
      const credential = clientId === undefined ? undefined : world.credential('serviceAccount', clientId)
      if (!credential) throw invalidToken()
      return credential
    }

    app.addHook('onRoute', (route) => {
      beforeHandling(route, (request, _reply, done) => {
        const [, name, text = ''] = scheme.exec(request.raw.headers.authorization ?? '') ?? []
        if (name === undefined) throw digestChallenge(false)
        if (name.toLowerCase() === 'digest') {
          request.credential = byDigest(text, request)
          return done()
        }
        const token = tokens.verify(text)
        if (!(token instanceof Promise)) {
          request.credential = owner(token?.clientId)
          return done()
        }
        token
          .then((verified) => {
            request.credential = owner(verified?.clientId)
          })
          .then(() => done(), done)
      })
    })
  },
  { name: 'credentials' },
)
