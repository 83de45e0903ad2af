import type { Static, TObject, TSchema } from '@sinclair/typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Details, ResourceVersion, Thing } from '../store/records.js'
import type { Mistake } from '../values/mistakes.js'
import type { RoleRequirement } from '../world/roles.js'
import type { Draft, Making, World } from '../world/world.js'
import type { BucketSet } from './auth/token-buckets.js'
import { AtlasError, type ErrorKind, errors } from './errors/errors.js'
import { baseUrl, offsetOf, pageBody } from './links.js'
import type {
  AtlasContext,
  Operation,
  PathParameter,
  RequestBody,
  ServedOperation,
  ThingParameter,
} from './operation.js'
import { Flags, ObjectId, PageOf, Paging } from './schemas.js'

/** What a fixture writes of a thing, whatever its kind. */
export interface ThingEntry {
  /** Made up when missing. */
  readonly id?: string
}

/** A collection without the types of its data and entries. */
export type AnyCollection = Omit<Collection, 'load' | 'save' | 'place' | 'mistakes'> & {
  readonly load: (entry: ThingEntry, loading: Loading) => Draft<unknown>
  readonly save: (thing: Thing, now: number) => ThingEntry
  readonly place: Place<ThingEntry> | undefined
  readonly mistakes: (entry: ThingEntry, pointer: string) => Mistake[]
}

/** What a fixture may write of a project or an organization, for resources that have no things of their own. */
export interface Section<Schema extends TSchema = TSchema> {
  readonly of: 'project' | 'organization'
  /** The name of the property in the fixture. */
  readonly name: string
  readonly schema: Schema
}

/** What the fixture, or a request since, has written in the section. */
export function writtenIn<Schema extends TSchema>(
  { name }: Section<Schema>,
  { details }: { readonly details: Details },
): Static<Schema> | undefined {
  return details[name]
}

/** Something that Atlas serves: its name in fixtures, counts and versions, and its operations. */
export interface Resource<Name extends string = string> {
  readonly name: Name
  readonly operations: readonly Operation[]
  readonly sections: readonly Section[]
  /** Further errors that its operations answer with, so that faults know their texts. */
  readonly errors: readonly ErrorKind[]
}

/** How a fixture writes the things of a collection. */
export interface FixtureFormat<Data, Entry extends TObject> {
  /** What a fixture writes of one thing. */
  readonly entry: Entry
  readonly load: (entry: Static<Entry>, loading: Loading) => Draft<Data>
  readonly save: (thing: Thing<Data>, now: number) => Static<Entry>
  /** Where an entry stands alone among those of its project; undefined where several may stand. */
  readonly place: Place<Static<Entry>> | undefined
  /** What is wrong with an entry of the right form, at `pointer`. */
  readonly mistakes: (entry: Static<Entry>, pointer: string) => Mistake[]
}

/** A resource whose things belong to a project, are stored, and can be written in a fixture. */
export interface Collection<Name extends string = string, Data = unknown, Entry extends TObject = TObject>
  extends Resource<Name>,
    FixtureFormat<Data, Entry> {
  /** One of its things, in words, such as `private endpoint`. */
  readonly title: string
}

export interface Place<Entry> {
  /** Undefined for an entry beside which another may stand. */
  readonly of: (entry: Entry) => string | undefined
  /** What stands there, for people: `endpoint`. */
  readonly what: string
  /** What may stand in a project, for people: `one for each …`. */
  readonly allowed: string
}

/** How a thing is told. */
export interface Showing {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** In which answer: as an item of a list, in that of the create, or alone. */
  readonly as: 'item' | 'created' | 'one'
  readonly world: World
  /** How fields without a value are told, where that is not known of Atlas: as null, or not at all. */
  readonly emptyFields: AtlasContext['emptyFields']
}

