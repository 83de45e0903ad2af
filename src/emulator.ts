import { lookup } from 'node:dns/promises'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import type { TSchema } from '@sinclair/typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  type InjectOptions,
  type LightMyRequestResponse,
} from 'fastify'
import { atlas, wayOf } from './atlas/atlas.js'
import { Nonces } from './atlas/auth/nonces.js'
import { TokenBuckets } from './atlas/auth/token-buckets.js'
import { TokenLimits } from './atlas/auth/token-limits.js'
import { accountKeys, processKeys, Tokens } from './atlas/auth/tokens.js'
import { renderError, replyWithError } from './atlas/errors/reply.js'
import { compileSerializer } from './atlas/json.js'
import type { AtlasContext, Change, ServedOperation, Step } from './atlas/operation.js'
import { Unserved } from './atlas/unserved.js'
import { frontDoor } from './console/front-door.js'
import type { ControlContext, NamedFixture } from './control/context.js'
import { type Guard, isLoopback } from './control/guard.js'
import { controlPrefix, isControlPath, isHealthPath } from './control/paths.js'
import { renderProblem, replyWithProblem } from './control/problems.js'
import { replaceWorld } from './control/state.js'
import { TenantExpiry } from './control/tenants.js'
import { Faults } from './faults/faults.js'
import { FaultInjection } from './faults/injection.js'
import { holdsFixtures, readFixture } from './fixture/files.js'
import { checkFixture } from './fixture/fixture.js'
import type { Fixture } from './fixture/schema.js'
import { loadFixture } from './fixture/state.js'
import { FixtureWatch, type Surroundings, surroundings } from './fixture/watch.js'
import { clientErrors } from './http/client-errors.js'
import { refusalBeforeHooks, takeConnections, takeRequests } from './http/connection.js'
import { LateApp } from './http/late-app.js'
import { connectionOptions, maxHeaderSize } from './http/limits.js'
import type { RenderRefusal } from './http/refused.js'
import { readTlsIdentity, type TlsIdentity } from './http/tls.js'
import { Journal } from './journal/journal.js'
import { RequestLog } from './journal/logging.js'
import { type Recorder, record, recording, recordingStep, recordUnknown } from './journal/recording.js'
import { Replays } from './journal/replays.js'
import { Tally } from './journal/tally.js'
import { Teller } from './journal/teller.js'
import { Responses } from './responses/responses.js'
import { StubRoutes } from './responses/serving.js'
import { readOptions, type Settings } from './settings.js'
import { bundledSqlite } from './store/bundled-sqlite.js'
import { attachment, explainDatabaseFailure, openDatabase } from './store/database.js'
import { openStore, type Store } from './store/store.js'
import { validator } from './values/schema.js'
import { real } from './values/timers.js'
import { authority } from './values/url.js'
import { Chance } from './world/chance.js'
import { type Clock, SettableClock, systemClock } from './world/clock.js'
import { objectIdGenerator } from './world/object-id.js'
import { World } from './world/world.js'

/** A running emulator, or one that can be asked through `inject`. */
export interface Emulator {
  /** What serves the Atlas API, and has the connections. */
  readonly app: FastifyInstance
  /** The fixture that was loaded; undefined when the database kept what it held. */
  readonly loaded: NamedFixture | undefined
  /** Asks it, whichever of its APIs, without a connection. */
  inject(request: InjectOptions & { url: string }): Promise<LightMyRequestResponse>
  /** Listens where the settings say; resolves to the URL to reach it at. */
  listen(): Promise<string>
  /** Answers the requests under way, closes every connection, then the database. */
  close(): Promise<void>
}

export interface EmulatorOptions {
  /** Where time comes from; the system's clock by default. */
  readonly clock?: Clock
  /** The world to start from, in place of the one that the settings name. */
  readonly fixture?: Fixture
  /** Where everything is kept, in place of the database that the settings name; closed with the emulator. */
  readonly store?: Store
  /** Whether the process is the emulator's alone, so that what is bundled of better-sqlite3 can be used in it. */
  readonly ownsProcess?: boolean
  /** Where log lines go; nowhere by default. */
  readonly logger?: FastifyBaseLogger
  /** What tells of changes of fixtures that are watched; the file system by default. */
  readonly surroundings?: Surroundings
}

/**
 * Makes an emulator: opens the database, loads the fixtures into an empty one, and declares what is served.
 * @throws {DatabaseError} when the database cannot be used
 * @throws {FixtureError} when the fixtures cannot
 * @throws {TlsError} when the certificate cannot
 */
