import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyBaseLogger } from 'fastify'
import { baseUrl } from '../atlas/links.js'
import { type FaultRule, mostFaults, seeded, TenantFaults, tenantFaultMistakes } from '../faults/rule.js'
import { fromLifecycle, Lifecycle, lifecycleMistakes, toLifecycle } from '../fixture/lifecycle.js'
import type { Tenant } from '../store/records.js'
import { clientVariables } from '../values/client-variables.js'
import { Duration } from '../values/fields.js'
import type { Mistake } from '../values/mistakes.js'
import { parseRateLimit, rateLimitPattern, writeRateLimit } from '../values/rate-limit.js'
import { Entry, Nullable } from '../values/schema.js'
import { parseDuration, preciseDate } from '../values/time.js'
import { objectIdPattern } from '../values/vocabulary.js'
import { latest } from '../world/clock.js'
import { holdingsOf, type MadeTenant, makeTenant, mostTenants, removeTenant, renewTenant } from '../world/tenants.js'
import type { ControlContext, SubjectOptions } from './context.js'
import { MomentOf } from './fields.js'
import { ControlError, invalidBody } from './problems.js'

export const TenantCommand = Entry('What the tenant is to be like', {
  name: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Of its organization and its project; made up when missing',
    }),
  ),
  lifecycle: Type.Optional(Lifecycle),
  rateLimit: Type.Optional(
    Type.String({
      pattern: rateLimitPattern,
      description: 'Of each of its token buckets: atlas, off, or capacity/refill/seconds; --rate-limit when missing',
    }),
  ),
  faults: Type.Optional(TenantFaults),
  ttl: Type.Optional(Duration("How long it is there, by the emulator's clock; until it is removed, when missing")),
})
export type TenantCommand = Static<typeof TenantCommand>

const described = {
  id: Type.String({ description: 'That of its organization' }),
  name: Type.String({ description: 'Of its organization and of the project that it was made with' }),
  project: Type.String({ description: 'The id of the project that it was made with' }),
}
const times = {
  createdAt: MomentOf('When it was made'),
  expiresAt: Nullable(MomentOf('When it goes with all that it has; null for never')),
}
const options = {
  lifecycle: Type.Optional(Lifecycle),
  rateLimit: Type.Optional(Type.String({ description: 'Of each of its token buckets' })),
}
const publicKey = Type.String({ description: 'Eight lower-case letters' })
const clientId = Type.String({ description: 'mdb_sa_id_ and 24 hex digits' })

/** A tenant, without secrets. */
export const TenantState = Type.Object({
  ...described,
  apiKey: Nullable(Type.Object({ publicKey }, { description: 'Null with --auth off' })),
  serviceAccount: Nullable(Type.Object({ clientId }, { description: 'Null with --auth off' })),
  ...times,
  ...options,
})
export type TenantState = Static<typeof TenantState>

/** A tenant as it is made: the one answer that tells its secrets. */
export const NewTenant = Type.Object({
  ...described,
  apiKey: Nullable(Type.Object({ publicKey, privateKey: Type.String() }, { description: 'Null with --auth off' })),
  serviceAccount: Nullable(
    Type.Object({ clientId, clientSecret: Type.String() }, { description: 'Null with --auth off' }),
  ),
  ...times,
  ...options,
  environment: Type.Record(Type.String(), Type.String(), {
    description: "The variables in which Atlas's clients look for all of this, and for where to reach the emulator",
  }),
})
export type NewTenant = Static<typeof NewTenant>

const Tenants = Type.Object({ tenants: Type.Array(TenantState, { description: 'Oldest first' }) })
const TenantId = Type.Object({ id: Type.String({ pattern: objectIdPattern, description: 'That of its organization' }) })

