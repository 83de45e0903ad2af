import type { RequestListener } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** An app that is made when it is first asked. */
export class LateApp {
  readonly #make: () => Promise<FastifyInstance>
  readonly #onFailed: (error: unknown) => void
  #made: Promise<FastifyInstance> | undefined
  #app: FastifyInstance | undefined

  /** @param onFailed told why the app could not be made; the request's connection is closed, and the next one tries again */
  constructor(make: () => Promise<FastifyInstance>, onFailed: (error: unknown) => void) {
    this.#make = make
    this.#onFailed = onFailed
  }

  /** Rejects when the app cannot be made. */
  async app(): Promise<FastifyInstance> {
    this.#made ??= this.#make()
    try {
      this.#app = await this.#made
      return this.#app
    } catch (error) {
      this.#made = undefined
      throw error
    }
  }

  /** Answers a request, as every listener for requests. */
  readonly answer: RequestListener = (request, response) => {
    if (this.#app) return this.#app.routing(request, response)
    this.app().then(
      (app) => app.routing(request, response),
      (error) => {
        this.#onFailed(error)
        response.destroy()
      },
    )
  }

  /** Does nothing where it has not been asked. */
  async close(): Promise<void> {
    await this.#made?.then(
      (app) => app.close(),
      () => {},
    )
  }
}
