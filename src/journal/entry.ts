import { type Static, Type } from '@sinclair/typebox'
import { operationNames } from '../atlas/registry.js'
import { Duration, Moment } from '../values/fields.js'
import { Entry, Nullable, StringEnum } from '../values/schema.js'
import { momentPattern } from '../values/time.js'

/** A request and what became of it, as the journal tells it: secrets removed, bodies parsed. */
export const JournalEntry = Type.Object({
  id: Type.Integer({ description: 'Counts from 1' }),
  time: Type.String({
    pattern: momentPattern,
    description: "When it came, by the emulator's clock; UTC, with milliseconds",
  }),
  method: Type.String(),
  url: Type.String({ description: 'The request target' }),
  operation: Nullable(
    Type.String({ description: 'The operationId; null for a path or method that Atlas does not have' }),
  ),
  project: Nullable(Type.String({ description: 'The id in the path' })),
  organization: Nullable(
    Type.String({
      description:
        'The id of the organization of who asked, or says so and was refused; where that is not known, of what the path names',
    }),
  ),
  credential: Nullable(Type.String({ description: 'Public key or client id of who asked, once that is known' })),
  refusal: Nullable(Type.String({ description: 'Why the credential that it came with was refused' })),
  status: Nullable(Type.Integer({ description: 'Null when a fault left it without an answer' })),
  errorCode: Nullable(Type.String()),
  unserved: Type.Boolean({ description: 'Whether it was for a path or a method that the emulator lacks' }),
  duration: Type.Number({ description: 'Milliseconds of real time until the answer was ready' }),
  fault: Nullable(Type.String({ description: 'The faults that touched it' })),
  requestHeaders: Type.Record(Type.String(), Type.String()),
  requestBody: Type.Unknown({ description: 'Parsed where it is JSON; null for none' }),
  responseHeaders: Type.Record(Type.String(), Type.String()),
  responseBody: Type.Unknown({ description: 'Parsed where it is JSON; null for none' }),
  challenge: Nullable(
    Type.Integer({ description: 'The id of the request whose Digest challenge it answers, while that is remembered' }),
  ),
  answers: Nullable(
    Type.Integer({ description: 'Of a Digest challenge, the id of the request that first answered it' }),
  ),
  replayOf: Nullable(Type.Integer({ description: 'The id of the request that was sent once more by a replay' })),
  advice: Type.Array(Type.String(), { description: 'What its client should do otherwise; mostly nothing' }),
})
export type JournalEntry = Static<typeof JournalEntry>

export const JournalPage = Type.Object({
  count: Type.Integer({ description: 'How many requests fit' }),
  requests: Type.Optional(Type.Array(JournalEntry, { description: 'Oldest first' })),
})

const Text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))

/** What the journal can be searched for; all of it must fit. */
export const RequestFilter = Entry('What a request must be like', {
  id: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'The id of the one to find' })),
  operation: Type.Optional(StringEnum([...operationNames.keys()], { description: 'The operationId, or its alias' })),
  method: Text('GET, HEAD, POST, DELETE, …'),
  path: Text('The path, without query'),
  project: Text('The id in the path'),
  organization: Text('The id of the organization (or tenant) of who asked, or of what the path names'),
  credential: Text('A public key or client id'),
  status: Type.Optional(
    Type.String({ pattern: '^(?:[1-5][0-9]{2}|[1-5]xx|none)$', description: '404, 4xx, or none for no answer' }),
  ),
  errorCode: Text('The code of an error'),
  unserved: Type.Optional(
    StringEnum(['true', 'false'], { description: 'true for what the emulator lacks, false for all else' }),
  ),
  fault: Text('The name of a fault that touched it; any for whatever fault, none for no fault'),
  minDuration: Type.Optional(Duration('How long it took at least')),
  maxDuration: Type.Optional(Duration('How long it took at most')),
  since: Type.Optional(Moment('The earliest moment')),
  until: Type.Optional(Moment('The moment before which it came')),
  header: Text('A header that was sent: its name, or name:value'),
  body: Text('What the body that was sent holds'),
  answer: Text('What the body of the answer holds'),
})
export type RequestFilter = Static<typeof RequestFilter>