/** Organizations of their own for tests that share an emulator. */
export const tenantRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context }) => {
  const { tenants } = context.store
  const find = (id: string): Tenant => {
    const tenant = tenants.find(id)
    if (!tenant) throw new ControlError(404, `There is no tenant with the id ${id}.`)
    return tenant
  }

  app.post(
    '/tenants',
    {
      // Without options there need not be a body.
      preValidation: (request, _reply, done) => {
        if (request.body === undefined) request.body = {}
        done()
      },
      config: { isBodyOptional: true },
      schema: {
        operationId: 'makeTenant',
        summary: 'Make an organization with a project and credentials of its own',
        body: TenantCommand,
        response: { 201: NewTenant },
      },
    },
    async (request, reply) => {
      const made = make(context, request.body)
      reply.code(201)
      return newTenant(made, baseUrl(request, context.publicUrl))
    },
  )

  app.get(
    '/tenants',
    { schema: { operationId: 'listTenants', summary: 'List tenants', response: { 200: Tenants } } },
    async () => ({ tenants: tenants.all().map(stateOf) }),
  )

  app.get(
    '/tenants/:id',
    {
      schema: {
        operationId: 'getTenant',
        summary: 'Get a tenant',
        params: TenantId,
        response: { 200: TenantState },
      },
    },
    async ({ params }) => stateOf(find(params.id)),
  )

  app.delete(
    '/tenants/:id',
    {
      schema: {
        operationId: 'removeTenant',
        summary: 'Remove a tenant with all that it has: projects, credentials, faults, and its requests in the journal',
        params: TenantId,
        response: { 204: Type.Null() },
      },
    },
    async ({ params }, reply) => {
      remove(context, [find(params.id)])
      reply.code(204)
    },
  )

  app.post(
    '/tenants/:id/reset',
    {
      config: { checkNamed: ({ id }: Static<typeof TenantId>) => checkOwner(context, find(id)) },
      schema: {
        operationId: 'resetTenant',
        summary: 'Put a tenant back as it was made; its credentials and tokens stay good',
        params: TenantId,
        response: { 200: TenantState },
      },
    },
    async ({ params }) => {
      const tenant = find(params.id)
      reset(context, tenant)
      return stateOf(tenant)
    },
  )
}

/** @throws {ControlError} for options that contradict themselves, and where there is no room for another */
function make(context: ControlContext, command: TenantCommand): MadeTenant {
  const { store, clock, tenantIds, credentialsRequired } = context
  const { name, lifecycle, rateLimit, faults = [], ttl } = command
  const now = clock.now()
  const expiresAt = ttl === undefined ? undefined : now + (parseDuration(ttl) as number)
  const mistakes: Mistake[] = lifecycleMistakes(lifecycle ?? {}, '/lifecycle')
  if (expiresAt !== undefined && (expiresAt <= now || expiresAt >= latest)) {
    mistakes.push({ pointer: '/ttl', text: `found ${ttl}; allowed: more than nothing, and up to the year 9998` })
  }
  mistakes.push(...tenantFaultMistakes(faults, '/faults'))
  if (mistakes.length > 0) throw invalidBody(mistakes)
  if (store.tenants.size >= mostTenants) {
    throw new ControlError(409, `There are ${mostTenants} tenants already; remove one first.`)
  }
  const plan = {
    name,
    expiresAt,
    faults,
    hasCredentials: credentialsRequired,
    lifecycle: lifecycle && toLifecycle(lifecycle),
    rateLimit: rateLimit === undefined ? undefined : parseRateLimit(rateLimit),
  }
  const made = store.transaction(() => {
    const made = makeTenant(store, now, tenantIds, plan)
    armFaults(context, made.tenant)
    return made
  })
  if (faults.length > 0) context.faults.reload()
  return made
}

/** Arms the faults that a tenant is made with, in a transaction that is under way. */
function armFaults({ store, clock, newFaultId, chance }: ControlContext, { id: organization, faults }: Tenant): void {
  if (faults.length === 0) return
  const armed = new Set(store.faults.all().map(({ id }) => id))
  if (armed.size + faults.length > mostFaults) {
    throw new ControlError(409, `There would be more than ${mostFaults} faults armed; disarm some first.`)
  }
  for (const rule of faults as readonly FaultRule[]) {
    const id = newFaultId(clock.now(), (made) => armed.has(made))
    armed.add(id)
    const own = { ...rule, match: { ...rule.match, organization } }
    store.faults.add({ id, rule: seeded(own, chance), matched: 0, fired: 0 })
  }
}

/** What faults, rate limits and the journal know tenants by. */
interface Known {
  readonly organizations: ReadonlySet<string>
  readonly projects: ReadonlySet<string>
  readonly credentials: ReadonlySet<string>
}

