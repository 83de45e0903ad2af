import { createHash } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import type { Credential } from '../../store/records.js'
import { serverName } from '../../values/package.js'
import { anyone } from '../../world/roles.js'
import { basePath } from '../base-path.js'
import { reading } from '../reading.js'
import type { Resource } from '../resource.js'
import { Link, ObjectId } from '../schemas.js'
import { organizationsOfCredential } from '../token-bucket-sets.js'

/** `SystemStatus` [system-status]. */
const SystemStatus = Type.Object({
  apiKey: Type.Optional(
    Type.Object({
      accessList: Type.Array(Type.Object({ cidrBlock: Type.String(), ipAddress: Type.Optional(Type.String()) })),
      id: ObjectId,
      publicKey: Type.String({ description: 'The public key of an API key, the client id of a service account' }),
      roles: Type.Array(
        Type.Object({ groupId: Type.Optional(ObjectId), orgId: Type.Optional(ObjectId), roleName: Type.String() }),
      ),
    }),
  ),
  appName: Type.String(),
  build: Type.String({ description: '40 hex digits' }),
  links: Type.Array(Link),
  throttling: Type.Boolean(),
})

/** The program that answers: the same for every answer of a version of the emulator. */
const build = createHash('sha1').update(serverName).digest('hex')

/** Who asks, and what answers. */
export const systemStatus: Resource<'systemStatus'> = {
  name: 'systemStatus',
  sections: [],
  errors: [],
  operations: [
    reading({
      operationId: 'getSystemStatus',
      alias: undefined,
      summary: 'Get the status of the system',
      path: '',
      resource: 'systemStatus',
      versions: [{ date: '2023-01-01' }],
      role: anyone,
      bucket: organizationsOfCredential,
      parameters: {},
      answer: SystemStatus,
      tell: ({ credential }, _context, base): Static<typeof SystemStatus> => ({
        ...(credential && { apiKey: keyOf(credential) }),
        appName: 'MongoDB Atlas',
        build,
        links: [{ href: `${base}${basePath}`, rel: 'self' }],
        throttling: false,
      }),
    }),
  ],
}

/** Atlas gives a key an id besides; here it follows from what it is called [system-status]. */
function keyOf({ id, roles, accessList }: Credential) {
  return {
    accessList: accessList.map((entry) =>
      entry.includes('/')
        ? { cidrBlock: entry }
        : { cidrBlock: `${entry}/${entry.includes(':') ? 128 : 32}`, ipAddress: entry },
    ),
    id: createHash('sha256').update(id).digest('hex').slice(0, 24),
    publicKey: id,
    roles: [...roles],
  }
}
