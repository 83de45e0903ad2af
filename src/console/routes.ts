/** The page that people look at; see page/. */
import { readFileSync } from 'node:fs'
import type { FastifyPluginAsync } from 'fastify'
import { basePath } from '../atlas/base-path.js'
import { errorCodes } from '../atlas/errors/codes.js'
import { operations } from '../atlas/registry.js'
import type { PageOptions } from '../control/control.js'
import { breakages } from '../faults/rule.js'
import { ownFixtures } from '../values/own-fixtures.js'
import { packageFile, version } from '../values/package.js'
import { pathOf } from '../values/url.js'
import { cloudProviders, regions, statuses } from '../values/vocabulary.js'
import { successors } from '../world/lifecycle.js'

/**
 * What the page may do: nothing but what comes from its own origin, no script in the markup, and no markup made from text,
 * since what the journal holds is hostile input.
 */
const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
}

/** Files of the page, by their paths below the control API. */
const files = [
  ['/console', 'page'],
  ['/console/page.css', 'styles'],
  ['/console/page.js', 'script'],
] as const

/** The page, and what it has to know besides what the control API tells. All of it is loaded when first asked for. */
export const consoleRoutes: FastifyPluginAsync<PageOptions> = async (app, { context, guard }) => {
  for (const [url, name] of files) {
    app.get(url, { config: { isPage: true } }, async (request, reply) => {
      // The page names its files by where it is itself, without a slash at the end.
      if (name === 'page' && pathOf(request.raw.url as string).endsWith('/')) return reply.redirect('../console')
      const { assets } = await import('./assets.js')
      return reply.headers(pageHeaders).type(assets[name].type).send(assets[name].text)
    })
  }

  app.get('/console/vocabulary.json', async () => ({
    version,
    database: context.db === ':memory:' ? 'memory' : 'file',
    credentialsRequired: context.credentialsRequired,
    isJournalOn: context.journal !== undefined,
    hasToken: guard.token !== undefined,
    basePath,
    fixtures: ownFixtures,
    statuses,
    successors,
    regions,
    cloudProviders,
    operations: operations.map(({ operationId, method, path, summary }) => ({ operationId, method, path, summary })),
    errorCodes,
    breakages,
  }))

  for (const name of ownFixtures) {
    app.get(`/console/fixtures/${name}.json`, async () =>
      JSON.parse(readFileSync(packageFile(`fixtures/${name}.json`), 'utf8')),
    )
  }
}