/** What an entry of a fixture is loaded with. */
export interface Loading extends Making {
  /** Milliseconds since the epoch: so long after now, or at a moment. One of the two is given. */
  readonly time: (after: string | undefined, at: string | undefined) => number
}

/** What every operation declares besides what follows from its resource. */
interface Declaration extends ServedOperation {
  readonly versions: readonly [ResourceVersion, ...ResourceVersion[]]
  readonly role: RoleRequirement
}

interface CreateDeclaration<Data> extends Declaration {
  readonly success: 200 | 201
  readonly body: RequestBody
  /** What is made of a body that fits. */
  readonly make: (body: never, making: Making) => Draft<Data>
  /** The error when the place is taken. */
  readonly taken?: (body: never) => AtlasError
}

interface UpdateDeclaration<Data> extends Declaration {
  readonly body: RequestBody
  readonly change: (data: Data, body: never) => Data
}

interface DeleteDeclaration<Data> extends Declaration {
  /** The thing while it is being deleted; undefined for one that is gone at once; an error for one that has to stay. */
  readonly end: (thing: Thing<Data>, making: Making) => Thing<Data> | AtlasError | undefined
}

export interface CollectionDefinition<Name extends string, Data, Entry extends TObject> {
  readonly name: Name
  readonly title: string
  /** Of the list, below the base path; it names the project as `:groupId`. */
  readonly path: string
  /** The parameter that names one of the things. */
  readonly id: string
  /** The path's other parameters. */
  readonly parameters?: Readonly<Record<string, PathParameter>>
  readonly bucket: BucketSet
  /** What an answer tells of one of the things. */
  readonly entity: TObject
  readonly show: (thing: Thing<Data>, showing: Showing) => unknown
  /** The error for an id that none of the project's things has, a malformed one included. */
  readonly missing: (id: string) => AtlasError
  readonly errors: readonly ErrorKind[]
  readonly fixture: FixtureFormat<Data, Entry>
  readonly operations: {
    readonly create?: CreateDeclaration<Data>
    readonly list?: Declaration
    readonly get?: Declaration
    readonly update?: UpdateDeclaration<Data>
    readonly delete?: DeleteDeclaration<Data>
  }
}

/** The project that a path names. */
export const groupId: PathParameter = {
  schema: ObjectId,
  error: (value) => errors.invalidGroupId.with({ groupId: value }),
}

/** The organization that a path names. */
export const orgId: PathParameter = {
  schema: ObjectId,
  error: (value) => errors.invalidOrgId.with({ orgId: value }),
}

