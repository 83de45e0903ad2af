import { randomBytes } from 'node:crypto'
import { extname } from 'node:path'
import { AbstractStartedContainer, GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { type WayIn, wayIn } from './fixture/way-in.js'
import { EmulatorControl, type Fixture, type StartOptions, UsageError } from './index.js'
import { ownFixtures, toVariables } from './settings.js'
import { clientVariables } from './values/client-variables.js'
import { authority } from './values/url.js'

/** Where the image listens. */
const port = 8080

/** The variable of the control token. */
const controlToken = 'ATLAS_EMULATOR_CONTROL_TOKEN'

/** What a container is not told by settings, and by what it is told instead. */
const elsewhere = {
  fixtures: 'use withFixtures()',
  host: 'the container listens on every address',
  port: 'use getMappedPort(8080) of the started container, or its url',
  tlsCert: 'the container is asked by http',
  tlsKey: 'the container is asked by http',
  control: 'the control API answers to a token of its own',
} as const

/** The options of `startEmulator`, but for what a container has its own way of. */
export type ContainerSettings = Omit<StartOptions, keyof typeof elsewhere>

/**
 * An emulator in a container, for Testcontainers. Without more it holds the default world, asks for credentials as Atlas
 * does, and is waited for until it answers; what Testcontainers can do with a container, it can do with this one.
 */
export class AtlasEmulatorContainer extends GenericContainer {
  /** @param image one that was built of the emulator's Dockerfile, by name */
  constructor(image = 'atlas-backup-emulator') {
    super(image)
    this.withExposedPorts(port).withWaitStrategy(
      // Not by the image's health check, which not every builder writes into an image.
      Wait.forHttp('/_emulator/health', port, { abortOnContainerExit: true }).withReadTimeout(500).forStatusCode(200),
    )
  }

  /**
   * Sets what is named, and leaves all else as it is: `withSettings({ provisioning: '5m', rateLimit: 'off' })`.
   * @throws {UsageError} for a setting that does not exist, a value that is not allowed, or what a container is told
   *   otherwise
   */
  withSettings(settings: ContainerSettings): this {
    this.withEnvironment(toVariables({ ...settings }))
    for (const [name, instead] of Object.entries(elsewhere)) {
      if (Object.hasOwn(settings, name)) throw new UsageError(`${name} is no setting of a container: ${instead}.`)
    }
    return this
  }

  /** Has requests need no credentials; and where they have some, any will do. */
  withAuthOff(): this {
    return this.withSettings({ auth: 'off' })
  }

  /**
   * The world to start from.
   * @param fixtures `default`, `demo`, `sunset`, the path of a file on the machine where the test runs, or a world itself;
   *   the last two are copied into the container
   */
  withFixtures(fixtures: string | Fixture): this {
    if (typeof fixtures === 'string' && ownFixtures.includes(fixtures))
      return this.withEnvironment(toVariables({ fixtures }))
    // The image's user is no owner of what is copied, and only reads it.
    const mode = 0o444
    if (typeof fixtures === 'string') {
      const target = `/fixtures/world${extname(fixtures)}`
      this.withCopyFilesToContainer([{ source: fixtures, target, mode }])
      return this.withEnvironment(toVariables({ fixtures: target }))
    }
    const target = '/fixtures/world.json'
    this.withCopyContentToContainer([{ content: JSON.stringify(fixtures), target, mode }])
    return this.withEnvironment(toVariables({ fixtures: target }))
  }

  /**
   * Starts the container, with a control token of its own unless the settings name one. A container that is reused has
   * none: another token would make it another container.
   */
  override async start(): Promise<StartedAtlasEmulatorContainer> {
    if (!this.reuse) {
      this.withEnvironment({ [controlToken]: randomBytes(16).toString('hex'), ...this.environment })
    }
    const token = this.environment[controlToken]
    // Docker hands on a variable that is set twice, and it depends on who reads it which one counts.
    this.createOpts.Env = Object.entries(this.environment).map(([name, value]) => `${name}=${value}`)
    const started = await super.start()
    try {
      const control = controlOf(started, token)
      return new StartedAtlasEmulatorContainer(started, token, wayIn(await control.state.export({ secrets: true })))
    } catch (error) {
      await started.stop()
      throw error
    }
  }
}

/** An emulator that runs in a container. */
export class StartedAtlasEmulatorContainer extends AbstractStartedContainer {
  readonly #wayIn: WayIn

  /**
   * @param controlToken what its control API asks for; undefined for nothing
   * @param wayIn what clients sign in with
   */
  constructor(
    started: StartedTestContainer,
    readonly controlToken: string | undefined,
    wayIn: WayIn,
  ) {
    super(started)
    this.#wayIn = wayIn
  }

  /** Where it is reached from here, such as `http://localhost:49152`; another one after a restart. */
  get url(): string {
    return urlOf(this.startedTestContainer)
  }

  /** State, time, lifecycle, faults and journal. */
  get control(): EmulatorControl {
    return controlOf(this.startedTestContainer, this.controlToken)
  }

  /**
   * The environment variables in which Atlas's clients look for where to reach the emulator and how to sign in: to the
   * first project of its world, as that was at the start.
   */
  get environment(): Record<string, string> {
    return this.environmentAt(this.url)
  }

  /** The same for clients that reach the emulator elsewhere: in its network, `http://atlas:8080` by an alias. */
  environmentAt(url: string): Record<string, string> {
    return clientVariables(url, this.#wayIn)
  }
}

function urlOf(container: StartedTestContainer): string {
  return `http://${authority(container.getHost(), container.getMappedPort(port))}`
}

function controlOf(container: StartedTestContainer, token: string | undefined): EmulatorControl {
  return new EmulatorControl(urlOf(container), token === undefined ? {} : { token })
}
