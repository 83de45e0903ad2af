import type {
  Credential,
  CredentialKind,
  KnownCredential,
  Lifecycle,
  Project,
  ResourceVersion,
  Thing,
} from '../store/records.js'
import type { Store } from '../store/store.js'
import type { Chance } from './chance.js'
import type { Clock } from './clock.js'
import { type ImpossibleMove, type LifecyclePlan, type Move, moved } from './lifecycle.js'
import type { IdSource } from './object-id.js'
import { projectReadOnly } from './roles.js'

/** A thing that is about to be made: all of it but its id and its owner. */
export type Draft<Data> = Omit<Thing<Data>, 'id' | 'ownerId'>

/** What a thing that is about to be made can be made of. */
export interface Making {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** What becomes of private endpoints in the project. */
  readonly plan: LifecyclePlan
  /** For what has to be made up. */
  readonly chance: Chance
}

export interface Page<T> {
  readonly items: T[]
  /** How many there are on all pages. */
  readonly total: number
}

/** What Atlas knows: projects, credentials and the things that projects have, as they are by the clock. */
export class World {
  readonly #store: Store
  readonly #clock: Clock
  readonly #defaults: LifecyclePlan
  readonly #newId: IdSource
  readonly #chance: Chance

  /**
   * @param defaults what becomes of endpoints as far as neither their project nor the world says
   * @param newId makes the ids of things
   * @param chance makes up the names of their connections
   */
  constructor(store: Store, clock: Clock, defaults: LifecyclePlan, newId: IdSource, chance: Chance) {
    this.#store = store
    this.#clock = clock
    this.#defaults = defaults
    this.#newId = newId
    this.#chance = chance
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#clock.now()
  }

  project(id: string): Project | undefined {
    return this.#store.directory.project(id)
  }

  /** The projects that `credential` may see, or all of them, by name in code-point order. */
  projects(credential?: Credential): Project[] {
    const { directory } = this.#store
    if (!credential) return directory.projects()
    return directory.projects(credential.orgId).filter((project) => projectReadOnly.allows(credential, project))
  }

  /** The same object each time. */
  credential(kind: CredentialKind, id: string): KnownCredential | undefined {
    return this.#store.directory.credential(kind, id)
  }

  /** The versions of a resource, oldest first, where the world has others than Atlas. The same array until they change. */
  versions(resource: string): readonly ResourceVersion[] | undefined {
    return this.#store.versions.all().get(resource)
  }

  /**
   * Makes a thing of a project's.
   * @param make says what it is like
   * @returns `taken` when the project has a thing of this kind in the same place, one that is being deleted included;
   * `no owner` when there is no such project any more
   */
  create<Data>(
    kind: string,
    projectId: string,
    make: (making: Making) => Draft<Data>,
  ): Promise<Thing<Data> | 'taken' | 'no owner'> {
    return this.#store.write(() => {
      // The world may have been replaced since the request was looked at.
      if (!this.project(projectId)) return 'no owner'
      const now = this.now()
      const things = this.#store.things.of<Data>(kind)
      const thing: Thing<Data> = {
        id: this.#newId(now, (id) => things.isTaken(id)),
        ownerId: projectId,
        ...make({ now, plan: this.planOf(projectId), chance: this.#chance }),
      }
      // What has ceased to exist is removed only when it is in the way.
      const isCreated = things.insert(thing) || (things.purge(projectId, now) && things.insert(thing))
      return isCreated ? thing : 'taken'
    })
  }

  /** Undefined when the owner has no such thing. */
  find<Data>(kind: string, ownerId: string, id: string): Thing<Data> | undefined {
    const found = this.#store.things.of<Data>(kind).find(id, this.now())
    return found?.ownerId === ownerId ? found : undefined
  }

  /** Every thing of this kind that the owner has, oldest first. */
  allOf<Data>(kind: string, ownerId: string): Thing<Data>[] {
    return this.#store.things.of<Data>(kind).allOf(ownerId, this.now())
  }

  /** One page, oldest first: `limit` things from the `offset`-th on. */
  page<Data>(kind: string, ownerId: string, limit: number, offset: number): Page<Thing<Data>> {
    return this.#store.things.of<Data>(kind).page(ownerId, this.now(), limit, offset)
  }

  /**
   * Changes a thing, or with undefined removes it.
   * @returns the thing as it was and as it is; undefined when the owner has no such thing
   */
  change<Data>(
    kind: string,
    ownerId: string,
    id: string,
    change: (thing: Thing<Data>, making: Making) => Thing<Data> | undefined,
  ): Promise<{ readonly before: Thing<Data>; readonly after: Thing<Data> | undefined } | undefined> {
    return this.#store.write(() => {
      const now = this.now()
      const things = this.#store.things.of<Data>(kind)
      things.purge(ownerId, now)
      const before = this.find<Data>(kind, ownerId, id)
      if (!before) return undefined
      const after = change(before, { now, plan: this.planOf(ownerId), chance: this.#chance })
      if (!after) things.remove(before)
      else if (after !== before) things.update(after)
      return { before, after }
    })
  }

  /** The plan of every project without one of its own, as far as it has been set. */
  get lifecycle(): Lifecycle {
    return this.#store.properties.get('lifecycle') ?? {}
  }

  /**
   * Sets what becomes of new endpoints: in one project, where undefined is as everywhere, or, without `projectId`, in
   * all of them, whose own plans are then forgotten. An empty plan is as the settings say.
   */
  setLifecycle(lifecycle: Lifecycle | undefined, projectId?: string): void {
    this.#store.transaction(() => {
      if (projectId !== undefined) return this.#store.directory.setLifecycle(projectId, lifecycle)
      this.#store.directory.clearLifecycles()
      this.#store.properties.set('lifecycle', lifecycle ?? {})
    })
  }

  /**
   * Moves a thing that has a lifecycle to another status, whatever its project.
   * @param move made of the plan that holds for it, and the time that it is
   * @returns the thing as stored; undefined when there is none; the statuses that it could be moved to when this one
   * is impossible
   */
  move<Data>(
    kind: string,
    id: string,
    move: (plan: LifecyclePlan, now: number) => Move,
  ): Thing<Data> | ImpossibleMove | undefined {
    const now = this.now()
    const things = this.#store.things.of<Data>(kind)
    return this.#store.transaction(() => {
      const thing = things.find(id, now)
      if (!thing) return undefined
      things.purge(thing.ownerId, now)
      const result = moved(thing, move(this.planOf(thing.ownerId), now), this.#chance)
      if ('id' in result) things.update(result)
      return result
    })
  }

  /** What becomes of private endpoints in the project. */
  planOf(projectId: string): LifecyclePlan {
    return { ...this.#defaults, ...(this.#store.directory.project(projectId)?.lifecycle ?? this.lifecycle) }
  }
}
