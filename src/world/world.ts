import type {
  Credential,
  CredentialKind,
  KnownCredential,
  Lifecycle,
  Organization,
  Page,
  Project,
  ResourceVersion,
  Tenant,
  Thing,
} from '../store/records.js'
import type { Store } from '../store/store.js'
import type { ThingsOfKind } from '../store/things.js'
import { compareCodePoints } from '../values/code-points.js'
import type { Chance } from './chance.js'
import type { Clock } from './clock.js'
import { afterRead, awaitsReads, type ImpossibleMove, type LifecyclePlan, type Move, moved } from './lifecycle.js'
import type { IdSource } from './object-id.js'
import { callOffReplacement, makeRoom, putInPlace, settleReplaced } from './places.js'
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

/** How a thing is moved to another status by command. */
export interface Moving<Data> {
  /** The move, by the plan that holds for the thing. */
  readonly move: (thing: Thing<Data>, making: Making) => Move
  /** Where the thing stands alone, whether or not it holds the place. */
  readonly placeOf: (data: Data) => string
  /** What is made in the same place as one moves to PENDING_RECREATION; undefined for nothing. */
  readonly recreate: ((thing: Thing<Data>, at: number, making: Making) => Draft<Data>) | undefined
}

/** What has come of a wish to make, change or delete a project: the project, or why it was refused. */
export type Settled<Refusal> =
  | { readonly project: Project; readonly refusal?: undefined }
  | { readonly project?: undefined; readonly refusal: Refusal }

/** What a move has come to. */
export interface Moved<Data> {
  readonly thing: Thing<Data>
  /** The one that was made in its place. */
  readonly replacement: Thing<Data> | undefined
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

  organization(id: string): Organization | undefined {
    return this.#store.directory.organization(id)
  }

  /** The tenant that an organization is; undefined for another organization, and for none. */
  tenant(orgId: string | undefined): Tenant | undefined {
    return orgId === undefined ? undefined : this.#store.tenants.find(orgId)
  }

  project(id: string): Project | undefined {
    return this.#store.directory.project(id)
  }

  /** The projects that `credential` may see, or all of them, by name in code-point order. */
  projects(credential?: Credential): Project[] {
    return credential ? this.projectsOf(credential.orgId, credential) : this.#store.directory.projects()
  }

  /** The organization of `credential`, or all of them, by name in code-point order. */
  organizations(credential?: Credential): Organization[] {
    const { directory } = this.#store
    if (!credential) return [...directory.eachOrganization()].sort((a, b) => compareCodePoints(a.name, b.name))
    const own = directory.organization(credential.orgId)
    return own ? [own] : []
  }

