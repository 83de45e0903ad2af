import type {
  Credential,
  CredentialKind,
  KnownCredential,
  PrivateEndpoint,
  Project,
  ResourceVersion,
  Transition,
} from '../store/records.js'
import type { Store } from '../store/store.js'
import type { CloudProvider, Region } from '../vocabulary.js'
import type { Clock } from './clock.js'
import { creation, deletion, type LifecyclePlan, stateAt } from './lifecycle.js'
import { objectIdGenerator } from './object-id.js'
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
  readonly #plan: LifecyclePlan
  readonly #nextId = objectIdGenerator()

  constructor(store: Store, clock: Clock, plan: LifecyclePlan) {
    this.#store = store
    this.#clock = clock
    this.#plan = plan
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
   * Undefined when the project already has an endpoint for these regions, one that is being deleted included.
   */
  createPrivateEndpoint(projectId: string, request: NewPrivateEndpoint): PrivateEndpointState | undefined {
    const now = this.#clock.now()
    const endpoint: PrivateEndpoint = {
      id: this.#nextId(now),
      projectId,
      cloudProvider: request.cloudProvider,
      regionName: request.regionName,
      vpcRegionName: request.vpcRegionName ?? request.regionName,
      transitions: creation(now, this.#plan),
      goneAt: null,
    }
    const created = this.#change(projectId, now, () => this.#store.privateEndpoints.insert(endpoint))
    return created ? describe(endpoint, endpoint.transitions[0]) : undefined
  }

  privateEndpoint(projectId: string, provider: CloudProvider, id: string): PrivateEndpointState | undefined {
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
    const now = this.#clock.now()
    const { privateEndpoints } = this.#store
    return {
      items: privateEndpoints
        .page(projectId, provider, now, limit, offset)
        .map((endpoint) => describe(endpoint, stateAt(endpoint.transitions, now))),
      total: privateEndpoints.count(projectId, provider, now),
    }
  }

  /** Starts the endpoint's deletion; false when there is no such endpoint. */
  deletePrivateEndpoint(projectId: string, provider: CloudProvider, id: string): boolean {
    const now = this.#clock.now()
    return this.#change(projectId, now, () => {
      const endpoint = this.#store.privateEndpoints.find(projectId, provider, id, now)
      if (endpoint) this.#store.privateEndpoints.update(deletion(endpoint, now, this.#plan))
      return endpoint !== undefined
    })
  }

  /** One transaction, which starts by removing the project's endpoints that have ceased to exist. */
  #change<T>(projectId: string, now: number, work: () => T): T {
    return this.#store.transaction(() => {
      this.#store.privateEndpoints.purge(projectId, now)
      return work()
    })
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
