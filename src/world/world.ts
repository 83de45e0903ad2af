import type {
  Credential,
  CredentialKind,
  KnownCredential,
  Lifecycle,
  PrivateEndpoint,
  Project,
  ResourceVersion,
  Transition,
} from '../store/records.js'
import type { Store } from '../store/store.js'
import type { CloudProvider, Region } from '../values/vocabulary.js'
import type { Chance } from './chance.js'
import type { Clock } from './clock.js'
import { creation, deletion, type ImpossibleMove, type LifecyclePlan, type Move, moved, stateAt } from './lifecycle.js'
import type { IdSource } from './object-id.js'
import { viewProject } from './roles.js'

/** A private endpoint as it is at one moment. */
export interface PrivateEndpointState extends Omit<Transition, 'at'> {
  readonly id: string
  readonly cloudProvider: CloudProvider
  readonly regionName: Region
  readonly vpcRegionName: Region
}

export interface NewPrivateEndpoint {
  readonly cloudProvider: CloudProvider
  readonly regionName: Region
  /** Defaults to `regionName`. */
  readonly vpcRegionName?: Region
}

export interface Page<T> {
  readonly items: T[]
  /** How many there are on all pages. */
  readonly total: number
}

/** What Atlas knows: projects, credentials and private endpoints, as they are by the clock. */
export class World {
  readonly #store: Store
  readonly #clock: Clock
  readonly #defaults: LifecyclePlan
  readonly #newId: IdSource
  readonly #chance: Chance

  /**
   * @param defaults what becomes of endpoints as far as neither their project nor the world says
   * @param newId makes the ids of endpoints
   * @param chance makes up the names of their connections
   */
  constructor(store: Store, clock: Clock, defaults: LifecyclePlan, newId: IdSource, chance: Chance) {
    this.#store = store
    this.#clock = clock
    this.#defaults = defaults
    this.#newId = newId
    this.#chance = chance
  }

  project(id: string): Project | undefined {
    return this.#store.directory.project(id)
  }

  /** The projects that `credential` may see, or all of them, by name in code-point order. */
  projects(credential?: Credential): Project[] {
    const { directory } = this.#store
    if (!credential) return directory.projects()
    return directory.projects(credential.orgId).filter((project) => viewProject(credential, project))
  }

  /** The same object each time. */
  credential(kind: CredentialKind, id: string): KnownCredential | undefined {
    return this.#store.directory.credential(kind, id)
  }

  /**
   * The versions of the private endpoints' resource, oldest first, where they are others than Atlas's. The same array
   * until they change.
   */
  privateEndpointVersions(): readonly ResourceVersion[] | undefined {
    const versions = this.#store.versions.all()
    return versions.length > 0 ? versions : undefined
  }

  /**
   * The endpoint as it starts, even when it takes no time to be made.
   * @returns `exists` when the project already has an endpoint for these regions, one that is being deleted included;
   * `no project` when there is none any more
   */
  createPrivateEndpoint(
    projectId: string,
    request: NewPrivateEndpoint,
  ): Promise<PrivateEndpointState | 'exists' | 'no project'> {
    return this.#store.write(() => {
      // The world may have been replaced since the request was looked at.
      if (!this.project(projectId)) return 'no project'
      const now = this.#clock.now()
      const { privateEndpoints } = this.#store
      const endpoint: PrivateEndpoint = {
        id: this.#newId(now, (id) => privateEndpoints.isTaken(id)),
        projectId,
        cloudProvider: request.cloudProvider,
        regionName: request.regionName,
        vpcRegionName: request.vpcRegionName ?? request.regionName,
        transitions: creation(now, this.#planOf(projectId), this.#chance),
        goneAt: null,
      }
      // What has ceased to exist is removed when it is in the way.
      const isCreated =
        privateEndpoints.insert(endpoint) ||
        (privateEndpoints.purge(projectId, now) && privateEndpoints.insert(endpoint))
      return isCreated ? describe(endpoint, endpoint.transitions[0]) : 'exists'
    })
  }

  privateEndpoint(projectId: string, provider: CloudProvider, id: string): PrivateEndpointState | undefined {
    this.#store.settle()
    const now = this.#clock.now()
    const endpoint = this.#store.privateEndpoints.find(projectId, provider, id, now)
    return endpoint && describe(endpoint, stateAt(endpoint.transitions, now))
  }

  /** One page, oldest first: `limit` endpoints from the `offset`-th on. */
  privateEndpoints(
    projectId: string,
    provider: CloudProvider,
    limit: number,
    offset: number,
  ): Page<PrivateEndpointState> {
    this.#store.settle()
    const now = this.#clock.now()
    const { privateEndpoints } = this.#store
    const { items, total } = privateEndpoints.page(projectId, provider, now, limit, offset)
    return { items: items.map((endpoint) => describe(endpoint, stateAt(endpoint.transitions, now))), total }
  }

  /** Starts the endpoint's deletion; false when there is no such endpoint. */
  deletePrivateEndpoint(projectId: string, provider: CloudProvider, id: string): Promise<boolean> {
    return this.#store.write(() => {
      const now = this.#clock.now()
      this.#store.privateEndpoints.purge(projectId, now)
      const endpoint = this.#store.privateEndpoints.find(projectId, provider, id, now)
      if (endpoint) this.#store.privateEndpoints.update(deletion(endpoint, now, this.#planOf(projectId)))
      return endpoint !== undefined
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
   * Moves an endpoint to another status, whatever its project.
   * @param move made of the plan that holds for the endpoint, and the time that it is
   * @returns the endpoint as stored; undefined when there is none; the statuses that it could be moved to when this one
   * is impossible
   */
  movePrivateEndpoint(
    id: string,
    move: (plan: LifecyclePlan, now: number) => Move,
  ): PrivateEndpoint | ImpossibleMove | undefined {
    const now = this.#clock.now()
    return this.#store.transaction(() => {
      const endpoint = this.#store.privateEndpoints.findAnywhere(id, now)
      if (!endpoint) return undefined
      this.#store.privateEndpoints.purge(endpoint.projectId, now)
      const result = moved(endpoint, move(this.#planOf(endpoint.projectId), now), this.#chance)
      if ('id' in result) this.#store.privateEndpoints.update(result)
      return result
    })
  }

  #planOf(projectId: string): LifecyclePlan {
    return { ...this.#defaults, ...(this.#store.directory.project(projectId)?.lifecycle ?? this.lifecycle) }
  }
}

function describe(endpoint: PrivateEndpoint, state: Transition): PrivateEndpointState {
  const { status, errorMessage, privateEndpointConnectionName } = state
  return {
    id: endpoint.id,
    cloudProvider: endpoint.cloudProvider,
    regionName: endpoint.regionName,
    vpcRegionName: endpoint.vpcRegionName,
    status,
    errorMessage,
    privateEndpointConnectionName,
  }
}
