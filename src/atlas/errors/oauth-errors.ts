import { realm } from '../auth/digest.js'
import { AtlasError, type ErrorExtras } from './errors.js'

interface Kind {
  readonly status: number
  readonly description: string
}

/** OAuth's errors (RFC 6749, 5.2) with the status and the text that Atlas gives them [token-errors]. */
const kinds = {
  access_denied: { status: 403, description: 'IP access list validation failed for the service account.' },
  invalid_client: { status: 401, description: 'Invalid credentials provided.' },
  invalid_grant: { status: 400, description: 'Invalid grant.' },
  invalid_request: { status: 400, description: 'The provided credentials are not valid.' },
  server_error: { status: 500, description: 'Unexpected error.' },
  unsupported_grant_type: { status: 400, description: 'Invalid grant type.' },
} as const satisfies Record<string, Kind>

export type OAuthErrorCode = keyof typeof kinds

export const oauthErrorCodes = Object.keys(kinds) as readonly OAuthErrorCode[]

export function isOAuthErrorCode(code: string): code is OAuthErrorCode {
  return Object.hasOwn(kinds, code)
}

/** An error of the token endpoint, which has a shape of its own: OAuth's. */
export class OAuthError extends AtlasError {
  declare readonly errorCode: OAuthErrorCode
}

/** What an OAuth error says in place of what it usually does. */
interface Differences {
  /** HTTP status */
  readonly status?: number | undefined
  readonly description?: string | undefined
  readonly headers?: NonNullable<ErrorExtras['headers']>
}

export function oauthError(code: OAuthErrorCode, differences: Differences = {}): OAuthError {
  const { status = kinds[code].status, description = kinds[code].description } = differences
  const challenge = code === 'invalid_client' && { 'www-authenticate': `Basic realm="${realm}"` }
  return new OAuthError(status, code, description, [], { headers: { ...challenge, ...differences.headers } })
}
