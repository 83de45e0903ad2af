import { parseDuration, parseMoment } from '../time.js'
import { statuses } from '../vocabulary.js'
import { faultProblems } from './fault-rule.js'
import type { Fixture, FixtureEndpoint, FixtureLifecycle, FixtureRole } from './fixture-schema.js'
import { type Problem, show } from './problem.js'

/** What the schema cannot say: ids that are used twice or by nobody, roles in the wrong place, times out of order. */
export function contradictions(fixture: Fixture): Problem[] {
  const problems: Problem[] = []
  const add = (pointer: string, text: string) => problems.push({ pointer, text })
  const organizations = new Set<string>()
  const projects = new Map<string, string>()
  const endpoints = new Set<string>()
  const credentials = new Set<string>()

  const once = (seen: { has(id: string): boolean }, id: string, path: string) => {
    if (seen.has(id)) add(path, `found ${show(id)}, which another entry has; allowed: an id of its own`)
  }
  const organization = (id: string, path: string) => {
    if (!organizations.has(id)) {
      add(path, `found ${show(id)}; allowed: the id of one of the fixture's organizations`)
    }
  }

  fixture.organizations.forEach(({ id }, i) => {
    once(organizations, id, `/organizations/${i}/id`)
    organizations.add(id)
  })

  fixture.projects.forEach((project, i) => {
    const path = `/projects/${i}`
    once(projects, project.id, `${path}/id`)
    projects.set(project.id, project.orgId)
    organization(project.orgId, `${path}/orgId`)
    checkMoment(project.created, `${path}/created`, add)
    problems.push(...lifecycleProblems(project.lifecycle ?? {}, `${path}/lifecycle`))
    const places = new Set<string>()
    project.privateEndpoints?.forEach((endpoint, j) => {
      const at = `${path}/privateEndpoints/${j}`
      const place = `${endpoint.regionName} ${endpoint.vpcRegionName ?? endpoint.regionName}`
      if (places.has(place)) {
        add(at, `found a second endpoint for ${place}; allowed: one for each pair of regionName and vpcRegionName`)
      }
      places.add(place)
      if (endpoint.id !== undefined) {
        once(endpoints, endpoint.id, `${at}/id`)
        endpoints.add(endpoint.id)
      }
      problems.push(...endpointProblems(endpoint, at))
    })
  })

  const credential = (id: string, idPath: string, path: string, orgId: string, roles: readonly FixtureRole[]) => {
    once(credentials, id, idPath)
    credentials.add(id)
    organization(orgId, `${path}/orgId`)
    roles.forEach(({ roleName, ...scope }, i) => {
      const at = `${path}/roles/${i}`
      if (roleName.startsWith('ORG_')) {
        if (scope.orgId !== orgId || scope.groupId !== undefined) {
          add(at, `found ${show(scope)}; allowed: {"orgId":"${orgId}"}, the credential's organization`)
        }
      } else if (scope.groupId === undefined || scope.orgId !== undefined || projects.get(scope.groupId) !== orgId) {
        add(at, `found ${show(scope)}; allowed: a groupId, one of the organization's projects`)
      }
    })
  }
  fixture.apiKeys?.forEach(({ publicKey, orgId, roles }, i) => {
    const path = `/apiKeys/${i}`
    credential(publicKey, `${path}/publicKey`, path, orgId, roles)
  })
  fixture.serviceAccounts?.forEach(({ clientId, orgId, roles }, i) => {
    const path = `/serviceAccounts/${i}`
    credential(clientId, `${path}/clientId`, path, orgId, roles)
  })
  fixture.privateEndpointVersions?.forEach(({ date, sunset }, i, versions) => {
    const path = `/privateEndpointVersions/${i}`
    const previous = versions[i - 1]
    if (previous && date <= previous.date) {
      add(`${path}/date`, `found ${show(date)}; allowed: a day after ${previous.date}, that of the version above`)
    }
    const least = versions[i + 1]?.date ?? date
    if (sunset !== undefined && sunset <= least) {
      add(
        `${path}/sunset`,
        `found ${show(sunset)}; allowed: a day after ${least}, when ${least === date ? 'it is released' : 'the version below succeeds it'}`,
      )
    }
  })
  problems.push(...lifecycleProblems(fixture.lifecycle ?? {}, '/lifecycle'))
  if (fixture.clock) problems.push(...clockProblems(fixture.clock))
  const faults = new Set<string>()
  fixture.faults?.forEach((fault, i) => {
    const path = `/faults/${i}`
    if (fault.id !== undefined) {
      once(faults, fault.id, `${path}/id`)
      faults.add(fault.id)
    }
    problems.push(...faultProblems(fault, path))
  })
  return problems
}

