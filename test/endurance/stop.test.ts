import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { regions } from '../../src/values/vocabulary.js'
import { accept, defaultWorld, project } from '../support/emulator.js'
import { type Answer, open, parseAnswer } from '../support/socket.js'
import { randomness, type Server, scaled, startServer } from './support.js'
import { framingFault, readChunks } from './wire.js'

/** How long a stop may take, in milliseconds. */
const promised = 1000
/** How many requests are under way at once. */
const atOnce = 16
/** The most that are answered in a round before the signal. */
const mostAnswered = 400

const flags = ['--auth', 'off', '--rate-limit', 'off', '--provisioning', '0s', '--deletion', '1h']

/** Every pair of regions, each of which a project can have one endpoint for. */
const pairs = regions.flatMap((regionName) => regions.map((vpcRegionName) => ({ regionName, vpcRegionName })))

/** A project with so many endpoints that a page of them is a large answer, and projects to create endpoints in. */
const large = 'c'.repeat(24)
const largeCount = 700
const projects = Array.from({ length: 10 }, (_, n) => n.toString(16).padStart(24, 'c'))

const world = (() => {
  const { organizations, projects: given } = defaultWorld()
  const endpoints = pairs.slice(0, largeCount).map((pair) => ({ ...pair, status: 'ACTIVE' }))
  return JSON.stringify({
    organizations,
    projects: [large, ...projects].map((id) => ({
      ...given[0],
      id,
      name: id,
      ...(id === large && { privateEndpoints: endpoints }),
    })),
  })
})()

/** A project a page of which is more than the system takes in on behalf of a client; there is no other in this world. */
const hugeWorld = (() => {
  const { organizations, projects } = defaultWorld()
  const errorMessage = 'x'.repeat(20_000)
  const privateEndpoints = pairs.slice(0, 500).map((pair) => ({ ...pair, status: 'FAILED', errorMessage }))
  return JSON.stringify({ organizations, projects: [{ ...projects[0], id: large, privateEndpoints }] })
})()

const pathOf = (project: string) => `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints`
const largeList = `${pathOf(large)}?itemsPerPage=500`

