import { parseRateLimit, writeRateLimit } from '../rate-limit.js'
import type { Credential, Lifecycle, PrivateEndpoint, Project, Role, Transition } from '../store/records.js'
import type { Store } from '../store/store.js'
import { isoDate, parseDuration, parseMoment, preciseDate, writeDuration } from '../time.js'
import type { Status } from '../vocabulary.js'
import type { Chance } from './chance.js'
import { type ClockSetting, latest, type SettableClock } from './clock.js'
import { seeded } from './fault-rule.js'
import { unusable } from './fixture.js'
import type {
  Fixture,
  FixtureApiKey,
  FixtureEndpoint,
  FixtureLifecycle,
  FixtureProject,
  FixtureServiceAccount,
} from './fixture-schema.js'
import { connectionName, creation, isConnected, type LifecyclePlan, stateAt, type Transitions } from './lifecycle.js'
import type { IdSource } from './object-id.js'

/** A world as a fixture tells it, where secrets may be left out. */
export type State = Omit<Fixture, 'apiKeys' | 'serviceAccounts'> & {
  apiKeys: (Omit<FixtureApiKey, 'privateKey'> & { privateKey?: string })[]
  serviceAccounts: (Omit<FixtureServiceAccount, 'clientSecret'> & { clientSecret?: string })[]
}

/** What a fixture is loaded into, and by what rules. */
export interface LoadTarget {
  readonly store: Store
  readonly clock: SettableClock
  /** Of endpoints whose project and world say nothing else. */
  readonly plan: LifecyclePlan
  /** Of endpoints, and of faults, that have none of their own. */
  readonly newEndpointId: IdSource
  readonly newFaultId: IdSource
  readonly chance: Chance
}

/**
 * Replaces the world by that of the fixture, in a transaction that is under way. What the clock then says is for the
 * caller to set, once all is kept.
 * @param source what to call the fixture in messages
 * @param takenAt when the world was the fixture's: what was to come then, comes as much later now
 * @throws {FixtureError} when its clock would leave the years that there are
 */
export function loadFixture(
  fixture: Fixture,
  source: string,
  { store, clock, plan, newEndpointId, newFaultId, chance }: LoadTarget,
  takenAt?: number,
): ClockSetting {
  const setting = toClockSetting(fixture.clock)
  const now = clock.nowUnder(setting)
  if (now < 0 || now >= latest) {
    throw unusable(source, [{ pointer: '/clock', text: 'leads to a time before 1970 or after 9998' }])
  }
  const load = new Load(now, takenAt === undefined ? 0 : now - takenAt, chance)
  const lifecycle = fixture.lifecycle && toLifecycle(fixture.lifecycle)
  store.clear()
  store.properties.set('clock', setting)
  if (lifecycle) store.properties.set('lifecycle', lifecycle)
  for (const { id, name, apiAccessListRequired = false } of fixture.organizations) {
    store.directory.addOrganization({ id, name, apiAccessListRequired })
  }
  const endpoints = fixture.projects.flatMap(({ privateEndpoints = [] }) => privateEndpoints)
  const endpointIds = new Set(endpoints.map(({ id }) => id))
  const faultIds = new Set(fixture.faults?.map(({ id }) => id))
  for (const project of fixture.projects) {
    const record = toProject(project, now)
    store.directory.addProject(record)
    for (const endpoint of project.privateEndpoints ?? []) {
      const ownPlan = { ...plan, ...(record.lifecycle ?? lifecycle) }
      const id = endpoint.id ?? newEndpointId(now, (made) => endpointIds.has(made))
      store.privateEndpoints.insert(load.privateEndpoint(endpoint, project.id, id, ownPlan))
    }
  }
  for (const { publicKey, privateKey, ...rest } of fixture.apiKeys ?? []) {
    store.directory.addCredential(toCredential('apiKey', publicKey, privateKey, rest))
  }
  for (const { clientId, clientSecret, ...rest } of fixture.serviceAccounts ?? []) {
    store.directory.addCredential(toCredential('serviceAccount', clientId, clientSecret, rest))
  }
  for (const { date, sunset } of fixture.privateEndpointVersions ?? []) store.versions.add({ date, sunset })
  for (const { id, matched = 0, fired = 0, ...rule } of fixture.faults ?? []) {
    const own = id ?? newFaultId(now, (made) => faultIds.has(made))
    store.faults.add({ id: own, rule: seeded(rule, chance), matched, fired })
  }
  return setting
}

