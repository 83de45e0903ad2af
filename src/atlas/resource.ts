import type { Static, TObject, TSchema } from '@sinclair/typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Details, ResourceVersion, Thing } from '../store/records.js'
import type { Mistake } from '../values/mistakes.js'
import { rememberingObjects } from '../values/remembering.js'
import { StringEnum } from '../values/schema.js'
import { cloudProviders } from '../values/vocabulary.js'
import type { RoleRequirement } from '../world/roles.js'
import type { Draft, Making, World } from '../world/world.js'
import type { BucketSet } from './auth/token-buckets.js'
import { AtlasError, type ErrorKind, errors } from './errors/errors.js'
import { compileSerializer } from './json.js'
import { baseUrl, offsetOf, pageBody, pageText, WrittenPages } from './links.js'
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

/** What an operation changes things with; what it looks up in `world` is of the transaction that stores the change. */
export interface Working extends Making, Pick<AtlasContext, 'world' | 'privateNetworking'> {
  readonly projectId: string
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
  /** Where the operation is found, when that is neither the list's path nor that path and the id. */
  readonly at?: {
    readonly path: string
    /** What this path has besides the project, the id and the list's own parameters. */
    readonly parameters: Readonly<Record<string, PathParameter>>
  }
}

interface ListDeclaration<Data> extends Declaration {
  /** How all of a project's things are told together, where the list is no page. */
  readonly whole?: {
    readonly answer: TSchema
    readonly tell: (things: readonly Thing<Data>[], projectId: string, showing: Showing) => unknown
  }
}

interface CreateDeclaration<Data> extends Declaration {
  readonly success: 200 | 201
  readonly body: RequestBody
  /** What is made of a body that fits, or why nothing is. */
  readonly make: (body: never, working: Working) => Draft<Data> | AtlasError
  /** The error when the place is taken. */
  readonly taken?: (body: never) => AtlasError
}

interface UpdateDeclaration<Data> extends Declaration {
  readonly body: RequestBody
  /** What the thing then is, or why it stays as it is. */
  readonly change: (thing: Thing<Data>, body: never, working: Working) => Data | AtlasError
}

