import { errors } from '../errors/errors.js'
import type { PathParameter, Step } from '../operation.js'
import { compileParameter } from './parameters.js'

/** The project that the path names, and whether the credential may do this there. */
export const authorization: Step = {
  name: 'project and role',
  at: 'onRequest',
  make: ({ parameters, role }, { world }) => {
    const { groupId: parameter } = parameters as { readonly groupId?: PathParameter }
    if (!parameter) return undefined
    const fits = compileParameter(parameter)
    return (request) => {
      const { groupId } = request.params as { groupId: string }
      if (!fits(groupId)) throw parameter.error(groupId)
      const project = world.project(groupId)
      if (!project) throw errors.groupNotFound.with({ groupId })
      const { credential } = request
      if (credential && !role.allows(credential, project)) throw errors.notAuthorized.with({})
      request.project = project
    }
  },
}
