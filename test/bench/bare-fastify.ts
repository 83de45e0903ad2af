/** A bare Fastify with the emulator's schemas and no state: what the emulator's own work is measured against. */

import { Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import { PrivateEndpoint, PrivateEndpointRequest } from '../../src/atlas/resources/private-endpoints.js'
import { Flags, ObjectId, PageOf, Paging } from '../../src/atlas/schemas.js'
import { keepTickShape } from '../../src/cli/ticks.js'
import { StringEnum } from '../../src/values/schema.js'
import { cloudProviders } from '../../src/values/vocabulary.js'

const PrivateEndpointsParams = Type.Object({ groupId: ObjectId, cloudProvider: StringEnum(cloudProviders) })
const PrivateEndpointParams = Type.Object({ ...PrivateEndpointsParams.properties, endpointId: ObjectId })

// As the emulator does. Without it, this server takes a sixth more for a request in some processes and in others not.
keepTickShape()

const app = Fastify()
const path = '/api/atlas/v2/groups/:groupId/backup/:cloudProvider/privateEndpoints'
const known = '32b6e34b3d91647abb20e7c0'
const region = 'US_EAST_1'

const entity = (id: string, regionName: string, vpcRegionName: string) => ({
  cloudProvider: 'AWS',
  errorMessage: null,
  id,
  privateEndpointConnectionName: 'vpce-0123456789abcdef0',
  regionName,
  status: 'ACTIVE',
  vpcRegionName,
})

const results = Array(10).fill(entity(known, region, region))

app.get(
  path,
  { schema: { params: PrivateEndpointsParams, querystring: Paging, response: { 200: PageOf(PrivateEndpoint) } } },
  async () => ({ links: [{ href: path, rel: 'self' }], results, totalCount: results.length }),
)

app.get(
  `${path}/:endpointId`,
  {
    schema: {
      params: PrivateEndpointParams,
      querystring: Flags,
      response: { 200: PrivateEndpoint },
    },
  },
  async (request) => entity((request.params as { endpointId: string }).endpointId, region, region),
)

app.post(
  path,
  {
    schema: {
      params: PrivateEndpointsParams,
      querystring: Flags,
      body: PrivateEndpointRequest,
      response: { 201: PrivateEndpoint },
    },
  },
  async (request, reply) => {
    reply.code(201)
    const { regionName, vpcRegionName } = request.body as { regionName: string; vpcRegionName?: string }
    return entity(known, regionName, vpcRegionName ?? regionName)
  },
)

process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