interface DeleteDeclaration<Data> extends Declaration {
  /** The thing while it is being deleted; undefined for one that is gone at once; an error for one that has to stay. */
  readonly end: (thing: Thing<Data>, working: Working) => Thing<Data> | AtlasError | undefined
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
  /**
   * The part of the thing that decides, with the thing itself, how it is shown at `now` in lists and alone; missing where
   * more decides. It must be the same object from one of the thing's transitions to the next: until the next one comes,
   * neither the thing nor a page of such things is written anew.
   */
  readonly state?: (thing: Thing<Data>, now: number) => object
  /** The error for an id that none of the project's things has, a malformed one included. */
  readonly missing: (id: string) => AtlasError
  readonly errors: readonly ErrorKind[]
  readonly fixture: FixtureFormat<Data, Entry>
  readonly operations: {
    readonly create?: CreateDeclaration<Data>
    readonly list?: ListDeclaration<Data>
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

/** The cloud provider that a path names. */
export const cloudProvider: PathParameter = {
  schema: StringEnum(cloudProviders),
  error: (value) => errors.noSuchProvider.with({ cloudProvider: value }),
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
    const { operationId, alias, summary, versions, role, at } = declared
    return {
      operationId,
      alias,
      summary,
      versions,
      role,
      ...others,
      resource: name,
      bucket,
      path: at?.path ?? (one ? `${path}/:${id}` : path),
      parameters: {
        groupId,
        ...definition.parameters,
        ...at?.parameters,
        ...(one && { [id]: { schema: ObjectId, error: missing } }),
      },
      thing: one ? thing : undefined,
      query,
      body,
      conflicts: body !== undefined,
    }
  }
  const idOf = (request: { params: unknown }) => (request.params as Record<string, string>)[id] as string
  const tell = ({ world, emptyFields }: AtlasContext, one: Thing, as: Showing['as'], now = world.now()) =>
    show(one as Thing<Data>, { now, as, world, emptyFields })
  const write = compileSerializer(entity)
  /** By world, so that none outlives its own. */
  const pagesOf = rememberingObjects((_: World) => new WrittenPages())
  const written = new WeakMap<Thing<Data>, { readonly state: object; readonly text: string }>()
  /** As JSON. Things are what they are for ever: one that changes is another object. */
  const textOf = (
    context: AtlasContext,
    one: Thing<Data>,
    as: 'item' | 'one',
    now: number,
    isKept: boolean,
  ): string => {
    const state = isKept ? definition.state?.(one, now) : undefined
    if (!state) return write(tell(context, one, as, now))
    const known = written.get(one)
    if (known?.state === state) return known.text
    const text = write(tell(context, one, as, now))
    written.set(one, { state, text })
    return text
  }
  // Written out: to spread costs as much here as all the rest of making a thing.
  const working = (
    { world, privateNetworking }: AtlasContext,
    projectId: string,
    { now, plan, chance }: Making,
  ): Working => ({ now, plan, chance, world, privateNetworking, projectId })
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
          const refusal = new Refusal()
          const created = await world.create<Data>(name, project.id, (making) =>
            refusal.or(create.make(body, working(context, project.id, making)), undefined),
          )
          if (!created) throw refusal.error
          if (created === 'no owner') throw errors.groupNotFound.with({ groupId: project.id })
          if (created === 'taken') throw (create.taken as (body: never) => AtlasError)(body)
          return tell(context, created, 'created')
        },
      }),
    list &&
      operation(list, {
        method: 'GET',
        query: list.whole ? Flags : Paging,
        success: 200,
        answer: list.whole?.answer ?? PageOf(entity),
        work: (request, _reply, context) => {
          const { world, publicUrl, emptyFields } = context
          if (list.whole) {
            const now = world.now()
            const all = world.allOf<Data>(name, request.project.id, now)
            const told = list.whole.tell(all, request.project.id, { now, as: 'item', world, emptyFields })
            count(context, request, all, now)
            return told
          }
          const query = request.query as Paging
          // A page is of one moment.
          const now = world.now()
          const page = world.page<Data>(name, request.project.id, query.itemsPerPage, offsetOf(query), now)
          const url = request.raw.url as string
          const base = baseUrl(request, publicUrl)
          const pages = definition.state && pagesOf(world)
          const known = pages?.find(url, base, page, now)
          if (known !== undefined) return known
          const items = page.items.map((item) => textOf(context, item, 'item', now, page.isKept))
          const text = pageText(pageBody({ ...page, items }, request, query, base))
          pages?.add(url, base, page, now, text)
          count(context, request, page.items, now)
          return text
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
          const told = textOf(context, found, 'one', now, true)
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
          const { world } = context
          const { project } = request
          const refusal = new Refusal()
          const changed = await world.change<Data>(name, project.id, idOf(request), (before, making) => {
            const changing = working(context, project.id, making)
            const data = refusal.or(update.change(before, request.body as never, changing), undefined)
            return data === undefined ? before : { ...before, data }
          })
          if (!changed?.after) throw missing(idOf(request))
          if (refusal.error) throw refusal.error
          return tell(context, changed.after, 'one')
        },
      }),
    remove &&
      operation(remove, {
        method: 'DELETE',
        one: true,
        success: 204,
        answer: Type.Null({ description: 'No body' }) as TSchema,
        work: async (request, _reply, context) => {
          const { project } = request
          const refusal = new Refusal()
          const removed = await context.world.change<Data>(name, project.id, idOf(request), (before, making) =>
            refusal.or(remove.end(before, working(context, project.id, making)), before),
          )
          if (!removed) throw missing(idOf(request))
          if (refusal.error) throw refusal.error
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

/**
 * Carries an error out of a transaction, to be thrown behind it: thrown within, it would have what other requests write
 * in the same transaction undone and done again.
 */
class Refusal {
  error: AtlasError | undefined

  /** What was made; `instead` where an error came of it, which is kept. */
  or<T, I>(made: T | AtlasError, instead: I): T | I {
    if (!(made instanceof AtlasError)) return made
    this.error = made
    return instead
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