/** What the schema cannot say of an endpoint that stands at `pointer`. */
function endpointProblems(endpoint: FixtureEndpoint, pointer: string): Problem[] {
  const problems: Problem[] = []
  const add = (at: string, text: string) => problems.push({ pointer: `${pointer}${at}`, text })
  const { status, transitions = [], goneAfter, goneAt } = endpoint
  const stateless = stateOnly.filter((key) => key in endpoint)
  if (status === undefined && stateless.length > 0) {
    add('', `found ${stateless.join(', ')} without a status; allowed: ${statuses.join(', ')} as its status`)
  }
  const states = [endpoint, ...transitions]
  if (states.some(({ status, errorMessage }) => errorMessage && status && status !== 'FAILED')) {
    add('', 'found an errorMessage with another status than FAILED; allowed: one with FAILED')
  }
  const isGoing = states.at(-1)?.status === 'DELETING'
  if (goneAfter !== undefined && goneAt !== undefined) add('/goneAt', 'found beside goneAfter; allowed: one of the two')
  if ((goneAfter !== undefined || goneAt !== undefined) && status !== undefined && !isGoing) {
    add(goneAt === undefined ? '/goneAfter' : '/goneAt', 'found with another last status; allowed: with DELETING')
  }
  checkMoment(goneAt, '/goneAt', add)
  const kind = transitions[0]?.at === undefined ? 'after' : 'at'
  const other = kind === 'after' ? 'at' : 'after'
  transitions.reduce((latest, transition, k) => {
    const text = transition[kind]
    if (text === undefined || transition[other] !== undefined) {
      add(`/transitions/${k}`, `found no ${kind}, or ${other} beside it; allowed: in one endpoint, either after or at`)
      return latest
    }
    if (kind === 'at') checkMoment(text, `/transitions/${k}/at`, add)
    const time = kind === 'at' ? (parseMoment(text) ?? latest) : (parseDuration(text) as number)
    if (time < latest) add(`/transitions/${k}/${kind}`, `found ${show(text)}, which comes before the one above it`)
    return time
  }, 0)
  return problems
}

/** What only an endpoint with a status can have. */
const stateOnly = ['errorMessage', 'privateEndpointConnectionName', 'transitions', 'goneAfter', 'goneAt']

/** What the schema cannot say of a plan that stands at `pointer`. */
export function lifecycleProblems(lifecycle: FixtureLifecycle, pointer: string): Problem[] {
  const { provisioning, outcome = 'ACTIVE', activeAfter, errorMessage } = lifecycle
  const problems: Problem[] = []
  if (provisioning === 'manual' && lifecycle.outcome !== undefined) {
    problems.push({
      pointer: `${pointer}/outcome`,
      text: 'found beside "provisioning":"manual", after which none comes',
    })
  }
  if (activeAfter !== undefined && outcome !== 'PENDING_ACCEPTANCE') {
    const text = `found beside the outcome ${outcome}; allowed: beside PENDING_ACCEPTANCE`
    problems.push({ pointer: `${pointer}/activeAfter`, text })
  }
  if (errorMessage !== undefined && outcome !== 'FAILED') {
    const text = `found beside the outcome ${outcome}; allowed: beside FAILED`
    problems.push({ pointer: `${pointer}/errorMessage`, text })
  }
  return problems
}

function clockProblems({ frozen, offset }: NonNullable<Fixture['clock']>): Problem[] {
  const problems: Problem[] = []
  if ((frozen === undefined) === (offset === undefined)) {
    problems.push({ pointer: '/clock', text: 'found neither or both of frozen and offset; allowed: one of the two' })
  }
  checkMoment(frozen, '/clock/frozen', (pointer, text) => problems.push({ pointer, text }))
  return problems
}

function checkMoment(text: string | undefined, at: string, add: (at: string, text: string) => void): void {
  if (text !== undefined && parseMoment(text) === undefined) {
    add(at, `found ${show(text)}; allowed: a date and time that exist, from 1970 on`)
  }
}
