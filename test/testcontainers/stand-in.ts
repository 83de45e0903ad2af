// Stands in for the package `testcontainers`, which needs Docker and is installed by those who use it: as much of its API
// as src/testcontainers.ts uses, with a container that is an emulator in this process. test/packaging has the real one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createEmulator, type Emulator } from '../../src/emulator.js'
import { readCommand, type Settings } from '../../src/settings.js'

interface FileToCopy {
  readonly source: string
  readonly target: string
  readonly mode?: number
}

interface ContentToCopy {
  readonly content: string
  readonly target: string
  readonly mode?: number
}

/** How a container is known to be ready: here, by one HTTP request. */
export class HttpWaitStrategy {
  status = 0
  readTimeoutMs = 1000

  constructor(
    readonly path: string,
    readonly port: number,
    readonly options: { readonly abortOnContainerExit?: boolean },
  ) {}

  forStatusCode(status: number): this {
    this.status = status
    return this
  }

  withReadTimeout(milliseconds: number): this {
    this.readTimeoutMs = milliseconds
    return this
  }
}

// biome-ignore lint/complexity/noStaticOnlyClass: this is the shape of the API.
export class Wait {
  static forHttp(path: string, port: number, options: HttpWaitStrategy['options'] = {}): HttpWaitStrategy {
    return new HttpWaitStrategy(path, port, options)
  }
}

export interface StartedTestContainer {
  stop(): Promise<unknown>
  restart(): Promise<void>
  getHost(): string
  getMappedPort(port: number): number
}

/** Every container that was started, in order: what it was given, and whether it runs. */
export const containers: StartedContainer[] = []

class StartedContainer implements StartedTestContainer {
  running = true

  private constructor(
    readonly image: string,
    readonly env: readonly string[],
    readonly modes: Readonly<Record<string, number | undefined>>,
    private readonly settings: Settings,
    private readonly exposed: readonly number[],
    private emulator: Emulator,
    private url: URL,
  ) {}

  static async start(
    image: string,
    env: readonly string[],
    contents: readonly ContentToCopy[],
    exposed: readonly number[],
    wait: HttpWaitStrategy,
  ): Promise<StartedContainer> {
    const root = mkdtempSync(join(tmpdir(), 'container-'))
    try {
      for (const { target, content } of contents) {
        await mkdir(dirname(join(root, target)), { recursive: true })
        await writeFile(join(root, target), content)
      }
      const environment = Object.fromEntries(env.map((line) => line.split(/=(.*)/s)))
      const command = readCommand([], environment as NodeJS.ProcessEnv)
      if (command.run !== 'serve') throw new Error('The container does not serve')
      const { fixtures } = command.settings
      const settings: Settings = {
        ...command.settings,
        port: 0,
        logLevel: 'silent',
        fixtures: fixtures.startsWith('/') ? join(root, fixtures) : fixtures,
      }
      const emulator = await createEmulator(settings)
      const url = new URL(await emulator.listen())
      const modes = Object.fromEntries(contents.map(({ target, mode }) => [target, mode]))
      const started = new StartedContainer(image, env, modes, settings, exposed, emulator, url)
      containers.push(started)
      const { status } = await fetch(`http://localhost:${started.getMappedPort(wait.port)}${wait.path}`)
      if (status !== wait.status) throw new Error(`URL ${wait.path} not accessible`)
      return started
    } finally {
      rmSync(root, { recursive: true })
    }
  }

  async stop(): Promise<unknown> {
    this.running = false
    await this.emulator.close()
    return {}
  }

  /** The port on the host is another one then, as Docker's is. */
  async restart(): Promise<void> {
    await this.emulator.close()
    this.emulator = await createEmulator({ ...this.settings, fixtures: 'default' })
    this.url = new URL(await this.emulator.listen())
  }

  getHost(): string {
    return 'localhost'
  }

  getMappedPort(port: number): number {
    if (!this.exposed.includes(port)) throw new Error(`No port binding found for :${port}`)
    return Number(this.url.port)
  }
}

export class GenericContainer {
  protected createOpts: { Env?: string[] } = {}
  protected environment: Record<string, string> = {}
  protected reuse = false
  private waitStrategy = new HttpWaitStrategy('/', 0, {})
  private readonly exposedPorts: number[] = []
  private readonly contents: ContentToCopy[] = []

  constructor(private readonly image: string) {}

  withEnvironment(environment: Record<string, string>): this {
    this.environment = { ...this.environment, ...environment }
    const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    this.createOpts.Env = [...(this.createOpts.Env ?? []), ...lines]
    return this
  }

  withExposedPorts(...ports: number[]): this {
    this.exposedPorts.push(...ports)
    return this
  }

  withWaitStrategy(strategy: HttpWaitStrategy): this {
    this.waitStrategy = strategy
    return this
  }

  withReuse(): this {
    this.reuse = true
    return this
  }

  withCopyContentToContainer(contents: ContentToCopy[]): this {
    this.contents.push(...contents)
    return this
  }

  withCopyFilesToContainer(files: FileToCopy[]): this {
    return this.withCopyContentToContainer(
      files.map(({ source, ...rest }) => ({ ...rest, content: readFileSync(source, 'utf8') })),
    )
  }

  async start(): Promise<StartedTestContainer> {
    const { image, contents, exposedPorts, waitStrategy } = this
    return StartedContainer.start(image, this.createOpts.Env ?? [], contents, exposedPorts, waitStrategy)
  }
}

/** What modules extend: it does what a started container does. */
export class AbstractStartedContainer implements StartedTestContainer {
  constructor(protected readonly startedTestContainer: StartedTestContainer) {}

  stop(): Promise<unknown> {
    return this.startedTestContainer.stop()
  }

  restart(): Promise<void> {
    return this.startedTestContainer.restart()
  }

  getHost(): string {
    return this.startedTestContainer.getHost()
  }

  getMappedPort(port: number): number {
    return this.startedTestContainer.getMappedPort(port)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
