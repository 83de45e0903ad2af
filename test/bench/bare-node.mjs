// node:http alone, with the answers of the bare Fastify: what any server on Node pays.
import { createServer } from 'node:http'

const entity = {
  cloudProvider: 'AWS',
  errorMessage: null,
  id: '32b6e34b3d91647abb20e7c0',
  privateEndpointConnectionName: 'vpce-0123456789abcdef0',
  regionName: 'US_EAST_1',
  status: 'ACTIVE',
  vpcRegionName: 'US_EAST_1',
}
const results = Array(10).fill(entity)
const links = [{ href: '/api/atlas/v2/groups/:groupId/backup/AWS/privateEndpoints', rel: 'self' }]
const page = { links, results, totalCount: results.length }

function answer(response, status, value) {
  const body = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    const isPage = request.url.endsWith('/privateEndpoints')
    return answer(response, 200, isPage ? page : entity)
  }
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => answer(response, 201, { ...entity, ...JSON.parse(Buffer.concat(chunks)) }))
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
