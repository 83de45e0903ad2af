import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Change, Check, ServedOperation } from './operation.js'

/** What faults, the journal and the log call an answer of one's own, which belongs to no operation. */
export const stub: ServedOperation = { operationId: 'stub', alias: undefined, summary: 'Give an answer of one’s own' }

/** The way of a request to an answer of one's own. */
export interface StubRoute {
  /** The parameters of the path, whose segments below the base path are given: the project or the organization. */
  readonly params: (segments: readonly string[]) => Readonly<Record<string, string>>
  /** What it must pass before its body is read. */
  readonly checks: readonly Check[]
  /** What comes once its body has been read. */
  readonly preparations: readonly Check[]
  readonly answer: (request: FastifyRequest, reply: FastifyReply) => unknown
  /** What is done to the answer. */
  readonly changes: readonly Change[]
}

/** Answers of one's own, for what no operation has. A path is told by its decoded segments below the base path. */
export interface Stubs {
  /** The methods that have an answer at the path, HEAD aside. */
  methodsAt(segments: readonly string[]): readonly string[]
  /** Undefined when no answer is for the request's method and path. */
  find(request: FastifyRequest, segments: readonly string[]): StubRoute | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set where an answer of one's own is given. */
    stub: StubRoute | undefined
  }
}