/** The world as it is, as a fixture that brings it back. */
export function exportState(store: Store, clock: SettableClock, { secrets }: { secrets: boolean }): State {
  const now = clock.now()
  const { setting } = clock
  const credentials = store.directory.credentials()
  const versions = store.versions.all()
  const lifecycle = store.properties.get('lifecycle')
  const faults = store.faults.all()
  const isSystemTime = 'offset' in setting && setting.offset === 0
  return {
    organizations: store.directory.organizations().map(({ id, name, apiAccessListRequired }) => ({
      id,
      name,
      ...(apiAccessListRequired && { apiAccessListRequired }),
    })),
    projects: store.directory.projects().map((project) => ({
      ...fromProject(project),
      ...given(
        'privateEndpoints',
        store.privateEndpoints.allOf(project.id, now).map((one) => fromEndpoint(one, now)),
      ),
    })),
    apiKeys: credentials
      .filter(({ kind }) => kind === 'apiKey')
      .map(({ id, secret, ...rest }) => ({
        publicKey: id,
        ...(secrets && { privateKey: secret }),
        ...fromCredential(rest),
      })),
    serviceAccounts: credentials
      .filter(({ kind }) => kind === 'serviceAccount')
      .map(({ id, secret, ...rest }) => ({
        clientId: id,
        ...(secrets && { clientSecret: secret }),
        ...fromCredential(rest),
      })),
    ...given(
      'privateEndpointVersions',
      versions.map(({ date, sunset }) => ({ date, ...(sunset !== undefined && { sunset }) })),
    ),
    ...(lifecycle && { lifecycle: fromLifecycle(lifecycle) }),
    ...(!isSystemTime && { clock: 'frozen' in setting ? { frozen: preciseDate(setting.frozen) } : setting }),
    ...given(
      'faults',
      faults.map(({ id, rule, matched, fired }) => ({
        id,
        ...rule,
        ...(matched > 0 && { matched }),
        ...(fired > 0 && { fired }),
      })),
    ),
  }
}

/** A property that is left out when it is empty. */
function given<K extends string, T>(name: K, values: T[]): { [N in K]?: T[] } {
  return values.length > 0 ? ({ [name]: values } as { [N in K]: T[] }) : {}
}

function toClockSetting(clock: Fixture['clock']): ClockSetting {
  if (clock?.frozen !== undefined) return { frozen: parseMoment(clock.frozen) as number }
  return { offset: clock?.offset ?? 0 }
}

/** The times of a plan that has passed the schema, in milliseconds. */
export function toLifecycle({ provisioning, activeAfter, deletion, ...rest }: FixtureLifecycle): Lifecycle {
  return {
    ...rest,
    ...(provisioning !== undefined && {
      provisioning: provisioning === 'manual' ? provisioning : milliseconds(provisioning),
    }),
    ...(activeAfter !== undefined && { activeAfter: milliseconds(activeAfter) }),
    ...(deletion !== undefined && { deletion: milliseconds(deletion) }),
  }
}

/** The plan as a fixture has it. */
export function fromLifecycle({ provisioning, activeAfter, deletion, ...rest }: Lifecycle): FixtureLifecycle {
  return {
    ...(provisioning !== undefined && {
      provisioning: provisioning === 'manual' ? provisioning : writeDuration(provisioning),
    }),
    ...rest,
    ...(activeAfter !== undefined && { activeAfter: writeDuration(activeAfter) }),
    ...(deletion !== undefined && { deletion: writeDuration(deletion) }),
  }
}

function toCredential(
  kind: Credential['kind'],
  id: string,
  secret: string,
  { orgId, roles, accessList = [] }: Pick<FixtureApiKey, 'orgId' | 'roles' | 'accessList'>,
): Credential {
  return { kind, id, secret, orgId, roles: roles as readonly Role[], accessList }
}

