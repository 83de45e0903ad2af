import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { after } from '../values/timers.js'
import { AnswersUnderWay } from './under-way.js'

/** How long what a client still sends is read and dropped once it has its last answer, in milliseconds. */
export const lingerTime = 500

/** The answer to the latest request on each connection, sent or not. */
const latest = new WeakMap<IncomingMessage['socket'], ServerResponse>()

/** The connections whose last answer has been decided on: what else comes on them is dropped. RFC 9112, 9.6. */
const ending = new WeakSet<IncomingMessage['socket']>()

/** The answers whose clients wait for a `100 Continue` before they send the body. */
const awaitingContinue = new WeakSet<ServerResponse>()

/** The answer to the latest request on the connection, sent or not; undefined before the first. */
export function latestAnswer(socket: Socket): ServerResponse | undefined {
  return latest.get(socket)
}

/** Whether the last answer on the connection has been decided on. */
export function isEnding(socket: Socket): boolean {
  return ending.has(socket)
}

/** Has everything dropped that comes on the connection behind the latest request. */
export function endAfterLatest(socket: Socket): void {
  ending.add(socket)
}

/**
 * Keeps track of the requests that are being answered, whoever answers them.
 * @param onForgotten called each time that an answer has been sent, or that its client is gone
 */
export function trackAnswers(server: Server, onForgotten: () => void): AnswersUnderWay {
  const underWay = new AnswersUnderWay()

  function forget(response: ServerResponse): void {
    underWay.remove(response)
    onForgotten()
  }
  function forgetThis(this: ServerResponse): void {
    forget(this)
  }
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (ending.has(socket)) return
    underWay.add(response)
    latest.set(socket, response)
    response.on('close', forgetThis)
  })
  // When a connection closes, Node closes the answer that is being sent, but not those that wait behind it.
  const forgetAllOn = (socket: Socket) => {
    socket.on('close', () => {
      for (const { response } of underWay) if (response.req.socket === socket) forget(response)
    })
  }
  server.on('connection', forgetAllOn)
  server.on('secureConnection', forgetAllOn)
  return underWay
}

/**
 * Has the client told to go on by a `100 Continue` once somebody begins to read the body. Where the headers alone decide
 * the answer nobody does, and the answer is the last on its connection, since the client may send the body all the same,
 * or not. RFC 9110, 10.1.1.
 */
export function continueOnceRead(request: IncomingMessage, response: ServerResponse): void {
  awaitingContinue.add(response)
  request.once('resume', () => {
    // While answers to earlier requests are still to be sent, Node would write the 100 inside of one.
    if (response.headersSent || response.socket === null) return
    awaitingContinue.delete(response)
    response.writeContinue()
  })
}

/** Whether the client has not been told to send the body that it holds back. */
export function awaitsContinue(response: ServerResponse): boolean {
  return awaitingContinue.has(response)
}

/** Acts once the answer has been sent, or cannot be; at once where there is none to wait for. */
export function onceAnswered(response: ServerResponse | undefined, act: () => void): void {
  if (!response || response.closed) act()
  else response.once('close', act)
}

/**
 * Has an answer that is about to be sent be the last on its connection. What the client has yet to send is read before
 * the connection is closed: to close at once could reset the connection before the client has read the answer.
 */
export function endWith(response: ServerResponse): void {
  const { req } = response
  ending.add(req.socket)
  // The socket of an injected request is none.
  if (!req.complete && req.socket instanceof Socket) endOnceRead(response)
}

/**
 * Has the answer end only when all of the request has come, when the client has ended its side, or after the linger
 * time. Whoever was reading the request gets no more of it.
 */
function endOnceRead(response: ServerResponse): void {
  const end = response.end.bind(response) as () => ServerResponse
  const { req } = response
  for (const event of ['data', 'end', 'error']) req.removeAllListeners(event)
  req.on('error', () => {})
  response.end = ((chunk?: unknown) => {
    if (chunk) response.write(chunk)
    else response.flushHeaders()
    const finish = () => {
      callOff()
      req.off('end', finish)
      req.socket.off('end', finish)
      end()
    }
    const callOff = after(lingerTime, finish)
    req.once('end', finish).resume()
    req.socket.once('end', finish)
    return response
  }) as ServerResponse['end']
}

/** Ends a connection on which there is nothing more to answer; what the client still sends is dropped for a while. */
export function endConnection(socket: Socket): void {
  after(lingerTime, () => socket.destroy())
  // Node has taken its own listener off the socket of a CONNECT.
  socket.on('error', () => socket.destroy()).resume()
  socket.end()
}
