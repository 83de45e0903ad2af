import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { ResourceVersion } from '../../store/records.js'
import { managePrivateEndpoints } from '../../world/roles.js'
import type { World } from '../../world/world.js'
import { baseUrl } from '../base-url.js'
import { errors } from '../errors/errors.js'
import { offsetOf, pageBody } from '../pages.js'
import { PageOf } from '../schemas/common.js'
import {
  PrivateEndpoint,
  PrivateEndpointParams,
  PrivateEndpointRequest,
  PrivateEndpointsParams,
} from '../schemas/private-endpoint.js'
import { Flags, Paging } from '../schemas/query.js'

const path = '/groups/:groupId/backup/:cloudProvider/privateEndpoints'
/** Atlas's, unless the world has others. */
const atlasVersions: readonly ResourceVersion[] = [{ date: '2024-11-13' }]

export interface RouteOptions {
  readonly world: World
  readonly publicUrl: string | undefined
}

/** Private endpoints for cloud backups (section 1 of the contract). */
export const privateEndpoints: FastifyPluginAsyncTypebox<RouteOptions> = async (app, { world, publicUrl }) => {
  const config = {
    versions: () => world.privateEndpointVersions() ?? atlasVersions,
    permission: managePrivateEndpoints,
    bucket: 'project',
  } as const

  app.post(
    path,
    {
      config,
      schema: {
        operationId: 'createBackupPrivateEndpoint',
        summary: 'Create a private endpoint',
        params: PrivateEndpointsParams,
        querystring: Flags,
        body: PrivateEndpointRequest,
        response: { 201: PrivateEndpoint },
      },
    },
    async (request, reply) => {
      const created = await world.createPrivateEndpoint(request.project.id, request.body)
      if (created === 'no project') throw errors.groupNotFound(request.project.id)
      if (created === 'exists') throw errors.privateEndpointExists(request.body.cloudProvider, request.body.regionName)
      reply.code(201)
      return created
    },
  )

  app.route({
    method: ['GET', 'HEAD'],
    url: path,
    config,
    schema: {
      operationId: 'listBackupPrivateEndpoints',
      summary: 'List the private endpoints of a project',
      params: PrivateEndpointsParams,
      querystring: Paging,
      response: { 200: PageOf(PrivateEndpoint) },
    },
    handler: async (request) => {
      const { project, params, query } = request
      const page = world.privateEndpoints(project.id, params.cloudProvider, query.itemsPerPage, offsetOf(query))
      return pageBody(page, request, query, baseUrl(request, publicUrl))
    },
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: `${path}/:endpointId`,
    config,
    schema: {
      operationId: 'getBackupPrivateEndpoint',
      summary: 'Get a private endpoint',
      params: PrivateEndpointParams,
      querystring: Flags,
      response: { 200: PrivateEndpoint },
    },
    handler: async (request) => {
      const { cloudProvider, endpointId } = request.params
      const found = world.privateEndpoint(request.project.id, cloudProvider, endpointId)
      if (!found) throw errors.noSuchPrivateEndpoint(endpointId)
      return found
    },
  })

  app.delete(
    `${path}/:endpointId`,
    {
      config,
      schema: {
        operationId: 'deleteBackupPrivateEndpoint',
        summary: 'Delete a private endpoint',
        params: PrivateEndpointParams,
        querystring: Flags,
        response: { 204: Type.Null({ description: 'No body' }) },
      },
    },
    async (request, reply) => {
      const { cloudProvider, endpointId } = request.params
      const deleted = await world.deletePrivateEndpoint(request.project.id, cloudProvider, endpointId)
      if (!deleted) throw errors.noSuchPrivateEndpoint(endpointId)
      reply.code(204)
    },
  )
}
