// Stands in for Docker where there is none: as much of its Engine API as Testcontainers uses for one container. Whatever
// the image is called, a container is the built emulator as a process, with the container's variables and files.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../dist/main.cjs', import.meta.url))
const never = '0001-01-01T00:00:00Z'

class Container {
  id = randomBytes(32).toString('hex')
  root = mkdtempSync(join(tmpdir(), 'container-'))
  status = 'created'
  startedAt = never
  finishedAt = never
  exitCode = 0
  child = undefined
  port = undefined
  log = []

  constructor(name, config) {
    this.name = name ?? this.id.slice(0, 12)
    this.config = config
  }

  /** Puts the files of a tar archive below a folder of the container. */
  extract(archive, path) {
    const folder = join(this.root, path)
    mkdirSync(folder, { recursive: true })
    const { status, stderr } = spawnSync('tar', ['-x', '-C', folder], { input: archive })
    if (status !== 0) throw new Error(String(stderr))
  }

  /** Runs the emulator, and resolves once it listens or has ended. */
  async start() {
    const { PATH } = process.env
    const env = { PATH, ...Object.fromEntries(this.config.Env?.map((line) => line.split(/=(.*)/s)) ?? []) }
    const { ATLAS_EMULATOR_FIXTURES: fixtures } = env
    if (fixtures?.startsWith('/')) env.ATLAS_EMULATOR_FIXTURES = join(this.root, fixtures)
    // The container's own port 8080 is one of this machine.
    this.child = spawn(process.execPath, [program, '--host', '127.0.0.1', '--port', '0'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stderr.on('data', (chunk) => this.log.push(chunk))
    this.status = 'running'
    this.startedAt = new Date().toISOString()
    this.ended = once(this.child, 'exit').then(([code]) => {
      this.status = 'exited'
      this.exitCode = code ?? 137
      this.finishedAt = new Date().toISOString()
    })
    const listens = once(createInterface({ input: this.child.stdout }), 'line')
    const [line] = (await Promise.race([listens, this.ended])) ?? []
    this.port = line?.match(/:(\d+)$/)[1]
  }

  /** What it wrote to standard error, in the frame that tells it from standard output. */
  logs() {
    const text = Buffer.concat(this.log)
    const header = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0])
    header.writeUInt32BE(text.length, 4)
    return text.length === 0 ? text : Buffer.concat([header, text])
  }

  async stop() {
    this.child?.kill()
    await this.ended
  }

  async remove() {
    await this.stop()
    rmSync(this.root, { recursive: true, force: true })
  }

  inspect() {
    const { Image, Env = [], Labels = {}, ExposedPorts = {}, HostConfig = {} } = this.config
    const network = {
      NetworkID: 'bridge',
      IPAddress: '172.17.0.2',
      Gateway: '172.17.0.1',
      IPPrefixLen: 16,
      Aliases: [],
    }
    return {
      Id: this.id,
      Name: `/${this.name}`,
      Image: 'sha256:0',
      Created: new Date().toISOString(),
      Config: { Image, Env, Labels, ExposedPorts, Hostname: this.id.slice(0, 12) },
      HostConfig: { NetworkMode: 'bridge', ...HostConfig },
      State: {
        Status: this.status,
        Running: this.status === 'running',
        StartedAt: this.startedAt,
        FinishedAt: this.finishedAt,
        ExitCode: this.exitCode,
      },
      NetworkSettings: {
        ...network,
        Networks: { bridge: network },
        Ports: this.port ? { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: this.port }] } : {},
      },
    }
  }

  /** How it stands in a list of containers. */
  listed() {
    const { Id, Name, Config, HostConfig, State, NetworkSettings } = this.inspect()
    const Ports = this.port ? [{ IP: '127.0.0.1', PrivatePort: 8080, PublicPort: Number(this.port), Type: 'tcp' }] : []
    return {
      Id,
      Names: [Name],
      Image: Config.Image,
      Labels: Config.Labels,
      HostConfig,
      State: State.Status,
      Ports,
      NetworkSettings,
    }
  }
}