function fromCredential({ orgId, roles, accessList }: Pick<Credential, 'orgId' | 'roles' | 'accessList'>) {
  return { orgId, roles: [...roles], ...given('accessList', [...accessList]) }
}

function toProject(project: FixtureProject, now: number): Project {
  return {
    id: project.id,
    orgId: project.orgId,
    name: project.name,
    created: project.created === undefined ? now : Date.parse(project.created),
    clusterCount: project.clusterCount ?? 0,
    tags: project.tags ?? [],
    withDefaultAlertsSettings: project.withDefaultAlertsSettings ?? true,
    rateLimit: project.rateLimit === undefined ? undefined : parseRateLimit(project.rateLimit),
    lifecycle: project.lifecycle && toLifecycle(project.lifecycle),
  }
}

function fromProject({ created, tags, rateLimit, lifecycle, ...rest }: Project): FixtureProject {
  return {
    ...rest,
    created: isoDate(created),
    ...given('tags', [...tags]),
    ...(rateLimit !== undefined && { rateLimit: writeRateLimit(rateLimit) }),
    ...(lifecycle && { lifecycle: fromLifecycle(lifecycle) }),
  }
}

/** How a fixture's endpoints stand at the time of its loading. */
class Load {
  readonly #now: number
  readonly #shift: number
  readonly #chance: Chance

  /** @param shift how much later than told things come that have a moment of their own */
  constructor(now: number, shift: number, chance: Chance) {
    this.#now = now
    this.#shift = shift
    this.#chance = chance
  }

  privateEndpoint(endpoint: FixtureEndpoint, projectId: string, id: string, plan: LifecyclePlan): PrivateEndpoint {
    const { cloudProvider, regionName, vpcRegionName, goneAfter, goneAt } = endpoint
    return {
      id,
      projectId,
      cloudProvider: cloudProvider ?? 'AWS',
      regionName,
      vpcRegionName: vpcRegionName ?? regionName,
      transitions: this.#transitions(endpoint, plan),
      goneAt: goneAfter === undefined && goneAt === undefined ? null : this.#time(goneAfter, goneAt),
    }
  }

  #transitions(endpoint: FixtureEndpoint, plan: LifecyclePlan): Transitions {
    if (endpoint.status === undefined) return creation(this.#now, plan, this.#chance)
    const name = endpoint.privateEndpointConnectionName ?? connectionName(this.#chance)
    const at = (time: number, state: Omit<FixtureEndpoint, 'regionName'> & { status: Status }): Transition => ({
      at: time,
      status: state.status,
      errorMessage: state.errorMessage ?? null,
      privateEndpointConnectionName:
        state.privateEndpointConnectionName !== undefined
          ? state.privateEndpointConnectionName
          : isConnected(state.status)
            ? name
            : null,
    })
    const { status, transitions = [] } = endpoint
    const later = transitions.map((transition) => at(this.#time(transition.after, transition.at), transition))
    return [at(Math.min(this.#now, later[0]?.at ?? this.#now), { ...endpoint, status }), ...later]
  }

  /** So long after now, or at a moment. */
  #time(duration: string | undefined, moment: string | undefined): number {
    if (duration !== undefined) return this.#now + milliseconds(duration)
    return (parseMoment(moment as string) as number) + this.#shift
  }
}

function fromEndpoint(endpoint: PrivateEndpoint, now: number): FixtureEndpoint {
  const { id, cloudProvider, regionName, vpcRegionName, transitions, goneAt } = endpoint
  const current = stateAt(transitions, now)
  const state = ({ status, errorMessage, privateEndpointConnectionName }: Transition) => ({
    status,
    ...(errorMessage !== null && { errorMessage }),
    privateEndpointConnectionName,
  })
  return {
    id,
    cloudProvider,
    regionName,
    vpcRegionName,
    ...state(current),
    ...given(
      'transitions',
      transitions
        .slice(transitions.indexOf(current) + 1)
        .map((transition) => ({ at: preciseDate(transition.at), ...state(transition) })),
    ),
    ...(goneAt !== null && { goneAt: preciseDate(goneAt) }),
  }
}

/** Of a duration that has passed the schema. */
function milliseconds(duration: string): number {
  return parseDuration(duration) as number
}
