import type { TObject, TSchema, TString, TUnsafe } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { KnownCredential, Organization, Project, ResourceVersion, Thing } from '../store/records.js'
import type { RateLimit } from '../values/rate-limit.js'
import type { Clock } from '../world/clock.js'
import type { RoleRequirement } from '../world/roles.js'
import type { World } from '../world/world.js'
import type { Nonces } from './auth/nonces.js'
import type { BucketSet, TokenBuckets } from './auth/token-buckets.js'
import type { TokenLimits } from './auth/token-limits.js'
import type { Tokens } from './auth/tokens.js'
import type { AtlasError } from './errors/errors.js'
import type { ServedVersion } from './versions.js'

/** What the operations and the steps before them work with. */
export interface AtlasContext {
  readonly world: World
  readonly clock: Clock
  readonly tokens: Tokens
  /** Undefined when the token endpoint has no limits. */
  readonly tokenLimits: TokenLimits | undefined
  readonly nonces: Nonces
  readonly buckets: TokenBuckets
  /** The size of every token bucket but those of projects with one of their own. */
  readonly rateLimit: RateLimit
  /** Whether requests need credentials. */
  readonly credentialsRequired: boolean
  /** Where clients reach the API, when that is not where their requests say; no slash at the end. */
  readonly publicUrl: string | undefined
  /** How fields without a value are told, where that is not known of Atlas: as null, or not at all. */
  readonly emptyFields: 'null' | 'omit'
  /** Whether an export bucket that requires private networking needs an active private endpoint [export-bucket-private-networking]. */
  readonly privateNetworking: 'strict' | 'lenient'
}

/** A parameter of a path. */
export interface PathParameter {
  readonly schema: TString | TUnsafe<string>
  /** The error for a value that does not fit the schema. */
  readonly error: (value: string) => AtlasError
}

/** What is known of everything that is served, so that faults, the journal and OpenAPI can name it. */
export interface ServedOperation {
  /** What Atlas's OpenAPI calls it [operation-names]. */
  readonly operationId: string
  /** What SDKs and the Atlas CLI call it, where that is another name. */
  readonly alias: string | undefined
  /** What it does, in a line. */
  readonly summary: string
}

/** What an operation does once every check has passed: returns the answer's body, or throws an `AtlasError`. */
export type Work = (request: FastifyRequest, reply: FastifyReply, context: AtlasContext) => unknown

/** One operation of the Atlas Administration API. All of it must be declared, so that nothing is left to a default. */
export interface Operation extends ServedOperation {
  /** GET brings HEAD. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base path, with `:name` for a parameter. */
  readonly path: string
  /** The resource whose versions a fixture may replace. */
  readonly resource: string
  /** Oldest first. */
  readonly versions: readonly [ResourceVersion, ...ResourceVersion[]]
  readonly role: RoleRequirement
  /** Undefined for none. */
  readonly bucket: BucketSet | undefined
  /** Every parameter of the path. `groupId` names the project that the operation is about, `orgId` the organization. */
  readonly parameters: Readonly<Record<string, PathParameter>>
  /** The parameter that names the thing that the operation is about, and how the thing is found; undefined for none. */
  readonly thing: ThingParameter | undefined
  /** Parameters of the query: `Flags`, or `Paging`, and filters besides. */
  readonly query: TObject
  /** What the request's body must be like; undefined when it has none. */
  readonly body: RequestBody | undefined
  /** Whether what is there can stand in its way, so that it answers 409. */
  readonly conflicts: boolean
  /** The status of a success, and what its body is like. */
  readonly success: number
  readonly answer: TSchema
  readonly work: Work
}

export interface ThingParameter {
  readonly name: string
  /** Undefined for a malformed id and for one that nothing of the owner's has. */
  readonly find: (world: World, ownerId: string, id: string) => Thing | undefined
  readonly missing: (id: string) => AtlasError
}

export interface RequestBody {
  readonly schema: TObject
  /** By attribute, the error for a value of the right type that is not allowed, where Atlas has one of its own. */
  readonly invalid: Readonly<Record<string, (attribute: string, value: unknown) => AtlasError>>
}

declare module 'fastify' {
  interface FastifySchema {
    operationId?: string
    /** What the operation does, in a line. */
    summary?: string
    /** Media types of the request's body. */
    consumes?: string[]
  }
  interface FastifyRequest {
    /** Who asks; undefined where credentials are not asked for, or not yet known. */
    credential: KnownCredential | undefined
    /** Why the credential that was sent has been refused: for the log and the journal, and never in an answer. */
    refusal: string | undefined
    /** Whom a request that was refused says it is, where there is such a credential; undefined otherwise. */
    claimed: KnownCredential | undefined
    /** The resource version that the answer has. */
    version: ServedVersion
    /** The project that the path names. */
    project: Project
    /** The organization that the path names. */
    organization: Organization
    /** Whether a fault has a part in the answer, which then does not count as a read; undefined for none. */
    isFaulted: boolean | undefined
    /** The body's bytes, where the body has been parsed. */
    bodyAsSent: Buffer | undefined
  }
}

/** What a request must pass. It throws an `AtlasError` for one that does not, or rejects with it. */
export type Check = (request: FastifyRequest, reply: FastifyReply) => void | Promise<void>

/** What is done to an answer before it is sent; returns the payload to send, or a promise of it. */
export type Change = (request: FastifyRequest, reply: FastifyReply, payload: unknown) => unknown

/** When a step is taken: before the body is read, to parse it, before the work, on the answer. */
export type Moment = 'onRequest' | 'preValidation' | 'preHandler' | 'onSend'

/**
 * One step of the way of a request. `make` is called once for each operation, at start-up, so that nothing about the
 * operation is looked up while a request waits; undefined means that the operation has no need of the step.
 */
interface StepOf<At extends Moment, Taken, For extends ServedOperation> {
  readonly name: string
  readonly at: At
  readonly make: (operation: For, context: AtlasContext) => Taken | undefined
}

/** A step before the work. */
export type CheckStep<For extends ServedOperation = Operation> = StepOf<Exclude<Moment, 'onSend'>, Check, For>
/** A step on the answer. */
export type ChangeStep<For extends ServedOperation = Operation> = StepOf<'onSend', Change, For>
export type Step<For extends ServedOperation = Operation> = CheckStep<For> | ChangeStep<For>
