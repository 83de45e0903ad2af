import { parseRateLimit } from '../rate-limit.js'
import { ajv, type Violation } from '../schema.js'
import type { Credential, PrivateEndpoint, Project, Role, Transition } from '../store/records.js'
import type { Store } from '../store/store.js'
import { isoDate, parseDuration } from '../time.js'
import { type Status, statuses } from '../vocabulary.js'
import {
  type Fixture,
  type FixtureApiKey,
  type FixtureEndpoint,
  type FixtureProject,
  type FixtureRole,
  FixtureSchema,
} from './fixture-schema.js'
import { connectionName, creation, type LifecyclePlan, type Transitions } from './lifecycle.js'
import { objectIdGenerator } from './object-id.js'

/** A fixture cannot be used; `message` names its source, the JSON path, what was found and what is allowed. */
export class FixtureError extends Error {}

const validate = ajv.compile<Fixture>(FixtureSchema)
const mostProblemsShown = 10

/**
 * Reads a fixture's text.
 * @param source what to call it in messages: a file's path, or the name of a fixture that comes with the emulator
 * @throws {FixtureError} when it is no JSON, does not fit `FixtureSchema`, or contradicts itself
 */
export function parseFixture(text: string, source: string): Fixture {
  const fixture = parseJson(text, source)
  const problems = validate(fixture) ? contradictions(fixture) : (validate.errors as Violation[]).map(explain)
  if (problems.length > 0) {
    const shown = problems.slice(0, mostProblemsShown)
    if (shown.length < problems.length) shown.push(`and ${problems.length - shown.length} more`)
    throw new FixtureError(`The fixture ${source} cannot be used:\n${shown.map((line) => `  ${line}`).join('\n')}`)
  }
  return fixture as Fixture
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const message = (error as Error).message.replace(/\s+/g, ' ')
    throw new FixtureError(`The fixture ${source} is no JSON: ${message}`)
  }
}

/** RFC 9535, from Ajv's JSON Pointer. */
function jsonPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .reduce((path, step) => path + (/^[0-9]+$/.test(step) ? `[${step}]` : `.${step}`), '$')
}

function explain({ instancePath, keyword, params, data, parentSchema }: Violation): string {
  const path = jsonPath(instancePath)
  if (keyword === 'additionalProperties') {
    const allowed = Object.keys(parentSchema?.properties).join(', ')
    return `${path}: found the unknown property ${JSON.stringify(params.additionalProperty)}; allowed: ${allowed}`
  }
  if (keyword === 'required') return `${path}: the property ${JSON.stringify(params.missingProperty)} is missing`
  const allowed: string =
    keyword === 'enum' ? params.allowedValues.join(', ') : [parentSchema?.type].flat().join(' or ')
  const about = keyword !== 'enum' && parentSchema?.description ? ` (${parentSchema.description})` : ''
  const bound = bounds[keyword]?.(params.limit) ?? ''
  return `${path}: found ${show(data)}; allowed: ${allowed}${bound}${about}`
}

const bounds: Readonly<Record<string, (limit: number) => string>> = {
  minimum: (limit) => ` from ${limit}`,
  maximum: (limit) => ` up to ${limit}`,
  minItems: () => ', not empty',
  minLength: () => ', not empty',
}

