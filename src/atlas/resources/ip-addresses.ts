import { Type } from '@sinclair/typebox'
import { Entry } from '../../values/schema.js'
import { projectReadOnly } from '../../world/roles.js'
import { reading } from '../reading.js'
import { groupId, type Resource, type Section, writtenIn } from '../resource.js'
import { ObjectId } from '../schemas.js'
import { ipAddresses as bucket } from '../token-bucket-sets.js'

const addresses = Type.Array(Type.String({ minLength: 1 }))
const ofCluster = {
  clusterName: Type.String({ minLength: 1 }),
  futureInbound: addresses,
  futureOutbound: addresses,
  inbound: addresses,
  outbound: addresses,
}

const section = {
  of: 'project',
  name: 'ipAddresses',
  schema: Type.Array(Entry('The addresses of a cluster', ofCluster), { description: 'None when missing' }),
} as const satisfies Section

/** The IP addresses of a project's clusters, which are only shown [ip-addresses]. */
export const ipAddresses: Resource<'ipAddresses'> = {
  name: 'ipAddresses',
  sections: [section],
  errors: [],
  operations: [
    reading({
      operationId: 'getGroupIpAddresses',
      alias: undefined,
      summary: 'Get the IP addresses of a project',
      path: '/groups/:groupId/ipAddresses',
      resource: 'ipAddresses',
      versions: [{ date: '2023-01-01' }],
      role: projectReadOnly,
      bucket,
      parameters: { groupId },
      answer: Type.Object({
        groupId: ObjectId,
        services: Type.Object({ clusters: Type.Array(Type.Object(ofCluster)) }),
      }),
      tell: ({ project }) => ({ groupId: project.id, services: { clusters: writtenIn(section, project) ?? [] } }),
    }),
  ],
}
