import { createServer } from 'node:http'
import { test } from 'tap'
import { answerHeaders, headWriter } from '../../src/atlas/headers.js'
import { listening } from '../support/target.js'

test('a success has the headers of its method and its own, also one that is streamed; an error has its own alone', async (t) => {
  const server = createServer((request, response) => {
    response.writeHead = headWriter(answerHeaders('GET'))
    const status = Number(request.url?.slice(1))
    if (status === 201) {
      // As Fastify does before it pipes a stream.
      response.statusCode = status
      response.setHeader('x-own', 'a')
      response.write('b')
      response.end('c')
    } else {
      response.writeHead(status, { 'x-own': 'a' })
      response.end()
    }
  })
  const url = await listening(t, server)
  const headersOf = async (status: number) => {
    const response = await fetch(`${url}/${status}`)
    await response.text()
    t.equal(response.status, status)
    const ofNode = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding']
    return Object.fromEntries([...response.headers].filter(([name]) => !ofNode.includes(name)))
  }
  const all = { ...answerHeaders('GET'), 'x-own': 'a' }
  t.strictSame(await headersOf(200), all)
  t.strictSame(await headersOf(201), all)
  t.strictSame(await headersOf(500), { 'x-own': 'a' })
})