  /**
   * Makes a project, which `owner` then owns; nobody where no credentials are asked for.
   * @param refuse says why the project must not be made, in the transaction that would make it
   */
  createProject<Refusal>(
    draft: Omit<Project, 'id' | 'created'>,
    owner: Credential | undefined,
    refuse: () => Refusal | undefined,
  ): Promise<Settled<Refusal>> {
    const { directory } = this.#store
    return this.#store.write(() => {
      const refusal = refuse()
      if (refusal !== undefined) return { refusal }
      const created = this.now()
      // Things know their owner by its id alone, whether that is a project or an organization.
      const isTaken = (made: string) => (directory.project(made) ?? directory.organization(made)) !== undefined
      const id = this.#newId(created, isTaken)
      const project = { ...draft, id, created }
      directory.addProject(project)
      // The credential may have got other roles since the request was looked at.
      const now = owner && directory.credential(owner.kind, owner.id)
      if (now) directory.setRoles(now, [...now.roles, { roleName: 'GROUP_OWNER', groupId: id }])
      return { project }
    })
  }

  /**
   * Changes a project's name, tags, alert setting or details.
   * @param refuse says why the change must not be made, in the transaction that would make it
   * @returns undefined when there is no such project any more
   */
  changeProject<Refusal>(
    id: string,
    change: (project: Project) => Project,
    refuse: (project: Project) => Refusal | undefined = () => undefined,
  ): Promise<Settled<Refusal> | undefined> {
    const { directory } = this.#store
    return this.#store.write(() => {
      const before = directory.project(id)
      if (!before) return undefined
      const refusal = refuse(before)
      if (refusal !== undefined) return { refusal }
      const project = change(before)
      directory.updateProject(project)
      return { project }
    })
  }

  /**
   * Deletes a project, all that it has, and the roles that credentials hold on it.
   * @param refuse says why the project has to stay, in the transaction that would delete it
   * @returns undefined when there is no such project any more
   */
  deleteProject<Refusal>(
    id: string,
    refuse: (project: Project) => Refusal | undefined,
  ): Promise<Settled<Refusal> | undefined> {
    const { directory, things } = this.#store
    return this.#store.write(() => {
      const project = directory.project(id)
      if (!project) return undefined
      const refusal = refuse(project)
      if (refusal !== undefined) return { refusal }
      things.clearOf(id)
      for (const credential of directory.credentialsOn(project)) {
        directory.setRoles(
          credential,
          credential.roles.filter((role) => !('groupId' in role) || role.groupId !== id),
        )
      }
      directory.removeProject(id)
      return { project }
    })
  }

  /** Whether the organization has a project with this name. */
  hasProjectNamed(orgId: string, name: string): boolean {
    return this.#store.directory.projectNamed(orgId, name) !== undefined
  }

  /** How many projects the organization has. */
  countProjects(orgId: string): number {
    return this.#store.directory.countProjects(orgId)
  }

  /** Those of the organization's projects that `credential` may see, or all of them, in the same order. */
  projectsOf(orgId: string, credential?: Credential): Project[] {
    const projects = this.#store.directory.projects(orgId)
    return credential ? projects.filter((project) => projectReadOnly.allows(credential, project)) : projects
  }

  /** The same object until the credential changes, or thousands of others have been read since. */
  credential(kind: CredentialKind, id: string): KnownCredential | undefined {
    return this.#store.directory.credential(kind, id)
  }

  /** The versions of a resource, oldest first, where the world has others than Atlas. The same array until they change. */
  versions(resource: string): readonly ResourceVersion[] | undefined {
    return this.#store.versions.all().get(resource)
  }

  /**
   * Makes a thing of a project's.
   * @param make says what it is like, or undefined for nothing, in the transaction that stores it
   * @returns `taken` when the project has a thing of this kind in the same place, one that is being deleted included;
   * `no owner` when there is no such project any more; undefined when nothing is made
   */
  create<Data>(
    kind: string,
    projectId: string,
    make: (making: Making) => Draft<Data> | undefined,
  ): Promise<Thing<Data> | 'taken' | 'no owner' | undefined> {
    return this.#store.write(() => {
      // The world may have been replaced since the request was looked at.
      const project = this.project(projectId)
      if (!project) return 'no owner'
      const now = this.now()
      const draft = make(this.#making(project, now))
      if (!draft) return undefined
      return this.#add(this.#store.things.of<Data>(kind), projectId, now, draft) ?? 'taken'
    })
  }

  #making(project: Project | undefined, now: number): Making {
    return { now, plan: this.#planOf(project), chance: this.#chance }
  }

  /** Stores a new thing in its place; undefined when that is taken. */
  #add<Data>(things: ThingsOfKind<Data>, ownerId: string, now: number, draft: Draft<Data>): Thing<Data> | undefined {
    // Written out: every create comes here, and to spread takes several times as long.
    const { place, data, transitions, goneAt, beginsAt } = draft
    const id = this.#newId(now, () => false)
    const thing: Thing<Data> = { id, ownerId, place, data, transitions, goneAt, beginsAt }
    if (putInPlace(things, thing, now)) return thing
    // Hardly ever something has the id, so that is asked only of a thing that could not be stored.
    return things.isTaken(thing.id) ? this.#add(things, ownerId, now, draft) : undefined
  }

  /** Undefined when the owner has no such thing. */
  find<Data>(kind: string, ownerId: string, id: string, now = this.now()): Thing<Data> | undefined {
    const found = this.#store.things.of<Data>(kind).find(id, now)
    return found?.ownerId === ownerId ? found : undefined
  }

  /** Every thing of this kind that the owner has, oldest first. */
  allOf<Data>(kind: string, ownerId: string, now = this.now()): Thing<Data>[] {
    return this.#store.things.of<Data>(kind).allOf(ownerId, now)
  }

  /** One page, oldest first: `limit` things from the `offset`-th on. */
  page<Data>(kind: string, ownerId: string, limit: number, offset: number, now: number): Page<Thing<Data>> {
    return this.#store.things.of<Data>(kind).page(ownerId, now, limit, offset)
  }

  /**
   * Counts an answer that shows these things as they are at `now`, for those whose status changes with reads. Those that await
   * none cost next to nothing.
   */
  countRead<Data>(kind: string, shown: readonly Thing<Data>[], now: number): void {
    if (!shown.some(awaitsReads)) return
    const things = this.#store.things.of<Data>(kind)
    this.#store.transaction(() => {
      for (const thing of shown.filter(awaitsReads)) {
        const after = afterRead(thing, now)
        if (after === thing) continue
        things.update(after)
        settleReplaced(things, after, now)
      }
    })
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
      const changed = change(before, this.#making(this.project(ownerId), now))
      if (!changed) things.remove(before)
      if (!changed || changed === before) return { before, after: changed }
      const after = callOffReplacement(things, before, changed, now)
      things.update(after)
      settleReplaced(things, after, now)
      return { before, after }
    })
  }

  /** The plan of every project without one of its own, as far as it has been set. */
  get lifecycle(): Lifecycle {
    return this.#store.properties.get('lifecycle') ?? {}
  }

  /**
   * Sets what becomes of new endpoints: in one project, where undefined is as everywhere, or, without `projectId`, in
   * all of them, whose own plans are then forgotten, but for those of tenants. An empty plan is as the settings say.
   */
  setLifecycle(lifecycle: Lifecycle | undefined, projectId?: string): void {
    this.#store.transaction(() => {
      if (projectId !== undefined) return this.#store.directory.setLifecycle(projectId, lifecycle)
      this.#store.directory.clearLifecycles()
      this.#store.properties.set('lifecycle', lifecycle ?? {})
    })
    this.#store.changes.watcher?.({ what: 'plan', project: projectId ?? null })
  }

  /**
   * Moves a thing that has a lifecycle to another status, whatever its project.
   * @returns the thing as stored; undefined when there is none; the statuses that it could be moved to when this one
   * is impossible; `taken` when it cannot come back since another has its place
   */
  move<Data>(
    kind: string,
    id: string,
    { move, placeOf, recreate }: Moving<Data>,
  ): Moved<Data> | ImpossibleMove | 'taken' | undefined {
    const now = this.now()
    const things = this.#store.things.of<Data>(kind)
    return this.#store.transaction(() => {
      const before = things.find(id, now)
      if (!before) return undefined
      const { ownerId } = before
      things.purge(ownerId, now)
      const making = this.#making(this.project(ownerId), now)
      const wanted = move(before, making)
      const { at, status } = wanted
      const result = moved(before, wanted, this.#chance)
      if ('from' in result) return result
      const isBack = status !== 'PENDING_RECREATION' && status !== 'DELETING'
      const kept = callOffReplacement(things, before, result, now)
      if (isBack && kept.place === null && !makeRoom(things, ownerId, placeOf(before.data), at)) return 'taken'
      const thing = isBack ? { ...kept, place: placeOf(before.data) } : kept
      things.update(thing)
      settleReplaced(things, thing, now)
      if (status !== 'PENDING_RECREATION' || !recreate) return { thing, replacement: undefined }
      const replacement = this.#add(things, ownerId, now, recreate(thing, at, making))
      if (!replacement) return { thing, replacement }
      settleReplaced(things, replacement, now)
      // It may be gone by now, where the new one takes no time to be made.
      return { thing: things.stored(id) as Thing<Data>, replacement }
    })
  }

  /** What becomes of private endpoints in the project. */
  #planOf(project: Project | undefined): LifecyclePlan {
    const lifecycle =
      project?.lifecycle ?? this.tenant(project?.orgId)?.lifecycle ?? this.#store.properties.get('lifecycle')
    return lifecycle ? { ...this.#defaults, ...lifecycle } : this.#defaults
  }
}
