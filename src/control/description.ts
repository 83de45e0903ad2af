import type { FastifyInstance, RouteOptions } from 'fastify'
import type { ControlContext } from './context.js'
import { renderDocs } from './docs.js'
import { describeAtlas, describeControl, type OpenApiDocument } from './openapi.js'

export interface DescriptionOptions {
  readonly context: ControlContext
  /** Every route of the control API; complete once the server is ready. */
  readonly routes: readonly RouteOptions[]
}

/** Both APIs in OpenAPI, and as a page for people. */
export async function descriptionRoutes(app: FastifyInstance, { context, routes }: DescriptionOptions): Promise<void> {
  const documents: readonly (readonly [path: string, describe: () => Promise<OpenApiDocument>])[] = [
    ['/openapi.json', () => describeAtlas(context.world, context.credentialsRequired)],
    ['/openapi-control.json', () => describeControl(routes)],
  ]
  for (const [path, describe] of documents) app.get(path, describe)

  app.get('/docs', async (_request, reply) => {
    const described = documents.map(async ([path, describe]) => ({
      url: `${app.prefix}${path}`,
      document: await describe(),
    }))
    const page = renderDocs(await Promise.all(described))
    // Nothing in it is to run, whatever it quotes.
    return reply
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('text/html; charset=utf-8')
      .send(page)
  })
}
