import { Pool } from 'undici'

/** A client whose connections stay open from one turn of its server to the next, so that no turn pays for new ones. */
export class Client {
  #pool
  #connections

  /** @param connections how many requests are under way at once */
  constructor(url, connections) {
    this.#pool = new Pool(url, { connections, pipelining: 1 })
    this.#connections = connections
  }

  /**
   * Asks one thing after the other on each connection. Every answer must be a success.
   * @param next makes the next request, as undici takes it
   * @param amount how many requests
   * @param duration for how many seconds, where that is over before
   * @returns how many answers there were
   * @throws where one is no success, and where a connection breaks
   */
  ask(next, { amount = Number.POSITIVE_INFINITY, duration = Number.POSITIVE_INFINITY }) {
    const until = performance.now() + duration * 1000
    let asked = 0
    let answered = 0
    return new Promise((resolve, reject) => {
      const askNext = (handler) => {
        if (asked >= amount || performance.now() >= until) {
          if (answered === asked) resolve(answered)
          return
        }
        asked += 1
        this.#pool.dispatch(next(), handler)
      }
      for (let i = 0; i < this.#connections; i += 1) {
        const handler = {
          onRequestStart() {},
          onResponseStart(_controller, status) {
            if (status >= 300) reject(new Error(`An answer has status ${status}`))
          },
          onResponseData() {},
          onResponseEnd() {
            answered += 1
            askNext(handler)
          },
          onResponseError(_controller, error) {
            reject(error)
          },
        }
        askNext(handler)
      }
    })
  }
}
