import type { FastifyInstance, RouteOptions } from 'fastify'
import { baseUrl } from '../atlas/links.js'
import type { ControlContext } from './context.js'
import { renderDocs } from './docs.js'
import forAgents from './llms.txt'
import { describeAtlas, describeControl, type OpenApiDocument } from './openapi.js'

export interface DescriptionOptions {
  readonly context: ControlContext
  /** Every route of the control API; complete once the server is ready. */
  readonly routes: readonly RouteOptions[]
}

/** The URL in what is written for whoever starts one as the documents say. */
const urlByDefault = 'http://127.0.0.1:8080'

/** Both APIs in OpenAPI, as a page for people, and how to use them as text for coding agents. */
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

  app.get('/llms.txt', async (request, reply) => {
    return reply
      .type('text/plain; charset=utf-8')
      .send(forAgents.replaceAll(urlByDefault, baseUrl(request, context.publicUrl)))
  })
}