/** A request as it is sent; `fields` are lines of its head. */
function bytesOf(method: string, target: string, body = '', fields = ''): string {
  const type = body && `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
  return `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: ${accept}\r\n${fields}${type}\r\n${body}`
}

/** Has the server take its time before or after it does what is asked; a stop cuts that short. */
const slowly = ['X-Emulator-Fault: delay=100ms\r\n', 'X-Emulator-Fault: delay-after=100ms\r\n']

/** A connection that may be closed at any time. */
async function dial(url: string): Promise<Socket> {
  const socket = await open(url)
  return socket.on('error', () => {})
}

/** How a body in chunks ends. */
const lastChunk = '0\r\n\r\n'

/**
 * Sends a request and reads the whole answer, whose body is what the chunks hold where it came in chunks.
 * @returns undefined when the connection is closed before the first byte of it; rejects when it is closed after that
 */
function ask(
  socket: Socket,
  method: string,
  target: string,
  body?: string,
  fields?: string,
): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    let received = ''
    let tail = ''
    /** The answer's head, once it has come, and where its body starts. */
    let begun: { answer: Answer; start: number } | undefined
    const settle = (settled: () => void) => {
      socket.off('data', read).off('close', closed)
      settled()
    }
    const read = (chunk: Buffer) => {
      const text = chunk.toString('latin1')
      received += text
      tail = (tail + text).slice(-lastChunk.length)
      if (!begun && received.includes('\r\n\r\n')) {
        const answer = parseAnswer(received)
        begun = { answer, start: received.length - answer.body.length }
      }
      if (!begun) return
      const { answer, start } = begun
      const done = (body: string) => settle(() => resolve({ ...answer, body }))
      if (answer.headers['transfer-encoding'] === undefined) {
        const end = start + Number(answer.headers['content-length'] ?? 0)
        if (received.length >= end) done(received.slice(start))
      } else if (tail === lastChunk) {
        try {
          const whole = readChunks(received, start)
          if (whole) done(whole.body + received.slice(whole.end))
        } catch (error) {
          settle(() => reject(error))
        }
      }
    }
    const closed = () => {
      const half = new Error(`half an answer, ${received.length} bytes: ${received.slice(0, 300)}`)
      settle(() => (received === '' ? resolve(undefined) : reject(half)))
    }
    if (socket.destroyed) return resolve(undefined)
    socket.on('data', read).on('close', closed)
    socket.write(bytesOf(method, target, body, fields))
  })
}

function statusOf({ statusLine }: Answer): number {
  return Number(statusLine.split(' ')[1])
}

/** What is wrong with an answer of the server that stops; undefined when nothing is [connection-errors]. */
function refusalFault({ headers, body }: Answer): string | undefined {
  const expected = {
    detail: 'Service Unavailable.',
    error: 503,
    errorCode: 'SERVICE_UNAVAILABLE',
    parameters: [],
    reason: 'Service Unavailable',
  }
  const isRight =
    body === JSON.stringify(expected) &&
    headers['content-length'] === String(body.length) &&
    headers['content-type'] === 'application/json' &&
    headers['x-error-code'] === expected.errorCode &&
    headers.connection === 'close'
  return isRight ? undefined : `${JSON.stringify(headers)} ${body}`
}

/** Sends the signal, and expects the server to end in good order within the time promised. */
async function stops(t: Test, server: Server, message: string): Promise<number> {
  const begun = performance.now()
  const exit = server.exit.then((code) => ({ code, took: performance.now() - begun }))
  const late = globalThis.setTimeout(() => server.child.kill('SIGKILL'), 5 * promised)
  server.child.kill('SIGTERM')
  const { code, took } = await exit
  clearTimeout(late)
  t.equal(code, 0, `${message}: its exit code`)
  t.ok(took < promised, `${message}: it took ${took.toFixed(0)} ms`)
  return took
}

test('a server that is stopped answers what it has begun, refuses the rest, and loses nothing that it answered', async (t) => {
  const random = randomness(t)
  const dir = t.testdir({ 'world.json': world })
  const rounds = scaled(5, 40)
  const free = projects.flatMap((project) => pairs.map((pair) => ({ project, ...pair })))
  /** By id, what the answers say that there is. */
  const acknowledged = new Map<string, string>()
  const untouched: { project: string; id: string; regions: string }[] = []
  const sum = { answered: 0, afterSignal: 0, refused: 0, closed: 0 }
  const times: number[] = []

  // Each round begins by looking at what the stop of the one before has left; the last does no more than that.
  for (let round = 1; round <= rounds + 1 && t.passing(); round += 1) {
    const server = startServer(t, [...flags, '--db', `${dir}/atlas.db`, '--fixtures', `${dir}/world.json`])
    const url = await server.url

    const listed = new Map<string, string>()
    const reader = await dial(url)
    for (const project of projects) {
      for (const page of [1, 2]) {
        const answer = await ask(reader, 'GET', `${pathOf(project)}?itemsPerPage=500&pageNum=${page}`)
        for (const { id, regionName, vpcRegionName, status } of JSON.parse(answer?.body ?? '').results) {
          listed.set(id, `${id} ${project} ${regionName} ${vpcRegionName} ${status}`)
        }
      }
    }
    reader.destroy()
    const isIn = (other: Map<string, string>) => (entry: string) => other.get(entry.slice(0, 24)) === entry
    const lost = [...acknowledged.values()].filter((entry) => !isIn(listed)(entry))
    const unanswered = [...listed.values()].filter((entry) => !isIn(acknowledged)(entry))
    t.same(lost, [], `round ${round}: all that was acknowledged is there`)
    t.same(unanswered, [], `round ${round}: nothing was done without an answer`)
    if (round > rounds) {
      await stops(t, server, 'at the end')
      break
    }

    const stopAfter = 1 + random(mostAnswered)
    let answered = 0
    let stopped: Promise<number> | undefined
    const faults: string[] = []
    /** Whether the answer is the one that was hoped for. */
    const judge = (asked: string, answer: Answer | undefined, status: number): answer is Answer => {
      if (!answer) {
        sum.closed += 1
        if (!stopped) faults.push(`${asked}: closed while it was not stopping`)
        return false
      }
      if (statusOf(answer) === 503) {
        sum.refused += 1
        const fault = stopped ? refusalFault(answer) : 'refused while it was not stopping'
        if (fault) faults.push(`${asked}: ${fault}`)
        return false
      }
      answered += 1
      if (stopped) sum.afterSignal += 1
      const { headers, body } = answer
      const broken = status === 204 ? body : framingFault(headers, body.length)
      if (statusOf(answer) === status && !broken) return true
      faults.push(`${asked}: ${answer.statusLine} ${broken} ${body.slice(0, 200)}`)
      return false
    }
    /** Does one of the four operations; false when the connection is of no more use. */
    const step = async (socket: Socket): Promise<boolean> => {
      const choice = random(5)
      const fields = slowly[random(50)]
      let answer: Answer | undefined
      if (choice === 0) {
        answer = await ask(socket, 'GET', largeList, '', fields)
        if (judge('list', answer, 200)) {
          const { results, totalCount } = JSON.parse(answer.body)
          if (results.length !== 500 || totalCount !== largeCount) faults.push(`list: ${results.length}, ${totalCount}`)
        }
      } else if (choice === 1 && acknowledged.size > 0) {
        const [id = '', project] = [...acknowledged.values()][random(acknowledged.size)]?.split(' ') ?? []
        answer = await ask(socket, 'GET', `${pathOf(project as string)}/${id}`, '', fields)
        if (judge('get', answer, 200) && JSON.parse(answer.body).id !== id) faults.push(`get: ${answer.body}`)
      } else if (choice === 2 && untouched.length > 0) {
        const [victim] = untouched.splice(random(untouched.length), 1)
        const { project, id, regions } = victim as (typeof untouched)[number]
        answer = await ask(socket, 'DELETE', `${pathOf(project)}/${id}`, '', fields)
        if (judge('delete', answer, 204)) acknowledged.set(id, `${id} ${project} ${regions} DELETING`)
        else untouched.push({ project, id, regions })
      } else {
        const place = free.pop()
        if (!place) throw new Error('Every pair of regions is used up')
        const { project, ...pair } = place
        const body = JSON.stringify({ cloudProvider: 'AWS', ...pair })
        answer = await ask(socket, 'POST', pathOf(project), body, fields)
        if (judge('create', answer, 201)) {
          const { id, regionName, vpcRegionName } = JSON.parse(answer.body)
          const regions = `${regionName} ${vpcRegionName}`
          acknowledged.set(id, `${id} ${project} ${regions} ACTIVE`)
          untouched.push({ project, id, regions })
        } else {
          free.push(place)
        }
      }
      if (answered >= stopAfter) stopped ??= stops(t, server, `round ${round}`)
      if (answer?.headers.connection === 'close' && !socket.closed) await once(socket, 'close')
      return answer?.headers.connection === 'keep-alive'
    }
    /** Asks without pause, on a new connection when the server closes one, until it takes no more. */
    const work = async () => {
      for (;;) {
        const socket = await dial(url).catch((error) => {
          if (!stopped) throw error
        })
        if (!socket) return
        while (await step(socket));
        socket.destroy()
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    times.push((await stopped) ?? Number.NaN)
    sum.answered += answered
    t.same(faults, [], `round ${round}: every answer was whole, ${answered} came`)
  }
  t.comment(
    `${sum.answered} answers, ${sum.afterSignal} of them after the signal; ${sum.refused} refused, ${sum.closed} closed`,
  )
  t.comment(`from signal to exit: ${times.map((took) => took.toFixed(0)).join(', ')} ms`)
  t.ok(sum.answered > 20 * rounds, 'the server was busy')
})

/** How connections are left while the server stops; each takes a new one to the server at `url`. */
const neglected: Readonly<Record<string, (socket: Socket) => Promise<unknown>>> = {
  'one that never asked': async () => {},
  'one that is kept': (socket) => ask(socket, 'GET', largeList),
  'half a request line': async (socket) => socket.write('GET /api/at'),
  'half a head': async (socket) => socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: appl'),
  'half a head behind a request': async (socket) => {
    const answered = once(socket, 'data')
    socket.write(`${bytesOf('GET', pathOf(large))}GET / HTTP/1.1\r\nHost`)
    await answered
  },
  'a follower of the journal': async (socket) => {
    const followed = once(socket, 'data')
    socket.write(bytesOf('GET', '/_emulator/requests/stream'))
    await followed
    socket.pause()
  },
}

for (const [name, leave] of Object.entries(neglected)) {
  test(`a server that is stopped does not wait for a connection that it owes no answer: ${name}`, async (t) => {
    const server = startServer(t, [...flags, '--fixtures', `${t.testdir({ 'world.json': world })}/world.json`])
    const url = await server.url
    const sockets = await Promise.all(Array.from({ length: scaled(5, 100) }, () => dial(url)))
    t.teardown(() => {
      for (const socket of sockets) socket.destroy()
    })
    await Promise.all(sockets.map(leave))
    // What has been sent has come by the time that this is answered.
    await ask(await dial(url), 'GET', largeList)
    await stops(t, server, name)
  })
}

test('a server that is stopped does not wait for a follower of the journal that has stopped reading', async (t) => {
  const server = startServer(t, [...flags, '--fixtures', `${t.testdir({ 'world.json': world })}/world.json`])
  const url = await server.url
  const follower = await dial(url)
  t.teardown(() => follower.destroy())
  await neglected['a follower of the journal']?.(follower)
  const reader = await dial(url)
  // More than the system takes in on its behalf, and less than the server leaves it behind for.
  for (let told = 0; told < 8 * 2 ** 20; ) told += (await ask(reader, 'GET', largeList))?.body.length ?? Number.NaN
  await stops(t, server, 'a follower')
})

test('a server that is stopped does not wait for a client that does not read its answers', async (t) => {
  const server = startServer(t, [...flags, '--fixtures', `${t.testdir({ 'world.json': world })}/world.json`])
  const url = await server.url
  const deaf = await dial(url)
  t.teardown(() => deaf.destroy())
  deaf.pause()
  deaf.write(bytesOf('GET', largeList).repeat(100))
  for (let n = 0; n < 20; n += 1) await ask(await dial(url), 'GET', largeList)
  await stops(t, server, 'a client that does not read')
})

/** Where an answer of ten megabytes can come from. */
const hugeAnswers = {
  'a list of Atlas': largeList,
  'the state': '/_emulator/state',
}

for (const [name, target] of Object.entries(hugeAnswers)) {
  test(`a server that is stopped lets an answer that has begun be read to its end, however large: ${name}`, async (t) => {
    const server = startServer(t, [...flags, '--fixtures', `${t.testdir({ 'world.json': hugeWorld })}/world.json`])
    const url = await server.url
    const socket = await dial(url)
    const begins = once(socket, 'data')
    const answer = ask(socket, 'GET', target).catch(({ message }) => void t.fail(message))
    await begins
    await stops(t, server, 'a large answer')
    const whole = await answer
    t.equal(whole?.headers['transfer-encoding'], 'chunked')
    t.equal(framingFault(whole?.headers ?? {}, whole?.body.length ?? 0), undefined)
    t.equal(whole?.body.split('"FAILED"').length, 501, 'every endpoint is told')
    t.doesNotThrow(() => JSON.parse(whole?.body ?? ''))
    t.comment(`${whole?.body.length} bytes`)
  })
}

test('an answer in chunks that a slow client reads comes whole, and its connection is kept', async (t) => {
  const short = ['--header-timeout', '300ms', '--request-timeout', '300ms']
  const world = `${t.testdir({ 'world.json': hugeWorld })}/world.json`
  const server = startServer(t, [...flags, ...short, '--fixtures', world])
  const socket = await dial(await server.url)
  t.teardown(() => socket.destroy())
  const answer = ask(socket, 'GET', largeList)
  // Longer than anything else that the server waits for.
  for (let n = 0; n < 3; n += 1) {
    await once(socket, 'data')
    socket.pause()
    await setTimeout(1000)
    socket.resume()
  }
  const whole = await answer
  t.equal(framingFault(whole?.headers ?? {}, whole?.body.length ?? 0), undefined)
  t.equal(JSON.parse(whole?.body ?? '').results.length, 500)
  t.equal(statusOf((await ask(socket, 'GET', pathOf(project))) as Answer), 404, 'the next is answered on it')
})

test('a server that is stopped refuses an upload that does not end, and new requests meanwhile', async (t) => {
  const server = startServer(t, flags)
  const url = await server.url
  const target = pathOf(project)
  const body = JSON.stringify({ cloudProvider: 'AWS', regionName: 'US_EAST_1' }).padEnd(1000)
  const head = `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: ${accept}\r\n`
  const half = `${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n${body.slice(0, 500)}`
  const answers = Array.from({ length: scaled(3, 50) }, async () => {
    const socket = await dial(url)
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk)).write(half)
    await once(socket, 'close')
    return Buffer.concat(chunks).toString('latin1')
  })
  const kept = await Promise.all(Array.from({ length: 4 }, () => dial(url)))
  // What has been sent has come by the time that this is answered.
  for (const socket of kept) await ask(socket, 'GET', target)
  const stopped = stops(t, server, 'unfinished uploads')
  let refused = 0
  await Promise.all(
    kept.map(async (socket) => {
      for (let answer: Answer | undefined; !socket.destroyed; ) {
        answer = await ask(socket, 'GET', target)
        if (!answer || statusOf(answer) === 200) continue
        refused += 1
        t.equal(refusalFault(answer), undefined)
        if (!socket.closed) await once(socket, 'close')
      }
    }),
  )
  t.comment(`${refused} of ${kept.length} connections were refused, the others closed`)
  await stopped
  const faults = (await Promise.all(answers)).map((received) => {
    const answer = parseAnswer(received)
    return statusOf(answer) === 503 ? refusalFault(answer) : `an upload: ${received.slice(0, 300)}`
  })
  t.same(
    faults.filter((fault) => fault !== undefined),
    [],
    'every upload was refused',
  )
})
