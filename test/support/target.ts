/** Servers that stand in for a real Atlas, and what verify is run with. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Test } from 'tap'
import { createEmulator, type EmulatorOptions, startExpectation } from '../../src/emulator.js'
import type { ClaimId } from '../../src/fidelity/claims.js'
import type { Verdict } from '../../src/fidelity/verify/evidence.js'
import type { Time } from '../../src/fidelity/verify/sender.js'
import { type Verification, type VerifyOptions, verify } from '../../src/fidelity/verify/verify.js'
import type { Fixture } from '../../src/fixture/schema.js'
import { ManualClock, settingsFor } from './emulator.js'

export const shop = '6650b2e1d3ba5f2c8e0000a1'
const archive = '6650b2e1d3ba5f2c8e0000a2'
const orgId = '6650b2e1d3ba5f2c8e0000aa'
export const key = { publicKey: 'qwhzkvbt', privateKey: '3f6f4a52-8d0e-4c7e-9d53-7b1f2a9c6e11' }
export const reader = { publicKey: 'rdrzkvbt', privateKey: '9a1d7c30-5b2f-4e8a-8f16-0c4e3b7d5a92' }
export const account = {
  clientId: 'mdb_sa_id_6650b2e1d3ba5f2c8e0000b1',
  clientSecret: 'mdb_sa_sk_Zx8Kq2Wm5Vr9Tn3Lp7Hs1Jd4Fg6Bc0YuIoPaSdEw',
}

/** A project with two export buckets and without endpoints, and one beside it. */
export function targetWorld(endpoints: NonNullable<Fixture['projects'][number]['privateEndpoints']> = []): Fixture {
  const owner = [
    { roleName: 'GROUP_OWNER', groupId: shop } as const,
    { roleName: 'GROUP_OWNER', groupId: archive } as const,
  ]
  return {
    organizations: [{ id: orgId, name: 'Nile Trading' }],
    projects: [
      {
        id: shop,
        orgId,
        name: 'Storefront',
        created: '2024-02-03T04:05:06Z',
        clusterCount: 2,
        tags: [{ key: 'stage', value: 'live' }],
        privateEndpoints: endpoints,
        cloudProviderAccess: [
          { id: '6650b2e1d3ba5f2c8e0000c1', iamAssumedRoleArn: 'arn:aws:iam::210987654321:role/nile' },
          { id: '6650b2e1d3ba5f2c8e0000c2' },
        ],
        exportBuckets: [
          { bucketName: 'nile-exports', iamRoleId: '6650b2e1d3ba5f2c8e0000c1', region: 'eu-west-1' },
          { bucketName: 'nile-exports-old', iamRoleId: '6650b2e1d3ba5f2c8e0000c2', region: 'us-east-1' },
        ],
      },
      { id: archive, orgId, name: 'Archive', created: '2023-02-03T04:05:06Z' },
    ],
    apiKeys: [
      { ...key, orgId, roles: owner },
      { ...reader, orgId, roles: [{ roleName: 'GROUP_READ_ONLY', groupId: shop }] },
    ],
    serviceAccounts: [{ ...account, orgId, roles: owner }],
  }
}

export const someEndpoints = [
  { id: '6650b2e1d3ba5f2c8e0000d1', regionName: 'US_EAST_1', status: 'ACTIVE' },
  { id: '6650b2e1d3ba5f2c8e0000d2', regionName: 'EU_WEST_1', vpcRegionName: 'EU_WEST_2', status: 'PENDING_ACCEPTANCE' },
  { id: '6650b2e1d3ba5f2c8e0000d3', regionName: 'CA_CENTRAL_1', status: 'FAILED', errorMessage: 'No route.' },
] as const

/** A target, and the time that it shares with the run: waiting moves it. */
export interface Target {
  readonly url: string
  readonly time: Time
  readonly clock: ManualClock
  /** What is left in the project's list of private endpoints. */
  endpoints(): Promise<{ id: string }[]>
}

/** Starts an emulator in the place of Atlas; it is closed when the test ends. */
export async function startTarget(
  t: Test,
  { flags = [], world = targetWorld(), ...options }: { flags?: string[]; world?: Fixture } & EmulatorOptions = {},
): Promise<Target> {
  const clock = new ManualClock()
  const settings = settingsFor('--port', '0', ...flags)
  const emulator = await createEmulator(settings, { clock, fixture: world, ...options })
  t.teardown(() => emulator.close())
  return {
    url: await emulator.listen(),
    clock,
    time: timeOf(clock),
    endpoints: async () => {
      const { body } = await emulator.inject({ url: '/_emulator/state', headers: { host: 'localhost' } })
      const { projects } = JSON.parse(body) as Fixture
      return (projects.find(({ id }) => id === shop)?.privateEndpoints ?? []) as { id: string }[]
    },
  }
}