function knownBy({ store }: ControlContext, tenants: readonly Tenant[]): Known {
  const holdings = tenants.map((tenant) => holdingsOf(store, tenant))
  return {
    organizations: new Set(tenants.map(({ id }) => id)),
    projects: new Set(holdings.flatMap(({ projectIds }) => projectIds)),
    credentials: new Set(holdings.flatMap(({ credentialIds }) => credentialIds)),
  }
}

/** Disarms the faults that are for tenants alone, in a transaction that is under way. */
function disarmFaults({ store }: ControlContext, { organizations, projects, credentials }: Known): void {
  for (const { id, rule } of store.faults.all()) {
    const { match = {} } = rule as FaultRule
    const { organization = '', project = '', credential = '' } = match
    const isTheirs = organizations.has(organization) || projects.has(project) || credentials.has(credential)
    if (isTheirs) store.faults.remove(id)
  }
}

/** Drops what is kept of tenants in memory alone: rate limits and requests. */
function forget({ buckets, tokenLimits, journal, teller, faults }: ControlContext, known: Known): void {
  faults.reload()
  for (const owner of [...known.organizations, ...known.projects, ...known.credentials]) buckets.clearOf(owner)
  for (const id of known.credentials) tokenLimits?.clearOf(id)
  journal?.removeOf(known.organizations, (id) => teller?.challengeOf(id))
}

/** Removes tenants with all that they have. */
function remove(context: ControlContext, tenants: readonly Tenant[]): void {
  const { store } = context
  const known = knownBy(context, tenants)
  store.transaction(() => {
    disarmFaults(context, known)
    for (const tenant of tenants) removeTenant(store, tenant)
  })
  forget(context, known)
}

/** @throws {ControlError} when another organization has the project that the tenant was made with */
function checkOwner({ store }: ControlContext, { id, projectId }: Tenant): void {
  const owner = store.directory.project(projectId)?.orgId ?? id
  if (owner !== id) throw new ControlError(409, `The project ${projectId} belongs to the organization ${owner} by now.`)
}

/** @throws {ControlError} when the faults that it was made with find no room, or another organization has its project */
function reset(context: ControlContext, tenant: Tenant): void {
  const { store } = context
  const known = knownBy(context, [tenant])
  checkOwner(context, tenant)
  store.transaction(() => {
    disarmFaults(context, known)
    renewTenant(store, tenant)
    armFaults(context, tenant)
  })
  forget(context, known)
}

/** Removes tenants whose time has come. */
export class TenantExpiry {
  readonly #context: ControlContext
  #isFailing = false

  constructor(context: ControlContext) {
    this.#context = context
  }

  /**
   * To be called before anything is looked at, so that nobody sees a tenant whose time has come. Where it cannot be
   * removed, as on a full disk, it stays until it can.
   */
  check(log: FastifyBaseLogger): void {
    const { store, clock } = this.#context
    try {
      const now = clock.now()
      if (now < store.tenants.nextExpiry) return
      const expired = store.tenants.all().filter(({ expiresAt }) => expiresAt !== undefined && expiresAt <= now)
      remove(this.#context, expired)
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) log.warn(error, 'Tenants whose time has come cannot be removed')
      this.#isFailing = true
    }
  }
}

function stateOf(tenant: Tenant): TenantState {
  const { id, name, projectId, publicKey, clientId, created, expiresAt, lifecycle, rateLimit } = tenant
  return {
    id,
    name,
    project: projectId,
    apiKey: publicKey === undefined ? null : { publicKey },
    serviceAccount: clientId === undefined ? null : { clientId },
    createdAt: preciseDate(created),
    expiresAt: expiresAt === undefined ? null : preciseDate(expiresAt),
    ...(lifecycle && { lifecycle: fromLifecycle(lifecycle) }),
    ...(rateLimit !== undefined && { rateLimit: writeRateLimit(rateLimit) }),
  }
}

/** @param url where clients reach the emulator */
function newTenant({ tenant, apiKey, serviceAccount }: MadeTenant, url: string): NewTenant {
  const known = {
    orgId: tenant.id,
    projectId: tenant.projectId,
    ...(apiKey && { apiKey }),
    ...(serviceAccount && { serviceAccount }),
  }
  return {
    ...stateOf(tenant),
    apiKey: apiKey ? { publicKey: apiKey.id, privateKey: apiKey.secret } : null,
    serviceAccount: serviceAccount ? { clientId: serviceAccount.id, clientSecret: serviceAccount.secret } : null,
    environment: clientVariables(url, known),
  }
}
