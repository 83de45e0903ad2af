import type { onRequestHookHandler, onSendHookHandler, RouteOptions } from 'fastify'

/**
 * Adds a step to what the route does with a request before its body is read, behind the steps already there. A step is
 * made once, as the route is declared, so that what it needs to know of the route is settled by then.
 */
export function beforeHandling(route: RouteOptions, step: onRequestHookHandler): void {
  route.onRequest = [route.onRequest ?? [], step].flat()
}

/** Adds a step to what becomes of the route's answers, behind the steps already there. */
export function beforeSending(route: RouteOptions, step: onSendHookHandler): void {
  route.onSend = [route.onSend ?? [], step].flat()
}
