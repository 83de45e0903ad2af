import { readFileSync } from 'node:fs'
import type { FastifyBaseLogger, InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator.js'
import type { Fixture } from '../../src/fixture/schema.js'
import { readCommand, type Settings } from '../../src/settings.js'
import type { Clock } from '../../src/world/clock.js'

/** What the default fixture holds. */
export const project = '32b6e34b3d91647abb20e7b8'
export const path = `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints`
/** A role that has been authorized, and the bucket that uses it. */
export const role = '32b6e34b3d91647abb20e7c8'
export const bucket = '32b6e34b3d91647abb20e7d0'
export const apiKey = { username: 'emulator', secret: '00000000-0000-4000-8000-000000000000' }
export const account = {
  id: 'mdb_sa_id_000000000000000000000001',
  secret: 'mdb_sa_sk_emulatoremulatoremulatoremulatoremulator',
}

/** Ids and credentials of the demo fixture, by what they are. */
export const demo = {
  production: '6650b2e1d3ba5f2c8e000001',
  staging: '6650b2e1d3ba5f2c8e000002',
  analytics: '6650b2e1d3ba5f2c8e000003',
  patientsEu: '6650b2e1d3ba5f2c8e000004',
  fleet: '6650b2e1d3ba5f2c8e000006',
  role: '6650c4e3f5dc714ea1000001',
  owner: { id: 'mdb_sa_id_000000000000000000000011', secret: 'mdb_sa_sk_demo11demo11demo11demo11demo11demo11demo' },
}

export const accept = 'application/vnd.atlas.2025-03-12+json'
export const startOfTime = Date.UTC(2026, 0, 1)

/** A clock that stands still until told otherwise. */
export class ManualClock implements Clock {
  #now = startOfTime

  now(): number {
    return this.#now
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds
  }
}

export interface Call {
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** Set false to send no `Authorization` and no `Accept` but those given. */
  readonly bare?: boolean
  /** The caller's address; 127.0.0.1 by default. */
  readonly from?: string
}

/** An emulator on a manual clock, and the means to ask it. */
export interface TestBench {
  readonly emulator: Emulator
  readonly clock: ManualClock
  readonly token: string
  /** Asks with a bearer token, an `Accept` and, for an object as body, a `Content-Type`. */
  call(method: string, url: string, call?: Call): Promise<LightMyRequestResponse>
  create(body?: object): Promise<{ id: string }>
  /** Asks the control API; an object as body is sent as JSON. */
  command(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>
}

/** Settings as from the command line, without environment. */
export function settingsFor(...flags: string[]): Settings {
  const command = readCommand(flags, {})
  if (command.run !== 'serve') throw new Error('These flags do not start a server')
  return command.settings
}

/** The default fixture, to change; its project has no things, so that tests may copy it under another id. */
export function defaultWorld() {
  const text = readFileSync(new URL('../../fixtures/default.json', import.meta.url), 'utf8')
  const world = JSON.parse(text) as Fixture & Required<Pick<Fixture, 'apiKeys' | 'serviceAccounts'>>
  for (const project of world.projects) {
    delete project.exportBuckets
    delete project.cloudProviderAccess
  }
  return world
}

/** The path of a file that holds `fixture`, for `--fixtures`. */
export function fixtureFile(t: Test, fixture: Fixture): string {
  return `${t.testdir({ 'world.json': JSON.stringify(fixture) })}/world.json`
}

/** Starts an emulator, which is closed when the test ends. */
export async function start(t: Test, flags: string[] = [], options: EmulatorOptions = {}): Promise<TestBench> {
  const clock = new ManualClock()
  const emulator = await createEmulator(settingsFor('--port', '0', ...flags), { clock, ...options })
  t.teardown(() => emulator.close())
  const token = await tokenFor(emulator, flags.includes('demo') ? demo.owner : account)
  const call: TestBench['call'] = (method, url, { body, headers = {}, bare = false, from } = {}) => {
    const isObject = typeof body === 'object' && !Buffer.isBuffer(body)
    return emulator.inject({
      method: method as NonNullable<InjectOptions['method']>,
      url,
      ...(from !== undefined && { remoteAddress: from }),
      headers: {
        ...(!bare && { authorization: `Bearer ${token}`, accept }),
        ...(isObject && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: (isObject ? JSON.stringify(body) : body) as string }),
    })
  }
  return {
    emulator,
    clock,
    token,
    call,
    command: (method, url, body, headers = {}) =>
      call(method, `/_emulator${url}`, { bare: true, headers, ...(body !== undefined && { body }) }),
    create: async (body = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }) => {
      const response = await call('POST', path, { body })
      t.equal(response.statusCode, 201)
      return response.json()
    },
  }
}

export function basic({ id, secret }: { id: string; secret: string }): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

export async function tokenFor(emulator: Emulator, client: { id: string; secret: string }): Promise<string> {
  const response = await emulator.inject({
    method: 'POST',
    url: '/api/oauth/token',
    headers: { authorization: basic(client), 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'grant_type=client_credentials',
  })
  return response.json().access_token
}

/** A logger that keeps its lines. */
export function memoryLogger(): { logger: FastifyBaseLogger; lines: string[] } {
  const lines: string[] = []
  const write = (...parts: unknown[]) => lines.push(parts.map((part) => inspectPart(part)).join(' '))
  const logger = {
    level: 'info',
    silent() {},
    fatal: write,
    error: write,
    warn: write,
    info: write,
    debug() {},
    trace() {},
    child: () => logger,
  } as unknown as FastifyBaseLogger
  return { logger, lines }
}

function inspectPart(part: unknown): string {
  return part instanceof Error
    ? `${part.name}: ${part.message}`
    : typeof part === 'string'
      ? part
      : JSON.stringify(part)
}
