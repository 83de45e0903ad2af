import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { test } from 'tap'
import { LateApp } from '../../src/http/late-app.js'

test('an app is made once, for all requests that come meanwhile', async (t) => {
  let made = 0
  const late = new LateApp(
    async () => {
      made += 1
      const app = Fastify()
      app.get('/', async () => made)
      await app.ready()
      return app
    },
    (error) => t.fail(String(error)),
  )
  await late.close()
  t.equal(made, 0, 'nor is it made to be closed')
  const [first, second] = await Promise.all([late.app(), late.app()])
  t.equal(first, second)
  t.equal((await first.inject('/')).body, '1')
  await late.close()
  await t.rejects(first.inject('/'))
})

test('where an app cannot be made, the connection is closed, the reason told, and the next request tries again', async (t) => {
  const failures = [new Error('the first'), new Error('the second')]
  const told: unknown[] = []
  const late = new LateApp(
    async () => {
      const failure = failures.shift()
      if (failure) throw failure
      const app = Fastify()
      app.get('/', async () => 'here')
      await app.ready()
      return app
    },
    (error) => told.push(error),
  )
  const closing = late.app().catch(({ message }) => message)
  await late.close()
  t.equal(await closing, 'the first')
  const server = createServer(late.answer).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await t.rejects(fetch(url))
  t.match(told, [{ message: 'the second' }])
  t.equal(await (await fetch(url)).text(), 'here')
  t.equal(await (await fetch(url)).text(), 'here')
})
