import { Type } from '@sinclair/typebox'
import { projectReadOnly } from '../../world/roles.js'
import { reading } from '../reading.js'
import { groupId, type Resource, type Section, writtenIn } from '../resource.js'
import { performanceAdvisor } from '../token-bucket-sets.js'

const section = {
  of: 'project',
  name: 'managedSlowMs',
  schema: Type.Boolean({ description: 'Whether Atlas manages what counts as a slow query; true when missing' }),
} as const satisfies Section

/** Whether Atlas manages a project's threshold of slow queries: a bare value [managed-slow-ms]. */
export const managedSlowMs: Resource<'managedSlowMs'> = {
  name: 'managedSlowMs',
  sections: [section],
  errors: [],
  operations: [
    reading({
      operationId: 'getGroupManagedSlowMs',
      alias: 'getManagedSlowMs',
      summary: 'Get whether Atlas manages the threshold of slow queries',
      path: '/groups/:groupId/managedSlowMs',
      resource: 'managedSlowMs',
      versions: [{ date: '2023-01-01' }],
      role: projectReadOnly,
      bucket: performanceAdvisor,
      parameters: { groupId },
      answer: Type.Boolean(),
      tell: ({ project }) => writtenIn(section, project) ?? true,
    }),
  ],
}