export async function createEmulator(settings: Settings, options: EmulatorOptions = {}): Promise<Emulator> {
  const { logger } = options
  const tls = readTlsIdentity(settings)
  const store =
    options.store ?? openStore(settings.db, openDatabase(settings.db, options.ownsProcess ? bundledSqlite : undefined))
  try {
    const parts = assemble(settings, store, options)
    const loaded = await populate(parts.control, settings, logger)
    parts.control.faults.reload()
    parts.control.responses.reload()
    const make = () => controlApp(app, settings, parts, logger)
    const late = settings.control === 'off' ? undefined : new LateApp(make, (error) => app.log.error(error))
    const app = createServer(settings, tls, logger, late)
    await serve(app, settings, parts)
    const watch = settings.watch ? watchFixtures(settings, parts.control, loaded as NamedFixture, options) : undefined
    return {
      app,
      loaded,
      inject: async (request) => (late && isControlPath(request.url) ? await late.app() : app).inject(request),
      listen: () => listen(app, settings, logger),
      close: async () => {
        await watch?.close()
        await app.close()
        store.close()
      },
    }
  } catch (error) {
    store.close()
    throw explainDatabaseFailure(settings.db, error as Error)
  }
}

/** An emulator on loopback whose answers another server's are compared with. */
export interface Expectation {
  readonly url: string
  /** Moves its clock ahead by so many milliseconds. */
  advance(milliseconds: number): void
  close(): Promise<void>
}

/**
 * Starts an emulator in memory for verify, without control API and journal.
 * @param publicUrl what the links in its answers begin with
 * @param lifetime how long its endpoints are made and deleted, in milliseconds
 */
export async function startExpectation(fixture: Fixture, publicUrl: string, lifetime: number): Promise<Expectation> {
  let ahead = 0
  const settings = readOptions({
    control: 'off',
    journal: 'off',
    publicUrl,
    provisioning: lifetime,
    deletion: lifetime,
  })
  const emulator = await createEmulator(settings, { fixture, clock: { now: () => systemClock.now() + ahead } })
  return {
    url: await emulator.listen(),
    advance: (milliseconds) => {
      ahead += milliseconds
    },
    close: emulator.close,
  }
}

/** What the two APIs work on. */
interface Parts {
  readonly atlas: AtlasContext
  readonly control: ControlContext
}

/** Puts together what the two APIs work on. */
function assemble(settings: Settings, store: Store, options: EmulatorOptions): Parts {
  const clock = new SettableClock(options.clock ?? systemClock)
  const start = store.vault.increment('start')
  // Each start has sequences of its own, so that what is kept from earlier ones is not met again.
  const chance = new Chance(settings.seed === undefined ? undefined : `${settings.seed} ${start}`)
  const plan = { provisioning: settings.provisioning, deletion: settings.deletion }
  const newThingId = objectIdGenerator(chance.stream('endpoint'))
  const worldChance = chance.stream('world')
  const world = new World(store, clock, plan, newThingId, worldChance)
  const buckets = new TokenBuckets()
  const credentialsRequired = settings.auth === 'required'
  const tokenKeys = credentialsRequired ? accountKeys(world) : processKeys()
  const isJournalled = settings.control !== 'off' && settings.journal !== 'off'
  const journal = isJournalled ? new Journal(settings.journal as number) : undefined
  const tokenLimits = credentialsRequired && settings.rateLimit !== 'off' ? new TokenLimits(clock) : undefined
  return {
    atlas: {
      world,
      clock,
      buckets,
      rateLimit: settings.rateLimit,
      tokens: new Tokens(store.vault, tokenKeys, clock, settings.tokenLifetime, tokenLimits),
      tokenLimits,
      nonces: new Nonces(clock, chance.stream('nonce')),
      credentialsRequired,
      publicUrl: settings.publicUrl,
      emptyFields: settings.emptyFields,
      privateNetworking: settings.privateNetworking,
    },
    control: {
      store,
      clock,
      plan,
      newThingId,
      newFaultId: objectIdGenerator(chance.stream('fault')),
      newResponseId: objectIdGenerator(chance.stream('response')),
      chance: worldChance,
      world,
      faults: new Faults(store.faults, chance.stream('dice')),
      responses: new Responses(store.responses),
      journal,
      teller: journal && new Teller(journal),
      tally: new Tally(),
      replays: new Replays(),
      buckets,
      tokenLimits,
      unserved: new Unserved(() => store.properties.get('unserved') ?? settings.unserved),
      tenantIds: { newId: objectIdGenerator(chance.stream('tenant')), chance: chance.stream('tenant credentials') },
      publicUrl: settings.publicUrl,
      readFixtures: () => readFixtures(settings, options.fixture),
      credentialsRequired,
      db: settings.db,
      isAttached: attachment(settings.db),
      startedAt: real.elapsed(),
    },
  }
}

