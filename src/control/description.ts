import type { FastifyInstance, RouteOptions } from 'fastify'
import { renderDocs } from './docs.js'
import { type Api, describeApi } from './openapi.js'

export interface DescriptionOptions {
  /** Every route of both APIs; complete once the server is ready. */
  readonly routes: readonly RouteOptions[]
  /** Where the control API is. */
  readonly controlPrefix: string
}

/** Both APIs in OpenAPI, and as a page for people. */
export async function descriptionRoutes(
  app: FastifyInstance,
  { routes, controlPrefix }: DescriptionOptions,
): Promise<void> {
  const documents: readonly (readonly [path: string, api: Api])[] = [
    ['/openapi.json', 'atlas'],
    ['/openapi-control.json', 'control'],
  ]
  for (const [path, api] of documents) app.get(path, async () => describeApi(api, routes, controlPrefix))

  app.get('/docs', async (_request, reply) => {
    const described = documents.map(async ([path, api]) => ({
      url: `${controlPrefix}${path}`,
      document: await describeApi(api, routes, controlPrefix),
    }))
    const page = renderDocs(await Promise.all(described))
    // Nothing in it is to run, whatever it quotes.
    return reply
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('text/html; charset=utf-8')
      .send(page)
  })
}
