import { pathOf } from '../../values/url.js'
import { errors } from '../errors/errors.js'
import type { Check, PathParameter, Step } from '../operation.js'

type Parameters = Readonly<Record<string, string>>

/** Whether a value fits the schema of a path's parameter, which has an enumeration or a pattern. */
export function compileParameter({ schema }: PathParameter): (value: string) => boolean {
  const allowed: readonly string[] | undefined = schema.enum
  if (allowed) return (value) => allowed.includes(value)
  const pattern = new RegExp(schema.pattern as string)
  return (value) => pattern.test(value)
}

/** A path with a doubled slash is another path, though the router takes an empty segment for a parameter [no-such-path]. */
export const path: Step = {
  name: 'path',
  at: 'onRequest',
  make:
    () =>
    ({ raw }) => {
      const url = raw.url as string
      // To look for two slashes in the whole URL is cheap; the query and an absolute target may have them.
      if (!url.includes('//')) return
      const resource = pathOf(url)
      if (resource.includes('//')) throw errors.resourceNotFound.with({ resource })
    },
}

/** The path's parameters that name neither the project, the organization nor the thing: the cloud provider. */
export const parameters: Step = {
  name: 'parameters',
  at: 'onRequest',
  make: ({ parameters, thing }) => {
    const checks = Object.entries(parameters)
      .filter(([name]) => name !== 'groupId' && name !== 'orgId' && name !== thing?.name)
      .map(([name, parameter]): Check => {
        const fits = compileParameter(parameter)
        return ({ params }) => {
          const value = (params as Parameters)[name] as string
          if (!fits(value)) throw parameter.error(value)
        }
      })
    if (checks.length === 0) return undefined
    return (request, reply) => {
      for (const check of checks) check(request, reply)
    }
  },
}

/**
 * The thing that the path names by its id, of operations that have a body to look at next. For the others the work itself
 * is what comes next, and asks for the thing.
 */
export const thing: Step = {
  name: 'thing',
  at: 'onRequest',
  make: ({ thing, body }, { world }) => {
    if (!thing || !body) return undefined
    const { name, find, missing } = thing
    return (request) => {
      const id = (request.params as Parameters)[name] as string
      if (!find(world, request.project.id, id)) throw missing(id)
    }
  },
}