/** Loads the fixtures into a store that is empty, or is to be reset; all of them or nothing. Sets the clock. */
async function populate(
  context: ControlContext,
  settings: Settings,
  logger: FastifyBaseLogger | undefined,
): Promise<NamedFixture | undefined> {
  const { store, clock } = context
  if (!settings.reset && !store.directory.isEmpty()) {
    logger?.info(`${settings.db} holds data already: it is kept, and fixtures are not loaded; --reset starts over`)
    clock.set(store.properties.get('clock') ?? { offset: 0 })
    return undefined
  }
  const loaded = await context.readFixtures()
  const { name, fixture } = loaded
  if (name === settings.fixturesFolder) logger?.info(`${name} holds fixtures, which are the world`)
  clock.set(store.transaction(() => loadFixture(fixture, name, context)))
  return loaded
}

/** The fixture that was given, or else the configured one, which is read anew each time. */
async function readFixtures(settings: Settings, given: Fixture | undefined): Promise<NamedFixture> {
  if (given) return { name: 'given', fixture: await checkFixture(given, 'given') }
  const { fixtures, fixturesFolder } = settings
  const name = fixturesFolder !== undefined && holdsFixtures(fixturesFolder) ? fixturesFolder : fixtures
  return { name, fixture: await readFixture(name) }
}

/** Has a world in memory, which has been loaded from its fixtures, follow them. */
function watchFixtures(
  { fixtures, fixturesFolder }: Settings,
  context: ControlContext,
  { fixture }: NamedFixture,
  { logger, surroundings: given = surroundings }: EmulatorOptions,
): FixtureWatch {
  return new FixtureWatch({
    path: fixturesFolder ?? fixtures,
    loaded: fixture,
    read: context.readFixtures,
    replace: (changed) => replaceWorld(context, changed),
    onReplaced: (line) => logger?.info(line),
    onProblem: (line) => logger?.warn(line),
    surroundings: given,
  })
}

/**
 * In place of Fastify's own compilers, which every start would load and no route would use. Fastify calls these as it calls
 * its own; its types name those of Ajv alone, hence the cast.
 */
const compilersFactory = {
  buildValidator: () => (route: { schema: object }) => validator(route.schema),
  buildSerializer: () => (route: { schema: TSchema }) => compileSerializer(route.schema),
} as unknown as NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>

/** An app that declares nothing yet, with what all of the emulator's have in common. */
function newApp(settings: Settings, logger: FastifyBaseLogger | undefined, own: FastifyServerOptions): FastifyInstance {
  const app = Fastify({
    ...(logger && { loggerInstance: logger, childLoggerFactory: (parent) => parent }),
    logController: new RequestLog({ disableRequestLogging: logger === undefined }),
    trustProxy: settings.trustProxy,
    return503OnClosing: false,
    exposeHeadRoutes: true,
    schemaController: { compilersFactory },
    routerOptions: {
      // As long as a request line may be: what is wrong with an id is for the API to say.
      maxParamLength: maxHeaderSize,
      ignoreTrailingSlash: true,
      querystringParser: () => ({}),
    },
    ...own,
  })
  app.addHttpMethod('DELETE', { hasBody: false, overrideExisting: true })
  return app
}

/**
 * A server that serves nothing yet. What goes wrong below its routes is answered in the words of the API asked.
 * @param late answers requests to the control API; undefined while that is off
 */
function createServer(
  settings: Settings,
  tls: TlsIdentity | undefined,
  logger: FastifyBaseLogger | undefined,
  late: LateApp | undefined,
): FastifyInstance {
  const isCommand = late ? isControlPath : isHealthPath
  const render: RenderRefusal = (error, method, url) =>
    isCommand(url) ? renderProblem(error) : renderError(error, method, url)
  const options = connectionOptions(settings)
  const app = newApp(settings, logger, {
    // For what the log says of where it listens; the types know it without a factory alone.
    ...(tls && { https: tls as never }),
    serverFactory: (answer) => {
      const answerEither: RequestListener = (request, response) => {
        if (late && isControlPath(request.url as string)) late.answer(request, response)
        else answer(request, response)
      }
      return tls ? createHttpsServer({ ...options, ...tls }, answerEither) : createHttpServer(options, answerEither)
    },
    clientErrorHandler: clientErrors(render),
    frameworkErrors: (error, request, reply) =>
      replyWithError(refusalBeforeHooks(request, reply) ?? error, request, reply),
  })
  takeConnections(app, settings, render)
  if (late) app.addHook('preClose', () => late.close())
  return app
}

