import { createHash } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type RouteOptions } from 'fastify'
import { atlas } from './atlas/atlas.js'
import { Nonces } from './atlas/auth/nonces.js'
import { Tokens } from './atlas/auth/tokens.js'
import { authority } from './atlas/base-url.js'
import { renderError, replyWithError } from './atlas/errors/reply.js'
import { TokenBuckets } from './atlas/steps/rate-limit.js'
import { Commands } from './control/commands.js'
import { control, controlPrefix, isControlPath } from './control/control.js'
import { isLoopback } from './control/guard.js'
import { renderProblem, replyWithProblem } from './control/problems.js'
import { Faults } from './faults/faults.js'
import { faultInjection } from './faults/injection.js'
import { checkFixture, FixtureError, parseFixture } from './fixture/fixture.js'
import type { Fixture } from './fixture/schema.js'
import { type LoadTarget, loadFixture } from './fixture/state.js'
import { clientErrors } from './http/client-errors.js'
import { refusalBeforeHooks, takeConnections } from './http/connection.js'
import { connectionOptions, maxHeaderSize } from './http/limits.js'
import type { RenderRefusal } from './http/refused.js'
import { readTlsIdentity } from './http/tls.js'
import { Journal } from './journal/journal.js'
import { RequestLog } from './journal/logging.js'
import { record, recording } from './journal/recording.js'
import { ownFixtures, type Settings } from './settings.js'
import { explainDatabaseFailure } from './store/database.js'
import { openStore, type Store } from './store/store.js'
import { packageFile } from './values/package.js'
import { Chance } from './world/chance.js'
import { type Clock, type ClockSetting, SettableClock, systemClock } from './world/clock.js'
import type { LifecyclePlan } from './world/lifecycle.js'
import { objectIdGenerator } from './world/object-id.js'
import { World } from './world/world.js'

/** A running emulator, or one that can be asked through `app.inject`. */
export interface Emulator {
  readonly app: FastifyInstance
  /** The fixture that was loaded; undefined when the database kept what it held. */
  readonly loaded: Fixture | undefined
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
  /** Where log lines go; nowhere by default. */
  readonly logger?: FastifyBaseLogger
}

/**
 * Makes an emulator: opens the database, loads the fixtures into an empty one, and declares the routes.
 * @throws {DatabaseError} when the database cannot be used
 * @throws {FixtureError} when the fixtures cannot
 * @throws {TlsError} when the certificate cannot
 */
