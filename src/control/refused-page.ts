import type { FastifyReply, FastifyRequest } from 'fastify'
import { asHtml } from './docs.js'
import { type ControlError, controlHeaders } from './problems.js'

/** Whether it is a browser that goes to a page. */
export function wantsPage({ method, headers: { accept = '' } }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && /(?:^|[\s,])text\/html(?:$|[\s,;])/i.test(accept)
}

/** Tells a person whom the guard has refused why, and which setting opens the page. */
export function refusePage({ status, detail }: ControlError, reply: FastifyReply): FastifyReply {
  return reply
    .code(status)
    .headers(controlHeaders)
    .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>The console is closed to this page</title></head>
<body><main><h1>The console is closed to you</h1>
<p>${asHtml(detail)}</p>
<p>If a link of another site has brought you here, <a href="">come again</a>, or type the address.</p></main>
</body></html>
`)
}
