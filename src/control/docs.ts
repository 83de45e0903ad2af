import { serverName } from '../values/package.js'
import type { OpenApiDocument, DescribedOperation as Operation } from './openapi.js'

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2d38}
h2{margin-top:2.5rem}details{border:1px solid #d5dde3;border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer}code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow:auto;background:#f4f6f8;padding:.8rem}
b{display:inline-block;min-width:4.2rem;font:600 14px ui-monospace,monospace;color:#00684a}
table{border-collapse:collapse}td,th{text-align:left;padding:.15rem 1rem .15rem 0;vertical-align:top}`

/** Text as HTML. */
export function asHtml(text: unknown): string {
  return String(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The documents as one page for people: no scripts, nothing from elsewhere. */
export function renderDocs(documents: readonly { readonly url: string; readonly document: OpenApiDocument }[]): string {
  const sections = documents.map(({ url, document: { info, paths } }) => {
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => renderOperation(method, path, operation)),
    )
    return `<h2>${asHtml(info.title)}</h2>
<p>${asHtml(info.description)} As OpenAPI: <a href="${asHtml(url)}">${asHtml(url)}</a></p>
${operations.join('\n')}`
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${asHtml(serverName)}</title><style>${style}</style></head>
<body><h1>${asHtml(serverName)}</h1>
${sections.join('\n')}
</body></html>
`
}

function renderOperation(method: string, path: string, operation: Operation): string {
  const { operationId, summary, parameters = [], requestBody, responses } = operation
  const rows = parameters.map(
    ({ name, in: place, description = '', schema }) =>
      `<tr><td><code>${asHtml(name)}</code></td><td>${asHtml(place)}</td><td>${asHtml(description)}${
        schema.default === undefined ? '' : ` Default: <code>${asHtml(schema.default)}</code>.`
      }</td></tr>`,
  )
  const answers = Object.entries(responses).map(
    ([status, { description, content = {} }]) =>
      `<tr><td><code>${asHtml(status)}</code></td><td>${asHtml(description)}</td><td>${Object.keys(content)
        .map((type) => `<code>${asHtml(type)}</code>`)
        .join('<br>')}</td></tr>`,
  )
  const [body] = Object.values(requestBody?.content ?? {})
  return `<details id="${asHtml(operationId)}"><summary><b>${asHtml(method.toUpperCase())}</b> <code>${asHtml(path)}</code>
 ${asHtml(summary)}</summary>
<p><code>${asHtml(operationId)}</code></p>
${rows.length > 0 ? `<table>${rows.join('')}</table>` : ''}
${body ? `<p>Body:</p><pre>${asHtml(JSON.stringify((body as { schema: unknown }).schema, null, 2))}</pre>` : ''}
<table>${answers.join('')}</table></details>`
}