export async function createEmulator(settings: Settings, options: EmulatorOptions = {}): Promise<Emulator> {
  const { logger } = options
  const plan: LifecyclePlan = {
    provisioning: settings.provisioning,
    deletion: settings.deletion,
  }
  const credentialsRequired = settings.auth === 'required'
  const readFixtures = () => {
    if (options.fixture) return checkFixture(options.fixture, 'given')
    const text = readFixture(settings.fixtures)
    // Our own have been checked by the tests, which spares the start the making of a validator.
    return ownFixtures.includes(settings.fixtures)
      ? (JSON.parse(text) as Fixture)
      : parseFixture(text, settings.fixtures)
  }
  const tls = readTlsIdentity(settings)
  const store = options.store ?? openStore(settings.db)
  try {
    const clock = new SettableClock(options.clock ?? systemClock)
    const start = store.vault.increment('start')
    // Each start has sequences of its own, so that what is kept from earlier ones is not met again.
    const chance = new Chance(settings.seed === undefined ? undefined : `${settings.seed} ${start}`)
    const target: LoadTarget = {
      store,
      clock,
      plan,
      newEndpointId: objectIdGenerator(chance.stream('endpoint')),
      newFaultId: objectIdGenerator(chance.stream('fault')),
      chance: chance.stream('world'),
    }
    const loaded = populate(target, settings, readFixtures, logger)
    const world = new World(store, clock, plan, target.newEndpointId, target.chance)
    const faults = new Faults(store.faults, chance.stream('dice'))
    const buckets = new TokenBuckets()
    const isControlled = settings.control !== 'off'
    const journal = isControlled && settings.journal !== 'off' ? new Journal(settings.journal) : undefined
    const serverOptions = connectionOptions(settings)
    const isCommand = (url: string) => isControlled && isControlPath(url)
    const render: RenderRefusal = (error, method, url) =>
      isCommand(url) ? renderProblem(error) : renderError(error, method, url)
    const app = Fastify({
      ...(logger && {
        loggerInstance: logger,
        childLoggerFactory: (parent) => parent,
      }),
      logController: new RequestLog(),
      trustProxy: settings.trustProxy,
      // Node takes the same options for both.
      ...({ [tls ? 'https' : 'http']: { ...serverOptions, ...tls } } as { http: typeof serverOptions }),
      requestTimeout: settings.requestTimeout,
      keepAliveTimeout: settings.keepAlive,
      clientErrorHandler: clientErrors(render),
      frameworkErrors: (error, request, reply) => {
        const first = refusalBeforeHooks(request, reply) ?? error
        if (isCommand(request.raw.url as string)) replyWithProblem(first, request, reply)
        else replyWithError(first, request, reply)
      },
      return503OnClosing: false,
      exposeHeadRoutes: false,
      routerOptions: {
        // As long as a request line may be: what is wrong with an id is for the API to say.
        maxParamLength: maxHeaderSize,
        querystringParser: () => ({}),
      },
    })
    app.addHttpMethod('DELETE', { hasBody: false, overrideExisting: true })
    const routes: RouteOptions[] = []
    app.addHook('onRoute', (route) => {
      routes.push(route)
    })
    takeConnections(app, settings, render)
    if (isControlled) {
      app.register(control, {
        prefix: controlPrefix,
        commands: new Commands({ ...target, world, faults, journal, buckets, readFixtures }),
        faults,
        journal,
        guard: { token: settings.controlToken, open: settings.control === 'open' },
        db: settings.db,
        routes,
      })
    }
    // Beside the control API and not around it, so that neither has a part in what the other serves.
    app.register(async (served) => {
      if (isControlled || !faults.isEmpty) {
        served.register(faultInjection, {
          faults,
          onRequest: isControlled,
          onBroken: (request, reply) => {
            if (journal) record(journal, clock, request, reply, undefined)
          },
        })
      }
      if (journal) served.register(recording, { journal, clock })
      served.register(atlas, {
        world,
        clock,
        buckets,
        rateLimit: settings.rateLimit,
        tokens: new Tokens(
          store.vault,
          credentialsRequired ? 'token' : 'token of anyone',
          clock,
          settings.tokenLifetime,
        ),
        nonces: new Nonces(store.vault.key('nonce', nonceKey(settings.seed)), start, clock, chance.stream('nonce')),
        credentialsRequired,
        publicUrl: settings.publicUrl,
      })
    })
    await app.ready()
    return {
      app,
      loaded,
      listen: async () => {
        if (settings.control === 'local' && settings.controlToken === undefined && !isLoopback(settings.host)) {
          logger?.warn(
            `The control API under ${controlPrefix} obeys whoever reaches ${settings.host} and names localhost as host; see --control-token and --control off`,
          )
        }
        // One address: Fastify serves each further one of a name by a server of its own, without our listeners.
        const { address } = await lookup(settings.host)
        await app.listen({
          port: settings.port,
          host: address,
          listenTextResolver: (url) => `listening on ${url}`,
        })
        return urlOf(app.server.address() as AddressInfo, tls ? 'https' : 'http')
      },
      close: async () => {
        await app.close()
        store.close()
      },
    }
  } catch (error) {
    store.close()
    throw explainDatabaseFailure(settings.db, error as Error)
  }
}

/** Loads the fixtures into a store that is empty, or is to be reset; all of them or nothing. Sets the clock. */
function populate(
  target: LoadTarget,
  settings: Settings,
  readFixtures: () => Fixture,
  logger: FastifyBaseLogger | undefined,
): Fixture | undefined {
  const { store, clock } = target
  const [setting, loaded] = store.transaction((): [ClockSetting, Fixture?] => {
    if (!settings.reset && !store.directory.isEmpty()) return [store.properties.get('clock') ?? { offset: 0 }]
    const fixture = readFixtures()
    return [loadFixture(fixture, settings.fixtures, target), fixture]
  })
  if (!loaded) {
    logger?.info(`${settings.db} holds data already: it is kept, and fixtures are not loaded; --reset starts over`)
  }
  clock.set(setting)
  return loaded
}

/** How the key that signs nonces is made, where it is to be the same for the same seed. */
function nonceKey(seed: number | undefined): (() => Buffer) | undefined {
  return seed === undefined ? undefined : () => createHash('sha256').update(`${seed} nonce key`).digest()
}

function readFixture(name: string): string {
  try {
    return readFileSync(ownFixtures.includes(name) ? packageFile(`fixtures/${name}.json`) : name, 'utf8')
  } catch (error) {
    throw new FixtureError(
      `The fixture ${name} cannot be read: ${(error as Error).message}. Allowed: ${ownFixtures.join(', ')}, or the path of a JSON file.`,
    )
  }
}

/** A URL that reaches the address from this machine: a wildcard is reached by loopback. */
function urlOf({ address, port }: AddressInfo, scheme: string): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address
  return `${scheme}://${authority(reachable, port)}`
}