const bridge = {
  Id: 'bridge',
  Name: 'bridge',
  Driver: 'bridge',
  Scope: 'local',
  IPAM: { Driver: 'default', Config: [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }] },
}
const version = { Version: '28.0.0', ApiVersion: '1.47', MinAPIVersion: '1.24', Os: 'linux', Arch: 'amd64' }
const info = {
  ID: 'stand-in',
  Name: 'stand-in',
  ServerVersion: version.Version,
  OperatingSystem: 'Linux',
  OSType: 'linux',
  Architecture: 'x86_64',
  NCPU: 1,
  MemTotal: 2 ** 30,
  Labels: [],
}

/** @returns the URL for DOCKER_HOST, how many containers were started, and what ends all of it */
export async function startDocker() {
  const containers = new Map()
  let started = 0
  const find = (id) => {
    const found = containers.get(id) ?? [...containers.values()].find(({ name }) => name === id)
    if (!found) throw Object.assign(new Error(`No such container: ${id}`), { status: 404 })
    return found
  }

  /** Each with the method and path that it is for, and what it answers: nothing for 204. */
  const routes = [
    ['GET', /^\/_ping$/, () => 'OK'],
    ['GET', /^\/version$/, () => version],
    ['GET', /^\/info$/, () => info],
    ['GET', /^\/networks$/, () => [bridge]],
    ['GET', /^\/networks\/bridge$/, () => bridge],
    [
      'GET',
      /^\/images\/(.+)\/json$/,
      () => ({ Id: 'sha256:0', RepoTags: [], Os: 'linux', Architecture: 'amd64', Config: {} }),
    ],
    ['GET', /^\/images\/json$/, () => [{ Id: 'sha256:0', RepoTags: ['atlas-backup-emulator:latest'], Created: 0 }]],
    ['POST', /^\/(?:containers|networks|volumes|images)\/prune$/, () => ({ SpaceReclaimed: 0 })],
    ['GET', /^\/containers\/json$/, () => [...containers.values()].map((container) => container.listed())],
    [
      'POST',
      /^\/containers\/create$/,
      (_id, query, body) => {
        const container = new Container(query.get('name') ?? undefined, JSON.parse(body))
        containers.set(container.id, container)
        return { Id: container.id, Warnings: [] }
      },
      201,
    ],
    ['GET', /^\/containers\/([^/]+)\/json$/, (id) => find(id).inspect()],
    ['GET', /^\/containers\/([^/]+)\/logs$/, (id) => find(id).logs()],
    [
      'PUT',
      /^\/containers\/([^/]+)\/archive$/,
      (id, query, body) => void find(id).extract(body, query.get('path')),
      200,
    ],
    [
      'POST',
      /^\/containers\/([^/]+)\/start$/,
      async (id) => {
        started += 1
        await find(id).start()
      },
    ],
    ['POST', /^\/containers\/([^/]+)\/(?:stop|kill)$/, (id) => find(id).stop()],
    [
      'DELETE',
      /^\/containers\/([^/]+)$/,
      async (id) => {
        const container = find(id)
        containers.delete(container.id)
        await container.remove()
      },
    ],
  ]

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://docker')
    const path = pathname.replace(/^\/v[0-9.]+(?=\/)/, '')
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const body = await buffer(request)
    const reply = (status, value) => {
      const isText = typeof value === 'string' || Buffer.isBuffer(value)
      const text = isText ? value : value === undefined ? '' : JSON.stringify(value)
      const type = isText ? 'application/octet-stream' : 'application/json'
      response.writeHead(status, { 'content-type': type, 'api-version': version.ApiVersion, ostype: 'linux' }).end(text)
    }
    const [, pattern, answer, status] = routes.find((route) => route[0] === method && route[1].test(path)) ?? []
    if (!pattern) {
      console.error(`docker: ${request.method} ${request.url} is not served`)
      reply(404, { message: 'page not found' })
      return
    }
    try {
      const value = await answer(decodeURIComponent(path.match(pattern)[1] ?? ''), searchParams, body)
      reply(status ?? (value === undefined ? 204 : 200), value)
    } catch (error) {
      reply(error.status ?? 500, { message: error.message })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `tcp://127.0.0.1:${server.address().port}`,
    started: () => started,
    /** Those that are left, by name: who started them should have removed them. */
    left: () => [...containers.values()].map(({ name }) => name),
    async close() {
      for (const container of containers.values()) await container.remove()
      server.closeAllConnections()
      server.close()
    },
  }
}
