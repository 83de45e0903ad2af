import type { FastifyInstance } from 'fastify'
import type { TokenBuckets } from '../atlas/auth/token-buckets.js'
import type { TokenLimits } from '../atlas/auth/token-limits.js'
import type { Unserved } from '../atlas/unserved.js'
import type { Faults } from '../faults/faults.js'
import type { Fixture } from '../fixture/schema.js'
import type { LoadTarget } from '../fixture/state.js'
import type { Journal } from '../journal/journal.js'
import type { Replays } from '../journal/replays.js'
import type { Tally } from '../journal/tally.js'
import type { Teller } from '../journal/teller.js'
import type { Responses } from '../responses/responses.js'
import type { TenantIds } from '../world/tenants.js'
import type { World } from '../world/world.js'

/** A fixture, and what it is called in messages. */
export interface NamedFixture {
  readonly name: string
  readonly fixture: Fixture
}

/** What the control API works on. */
export interface ControlContext extends LoadTarget {
  readonly world: World
  readonly faults: Faults
  readonly responses: Responses
  /** Undefined while it is off. */
  readonly journal: Journal | undefined
  /** Undefined with the journal. */
  readonly teller: Teller | undefined
  readonly tally: Tally
  readonly replays: Replays
  readonly buckets: TokenBuckets
  /** Undefined when the token endpoint has no limits. */
  readonly tokenLimits: TokenLimits | undefined
  readonly unserved: Unserved
  /** For tenants that are made. */
  readonly tenantIds: TenantIds
  /** Where clients reach the API, when that is not where their requests say; no slash at the end. */
  readonly publicUrl: string | undefined
  /** Reads the configured fixtures anew. */
  readonly readFixtures: () => Promise<NamedFixture>
  /** Whether requests to the Atlas API need credentials. */
  readonly credentialsRequired: boolean
  /** The database's path, for messages. */
  readonly db: string
  /** Whether the database's file is still the one that was opened. */
  readonly isAttached: () => boolean
  /** When the emulator was put together, by `real.elapsed`. */
  readonly startedAt: number
}

/** The options of each subject's routes. */
export interface SubjectOptions {
  readonly context: ControlContext
  /** The server that serves the Atlas API, for what is sent to it from within this process. */
  readonly server: Pick<FastifyInstance, 'inject'>
}
