/** A bare Fastify with the emulator's schemas and no state: what the emulator's own work is measured against. */
import Fastify from 'fastify'
import { PrivateEndpoint, PrivateEndpointParams } from '../../src/atlas/schemas/private-endpoint.js'
import { Flags } from '../../src/atlas/schemas/query.js'

const app = Fastify()
const entity = {
  cloudProvider: 'AWS',
  errorMessage: null,
  privateEndpointConnectionName: 'vpce-0123456789abcdef0',
  regionName: 'US_EAST_1',
  status: 'ACTIVE',
  vpcRegionName: 'US_EAST_1',
}

app.get(
  '/api/atlas/v2/groups/:groupId/backup/:cloudProvider/privateEndpoints/:endpointId',
  {
    schema: {
      params: PrivateEndpointParams,
      querystring: Flags,
      response: { 200: PrivateEndpoint },
    },
  },
  async (request) => ({
    ...entity,
    id: (request.params as { endpointId: string }).endpointId,
  }),
)

process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