function show(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** What the schema cannot say: ids that are used twice or by nobody, roles in the wrong place, times out of order. */
function contradictions(fixture: Fixture): string[] {
  const problems: string[] = []
  const organizations = new Set<string>()
  const projects = new Map<string, string>()
  const endpoints = new Set<string>()
  const credentials = new Set<string>()

  const once = (seen: { has(id: string): boolean }, id: string, path: string) => {
    if (seen.has(id)) problems.push(`${path}: found ${show(id)}, which another entry has; allowed: an id of its own`)
  }
  const organization = (id: string, path: string) => {
    if (!organizations.has(id)) {
      problems.push(`${path}: found ${show(id)}; allowed: the id of one of the fixture's organizations`)
    }
  }

  fixture.organizations.forEach(({ id }, i) => {
    once(organizations, id, `$.organizations[${i}].id`)
    organizations.add(id)
  })

  fixture.projects.forEach((project, i) => {
    const path = `$.projects[${i}]`
    once(projects, project.id, `${path}.id`)
    projects.set(project.id, project.orgId)
    organization(project.orgId, `${path}.orgId`)
    if (project.created !== undefined && !isMoment(project.created)) {
      problems.push(`${path}.created: found ${show(project.created)}; allowed: a date and time that exist`)
    }
    const places = new Set<string>()
    project.privateEndpoints?.forEach((endpoint, j) => {
      const at = `${path}.privateEndpoints[${j}]`
      const place = `${endpoint.regionName} ${endpoint.vpcRegionName ?? endpoint.regionName}`
      if (places.has(place)) {
        problems.push(
          `${at}: found a second endpoint for ${place}; allowed: one for each pair of regionName and vpcRegionName`,
        )
      }
      places.add(place)
      if (endpoint.id !== undefined) {
        once(endpoints, endpoint.id, `${at}.id`)
        endpoints.add(endpoint.id)
      }
      const stateless = ['errorMessage', 'privateEndpointConnectionName', 'transitions'].filter(
        (key) => key in endpoint,
      )
      if (endpoint.status === undefined && stateless.length > 0) {
        const allowed = statuses.join(', ')
        problems.push(`${at}: found ${stateless.join(', ')} without a status; allowed: ${allowed} as its status`)
      }
      const states = [endpoint, ...(endpoint.transitions ?? [])]
      if (states.some(({ status, errorMessage }) => errorMessage && status && status !== 'FAILED')) {
        problems.push(`${at}: found an errorMessage with another status than FAILED; allowed: one with FAILED`)
      }
      endpoint.transitions?.reduce((latest, { after }, k) => {
        const time = milliseconds(after)
        if (time < latest) {
          problems.push(`${at}.transitions[${k}].after: found ${show(after)}, which comes before the one above it`)
        }
        return time
      }, 0)
    })
  })

  const credential = (id: string, idPath: string, path: string, orgId: string, roles: readonly FixtureRole[]) => {
    once(credentials, id, idPath)
    credentials.add(id)
    organization(orgId, `${path}.orgId`)
    roles.forEach(({ roleName, ...scope }, i) => {
      const at = `${path}.roles[${i}]`
      if (roleName.startsWith('ORG_')) {
        if (scope.orgId !== orgId || scope.groupId !== undefined) {
          problems.push(`${at}: found ${show(scope)}; allowed: {"orgId":"${orgId}"}, the credential's organization`)
        }
      } else if (scope.groupId === undefined || scope.orgId !== undefined || projects.get(scope.groupId) !== orgId) {
        problems.push(`${at}: found ${show(scope)}; allowed: a groupId, one of the organization's projects`)
      }
    })
  }
  fixture.apiKeys?.forEach(({ publicKey, orgId, roles }, i) => {
    const path = `$.apiKeys[${i}]`
    credential(publicKey, `${path}.publicKey`, path, orgId, roles)
  })
  fixture.serviceAccounts?.forEach(({ clientId, orgId, roles }, i) => {
    const path = `$.serviceAccounts[${i}]`
    credential(clientId, `${path}.clientId`, path, orgId, roles)
  })
  fixture.privateEndpointVersions?.forEach(({ date, sunset }, i, versions) => {
    const path = `$.privateEndpointVersions[${i}]`
    const previous = versions[i - 1]
    if (previous && date <= previous.date) {
      problems.push(
        `${path}.date: found ${show(date)}; allowed: a day after ${previous.date}, that of the version above`,
      )
    }
    const least = versions[i + 1]?.date ?? date
    if (sunset !== undefined && sunset <= least) {
      problems.push(
        `${path}.sunset: found ${show(sunset)}; allowed: a day after ${least}, when ${least === date ? 'it is released' : 'the version below succeeds it'}`,
      )
    }
  })
  return problems
}

/** Puts the fixture into the store, as of `now` (milliseconds since the epoch). Call it in a transaction. */
export function loadFixture(fixture: Fixture, store: Store, now: number, plan: LifecyclePlan): void {
  const nextId = objectIdGenerator()
  for (const { id, name, apiAccessListRequired = false } of fixture.organizations) {
    store.directory.addOrganization({ id, name, apiAccessListRequired })
  }
  for (const project of fixture.projects) {
    store.directory.addProject(toProject(project, now))
    for (const endpoint of project.privateEndpoints ?? []) {
      store.privateEndpoints.insert(toPrivateEndpoint(endpoint, project.id, nextId(now), now, plan))
    }
  }
  for (const { publicKey, privateKey, ...rest } of fixture.apiKeys ?? []) {
    store.directory.addCredential(toCredential('apiKey', publicKey, privateKey, rest))
  }
  for (const { clientId, clientSecret, ...rest } of fixture.serviceAccounts ?? []) {
    store.directory.addCredential(toCredential('serviceAccount', clientId, clientSecret, rest))
  }
  for (const { date, sunset } of fixture.privateEndpointVersions ?? []) store.versions.add({ date, sunset })
}

function toCredential(
  kind: Credential['kind'],
  id: string,
  secret: string,
  { orgId, roles, accessList = [] }: Pick<FixtureApiKey, 'orgId' | 'roles' | 'accessList'>,
): Credential {
  return { kind, id, secret, orgId, roles: roles as readonly Role[], accessList }
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
  }
}

function toPrivateEndpoint(
  endpoint: FixtureEndpoint,
  projectId: string,
  id: string,
  now: number,
  plan: LifecyclePlan,
): PrivateEndpoint {
  return {
    id: endpoint.id ?? id,
    projectId,
    cloudProvider: endpoint.cloudProvider ?? 'AWS',
    regionName: endpoint.regionName,
    vpcRegionName: endpoint.vpcRegionName ?? endpoint.regionName,
    transitions: toTransitions(endpoint, now, plan),
    goneAt: null,
  }
}

/** Statuses in which the interface endpoint exists, so that its name shows. */
const connected: readonly Status[] = ['PENDING_ACCEPTANCE', 'ACTIVE', 'PENDING_RECREATION', 'DELETING']

function toTransitions(endpoint: FixtureEndpoint, now: number, plan: LifecyclePlan): Transitions {
  if (endpoint.status === undefined) return creation(now, plan)
  const name = endpoint.privateEndpointConnectionName ?? connectionName()
  const at = (time: number, state: Omit<FixtureEndpoint, 'regionName'> & { status: Status }): Transition => ({
    at: time,
    status: state.status,
    errorMessage: state.errorMessage ?? null,
    privateEndpointConnectionName:
      state.privateEndpointConnectionName !== undefined
        ? state.privateEndpointConnectionName
        : connected.includes(state.status)
          ? name
          : null,
  })
  const { status, transitions = [] } = endpoint
  return [
    at(now, { ...endpoint, status }),
    ...transitions.map((transition) => at(now + milliseconds(transition.after), transition)),
  ]
}

/** Of a duration that has passed the schema. */
function milliseconds(duration: string): number {
  return parseDuration(duration) as number
}

/** Of a `created` that has passed the schema: `2026-02-30T…` has, but is no day. */
function isMoment(created: string): boolean {
  const time = Date.parse(created)
  return !Number.isNaN(time) && isoDate(time) === created
}
