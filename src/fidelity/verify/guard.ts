/** What may be sent to a real Atlas, by method, path, level and what this run has made itself. */
import { basePath } from '../../atlas/base-path.js'
import { operations } from '../../atlas/registry.js'
import { nobody } from './references.js'

/** How far a run may go, each level holding those before it. */
export const levels = ['read', 'refuse', 'mutate'] as const
export type Level = (typeof levels)[number]

/** Whose credentials a request carries: those of the run, none, or ones that nobody has. */
export type Identity = 'own' | 'none' | 'made up'

/** A segment of paths that nothing serves. */
export const madeUpSegment = 'no-such-path-of-verify'

/** A body of more bytes is load, not a question. */
const longestBody = 16 * 1024

/** What the guard knows of the run. */
export interface Permit {
  readonly level: Level
  /** The one project that the run may touch. */
  readonly project: string
  /** Whether the emulator has refused this very request; only then may it be sent to find out whether Atlas does. */
  readonly isRefusedHere: boolean
  /** Whether the ledger has, on disk, that this create is about to be sent. */
  readonly isInLedger: boolean
  /** Paths of things that this run has made. */
  readonly made: ReadonlySet<string>
}

export interface Proposal {
  readonly method: string
  readonly target: string
  readonly identity: Identity
  readonly bodySize: number
}

const reading = ['GET', 'HEAD', 'OPTIONS']

interface Route {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/** What the emulator serves, by path. */
const routes: readonly Route[] = [...new Set(operations.map(({ path }) => path))].map((path) => ({
  pattern: new RegExp(`^${basePath}${path.replace(/:\w+/g, '[^/]+')}/?$`),
  methods: new Set(operations.filter((operation) => operation.path === path).map(({ method }) => method as string)),
}))

/** Why a request must not be sent; undefined when it may. Whatever is not allowed here by name is refused. */
export function objection({ method, target, identity, bodySize }: Proposal, permit: Permit): string | undefined {
  const [path = ''] = target.split('?')
  if (bodySize > longestBody) return 'its body would be load'
  if (permit.made.has(path) && (method === 'GET' || method === 'DELETE')) return undefined
  const isReading = reading.includes(method)
  const segments = path.split('/')
  const isAboutNothing = segments.some(isNobody)
  const route = routes.find(({ pattern }) => pattern.test(path))
  if (isOauth(path)) return isReading || method === 'POST' ? undefined : 'the token endpoint knows POST alone'
  if (segments.includes(madeUpSegment)) return isReading ? undefined : 'it would do more than read'
  if (!route) return 'the emulator does not serve this path'
  // Where credentials are not asked for, a request without them is one with all rights.
  if (identity !== 'own') return isReading || isAboutNothing ? undefined : 'it would change something if it were taken'
  const [, project] = new RegExp(`^${basePath}/groups/([^/?]+)`).exec(path) ?? []
  // A project is found by its name among those that the credentials see, and only read.
  const isAnother = project !== undefined && project !== permit.project && project !== 'byName'
  if (isAnother && !isNobody(project)) return 'it is about another project'
  if (isReading) return undefined
  if (permit.level === 'read') return 'the level read changes nothing'
  if (!route.methods.has(method)) return 'the emulator does not serve this method'
  if (method !== 'POST') return isAboutNothing ? undefined : 'it would change what this run has not made'
  if (!permit.isInLedger) return 'the ledger does not have it'
  if (permit.isRefusedHere) return undefined
  if (permit.level !== 'mutate') return 'the emulator does not refuse it'
  if (!/\/privateEndpoints$/.test(path)) return 'this level makes private endpoints alone'
  return permit.made.size === 0 ? undefined : 'this run has made one already'
}

/** The token endpoint: it issues and takes back the run's own tokens, and tells made-up clients that they are none. */
function isOauth(path: string): boolean {
  return /^\/api\/oauth\/(?:token|revoke)\/?$/.test(path)
}

/** Whether a segment of a path is an id that nothing has, or no id at all. */
function isNobody(segment: string): boolean {
  return segment === nobody || segment === malformed
}

/** An id that is none. */
export const malformed = 'malformed'