/** Makes the operations of a resource whose things belong to a project: all of them follow from its definition. */
export function collection<const Name extends string, Data, Entry extends TObject>(
  definition: CollectionDefinition<Name, Data, Entry>,
): Collection<Name, Data, Entry> {
  const { name, title, path, id, bucket, entity, show, missing, fixture } = definition
  const { create, list, get, update, delete: remove } = definition.operations
  const thing: ThingParameter = {
    name: id,
    find: (world, ownerId, value) => world.find(name, ownerId, value),
    missing,
  }
  const operation = (
    declared: Declaration,
    rest: Pick<Operation, 'method' | 'success' | 'answer' | 'work'> & {
      one?: boolean
      query?: Operation['query']
      body?: RequestBody
    },
  ): Operation => {
    const { one = false, query = Flags, body, ...others } = rest
    const { operationId, alias, summary, versions, role } = declared
    return {
      operationId,
      alias,
      summary,
      versions,
      role,
      ...others,
      resource: name,
      bucket,
      path: one ? `${path}/:${id}` : path,
      parameters: {
        groupId,
        ...definition.parameters,
        ...(one && { [id]: { schema: ObjectId, error: missing } }),
      },
      thing: one ? thing : undefined,
      query,
      body,
    }
  }
  const idOf = (request: { params: unknown }) => (request.params as Record<string, string>)[id] as string
  const tell = ({ world, emptyFields }: AtlasContext, one: Thing, as: Showing['as'], now = world.now()) =>
    show(one as Thing<Data>, { now, as, world, emptyFields })
  /** Counts an answer that shows things as they are at `now`, for statuses that change with reads. */
  const count = (
    { world }: AtlasContext,
    { method, isFaulted }: FastifyRequest,
    shown: readonly Thing<Data>[],
    now: number,
  ) => {
    if (method === 'GET' && !isFaulted) world.countRead(name, shown, now)
  }

  const operations: (Operation | undefined)[] = [
    create &&
      operation(create, {
        method: 'POST',
        body: create.body,
        success: create.success,
        answer: entity,
        work: async (request, _reply, context) => {
          const { world } = context
          const { project } = request
          const body = request.body as never
          const created = await world.create<Data>(name, project.id, (making) => create.make(body, making))
          if (created === 'no owner') throw errors.groupNotFound.with({ groupId: project.id })
          if (created === 'taken') throw (create.taken as (body: never) => AtlasError)(body)
          return tell(context, created, 'created')
        },
      }),
    list &&
      operation(list, {
        method: 'GET',
        query: Paging,
        success: 200,
        answer: PageOf(entity),
        work: (request, _reply, context) => {
          const { world, publicUrl } = context
          const query = request.query as Paging
          // A page is of one moment.
          const now = world.now()
          const { items, total } = world.page<Data>(name, request.project.id, query.itemsPerPage, offsetOf(query), now)
          const page = { items: items.map((item) => tell(context, item, 'item', now)), total }
          count(context, request, items, now)
          return pageBody(page, request, query, baseUrl(request, publicUrl))
        },
      }),
    get &&
      operation(get, {
        method: 'GET',
        one: true,
        success: 200,
        answer: entity,
        work: (request, _reply, context) => {
          const { world } = context
          const now = world.now()
          const found = world.find<Data>(name, request.project.id, idOf(request), now)
          if (!found) throw missing(idOf(request))
          const told = tell(context, found, 'one', now)
          count(context, request, [found], now)
          return told
        },
      }),
    update &&
      operation(update, {
        method: 'PATCH',
        one: true,
        body: update.body,
        success: 200,
        answer: entity,
        work: async (request, _reply, context) => {
          const body = request.body as never
          const changed = await context.world.change<Data>(name, request.project.id, idOf(request), (before) => ({
            ...before,
            data: update.change(before.data, body),
          }))
          if (!changed?.after) throw missing(idOf(request))
          return tell(context, changed.after, 'one')
        },
      }),
    remove &&
      operation(remove, {
        method: 'DELETE',
        one: true,
        success: 204,
        answer: Type.Null({ description: 'No body' }) as TSchema,
        work: async (request, _reply, { world }) => {
          let refusal: AtlasError | undefined
          const removed = await world.change<Data>(name, request.project.id, idOf(request), (before, making) => {
            const ended = remove.end(before, making)
            if (!(ended instanceof AtlasError)) return ended
            refusal = ended
            return before
          })
          if (!removed) throw missing(idOf(request))
          if (refusal) throw refusal
        },
      }),
  ]
  return {
    name,
    title,
    operations: operations.filter((made) => made !== undefined),
    sections: [],
    errors: definition.errors,
    ...fixture,
  }
}

/** How a fixture writes things that have no lifecycle: their id and what is kept of them, nothing more. */
export function plainFixture<Entry extends TObject, Data extends Omit<Static<Entry>, 'id'>>(
  entry: Entry,
): FixtureFormat<Data, Entry> {
  return {
    entry,
    load: ({ id: _, ...data }) => plainDraft(data as unknown as Data),
    save: ({ id, data }) => ({ id, ...data }) as Static<Entry>,
    place: undefined,
    mistakes: () => [],
  }
}

/** A thing without a lifecycle, beside which others may stand. */
export function plainDraft<Data>(data: Data): Draft<Data> {
  return { place: null, data, transitions: [], goneAt: null }
}
