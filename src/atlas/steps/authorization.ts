import { errors } from '../errors/errors.js'
import type { AtlasContext, Check, Operation, PathParameter, Step } from '../operation.js'
import { compileParameter } from './parameters.js'

/** The project or the organization that the path names, and whether the credential may do this there. */
export const authorization: Step = {
  name: 'project and role',
  at: 'onRequest',
  make: (operation, context) => {
    const { groupId, orgId } = operation.parameters
    if (groupId) return onProject(groupId, operation, context)
    return orgId && onOrganization(orgId, operation, context)
  },
}

function onProject(parameter: PathParameter, { role }: Operation, { world }: AtlasContext): Check {
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
}

/** Told as of a project, with codes of an organization's own [organization-id]. */
function onOrganization(parameter: PathParameter, { role }: Operation, { world }: AtlasContext): Check {
  const fits = compileParameter(parameter)
  return (request) => {
    const { orgId } = request.params as { orgId: string }
    if (!fits(orgId)) throw parameter.error(orgId)
    const organization = world.organization(orgId)
    if (!organization) throw errors.orgNotFound.with({ orgId })
    const { credential } = request
    if (credential && !role.allows(credential, { id: orgId, orgId })) throw errors.notAuthorized.with({})
    request.organization = organization
  }
}