export function timeOf(clock: ManualClock): Time {
  return {
    now: () => clock.now(),
    wait: async (milliseconds) => clock.advance(milliseconds),
  }
}

export interface Asked {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}
export interface Answered {
  /** 0 breaks the connection off. */
  status: number
  /** Names as they were sent. */
  headers: [string, string][]
  /** Plain, even where it is sent compressed. */
  body: string
}

/** Changes a request before it gets to the target, or the answer to it; an answer instead of a request is given at once. */
export interface Mutation {
  readonly request?: (asked: Asked) => Asked | Answered | undefined
  readonly answer?: (answered: Answered, asked: Asked) => Answered | undefined
}

/** A server before the target that changes what goes through; resolves to its URL. */
export async function mutant(t: Test, target: string, mutations: readonly Mutation[]): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    let asked: Asked = {
      method: incoming.method as string,
      url: incoming.url as string,
      headers: incoming.headers,
      body: await buffer(incoming),
    }
    let answered: Answered | undefined
    for (const mutation of mutations) {
      const changed = mutation.request?.(asked)
      if (changed && 'status' in changed) answered = changed
      else if (changed) asked = changed
    }
    answered ??= await forward(target, asked)
    for (const { answer } of mutations) answered = answer?.(answered, asked) ?? answered
    send(outgoing, answered, asked)
  })
  return listening(t, server)
}

/** The URL of a server on a free port, which is closed when the test ends. */
export async function listening(t: Test, server: Server, scheme = 'http'): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function forward(target: string, { method, url, headers, body }: Asked): Promise<Answered> {
  const { hostname, port } = new URL(target)
  const lengths = body.length > 0 ? { 'content-length': String(body.length) } : {}
  const { 'content-length': _, 'transfer-encoding': __, ...others } = headers
  const sent = request({ host: hostname, port, method, path: url, headers: { ...others, ...lengths } })
  sent.end(body)
  const [response] = await once(sent, 'response')
  const bytes = await buffer(response)
  const isCompressed = response.headers['content-encoding'] === 'gzip' && bytes.length > 0
  const pairs = (response.rawHeaders as string[]).flatMap((name, i, all) =>
    i % 2 === 0 ? [[name, all[i + 1]] as [string, string]] : [],
  )
  return { status: response.statusCode, headers: pairs, body: (isCompressed ? gunzipSync(bytes) : bytes).toString() }
}

type Outgoing = Parameters<NonNullable<Parameters<typeof createServer>[1]>>[1]

function send(outgoing: Outgoing, { status, headers, body }: Answered, { method }: Asked): void {
  if (status === 0) return void outgoing.destroy()
  const has = (name: string) => headers.some(([given]) => given.toLowerCase() === name)
  const bytes = has('content-encoding') ? gzipSync(body) : Buffer.from(body)
  const told = headers.filter(
    ([name]) => !/^(?:content-length|transfer-encoding|connection|keep-alive|date)$/i.test(name),
  )
  outgoing.sendDate = false
  if (has('content-length') && method !== 'HEAD') told.push(['Content-Length', String(bytes.length)])
  else if (has('content-length')) told.push(['Content-Length', '0'])
  outgoing.writeHead(status, told.flat())
  outgoing.end(method === 'HEAD' || status === 204 ? undefined : bytes)
}

/** Runs verify without pauses; the time is the target's. */
export function run(
  target: Pick<Target, 'time'>,
  against: string,
  options: Partial<VerifyOptions> = {},
): Promise<Verification> {
  return verify(
    {
      against,
      credentials: key,
      project: shop,
      region: 'EU_WEST_3',
      confirm: shop,
      pace: 0,
      budget: 2000,
      time: target.time,
      ...options,
    },
    startExpectation,
  )
}

/** The ids of the claims with a verdict. */
export function claimsWith({ evidence }: Verification, verdict: Verdict): ClaimId[] {
  return evidence.claims.filter((claim) => claim.verdict === verdict).map(({ id }) => id)
}

/** The path of a ledger of the test's own. */
export function ledgerOf(t: Test): string {
  return `${t.testdir({})}/ledger.json`
}