/** What serves the control API, on the connections of the app that serves the Atlas API. */
async function controlApp(
  server: FastifyInstance,
  settings: Settings,
  { control: context }: Parts,
  logger: FastifyBaseLogger | undefined,
): Promise<FastifyInstance> {
  const [{ control }, { consoleRoutes }] = await Promise.all([
    import('./control/control.js'),
    import('./console/routes.js'),
  ])
  const app = newApp(settings, logger, {
    frameworkErrors: (error, request, reply) =>
      void replyWithProblem(refusalBeforeHooks(request, reply) ?? error, request, reply),
  })
  takeRequests(app, server.underWay)
  expireTenants(app, context)
  app.register(control, { prefix: controlPrefix, context, server, guard: guardOf(settings), page: consoleRoutes })
  await app.ready()
  return app
}

function guardOf(settings: Settings): Guard {
  return { token: settings.controlToken, open: settings.control === 'open' }
}

/** Has tenants end when their time has come, before a request is answered. */
function expireTenants(app: FastifyInstance, context: ControlContext): void {
  const expiry = new TenantExpiry(context)
  app.arrivals.push((request) => expiry.check(request.log))
}

/** Declares what the server serves: the Atlas API, and of the control API what is left of it while it is off. */
async function serve(app: FastifyInstance, settings: Settings, { atlas: context, control: controlled }: Parts) {
  const isControlled = settings.control !== 'off'
  expireTenants(app, controlled)
  const { faults, unserved, responses } = controlled
  const recorder: Recorder | undefined = isControlled ? controlled : undefined
  if (!isControlled) {
    const { healthAlone } = await import('./control/control.js')
    app.register(healthAlone, { prefix: controlPrefix, context: controlled })
  }
  const departure: Change = (_request, reply, payload) => {
    app.depart(reply)
    return payload
  }
  const emulatorSteps: Step<ServedOperation>[] = [{ name: 'departure', at: 'onSend', make: () => departure }]
  if (isControlled || !faults.isEmpty) {
    const injection = new FaultInjection({
      faults,
      onRequest: isControlled,
      onBroken: (request, reply) => {
        if (recorder) record(recorder, request, reply, undefined)
      },
    })
    emulatorSteps.push(...injection.steps)
    app.addHook('preClose', (done) => {
      injection.stop()
      done()
    })
  }
  if (recorder) emulatorSteps.push(recordingStep(recorder))
  const unknownChanges = recorder ? [departure, recordUnknown(recorder)] : [departure]
  const stubs = new StubRoutes(responses, wayOf(emulatorSteps), context)
  app.register(async (served) => {
    served.decorateRequest('faultsToCome')
    served.decorateRequest('isFaulted')
    if (recorder) served.register(recording, recorder)
    if (isControlled) served.register(frontDoor, { guard: guardOf(settings), unknownChanges })
    served.register(atlas, { ...context, emulatorSteps, unknownChanges, unserved, stubs })
  })
  await app.ready()
}

async function listen(
  app: FastifyInstance,
  settings: Settings,
  logger: FastifyBaseLogger | undefined,
): Promise<string> {
  // One address: Fastify serves each further one of a name by a server of its own, without our listeners.
  const host = isIP(settings.host) === 0 ? (await lookup(settings.host)).address : settings.host
  await app.listen({ port: settings.port, host, listenTextResolver: (url) => `listening on ${url}` })
  if (settings.control === 'local' && settings.controlToken === undefined && !isLoopback(settings.host)) {
    logger?.warn(
      `The control API under ${controlPrefix} obeys whoever reaches ${settings.host} and names localhost as host; see --control-token and --control off`,
    )
  }
  return urlOf(app.server.address() as AddressInfo, settings.tlsCert === undefined ? 'http' : 'https')
}

/** A URL that reaches the address from this machine: a wildcard is reached by loopback. */
function urlOf({ address, port }: AddressInfo, scheme: string): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address
  return `${scheme}://${authority(reachable, port)}`
}
