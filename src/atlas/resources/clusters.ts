import { Type } from '@sinclair/typebox'
import type { Project, ResourceVersion } from '../../store/records.js'
import { projectReadOnly } from '../../world/roles.js'
import { listing } from '../reading.js'
import { groupId, type Resource, type Section, writtenIn } from '../resource.js'
import { clusters as clustersBucket, flexClusters as flexBucket } from '../token-bucket-sets.js'

/** A cluster as the fixture writes it: Atlas's shape of it grows every few months, so none is demanded. */
const Cluster = Type.Object({}, { description: 'A cluster, told to clients as it stands here' })

const clusterSection = {
  of: 'project',
  name: 'clusters',
  schema: Type.Array(Cluster, { description: 'What listing the clusters shows, in every version; none when missing' }),
} as const satisfies Section

const flexSection = {
  of: 'project',
  name: 'flexClusters',
  schema: Type.Array(Cluster, { description: 'What listing the flex clusters shows; none when missing' }),
} as const satisfies Section

/** The newest that replaces the others ends them [cluster-versions]. */
const versions: readonly [ResourceVersion, ...ResourceVersion[]] = [
  { date: '2023-01-01', sunset: '2027-07-01' },
  { date: '2023-02-01', sunset: '2027-07-01' },
  { date: '2024-08-05' },
]

/** Clusters are listed and nothing else; the fixture says which there are [cluster-lists]. */
export const clusters: Resource<'clusters'> = {
  name: 'clusters',
  sections: [clusterSection],
  errors: [],
  operations: [
    listing<unknown>({
      operationId: 'listGroupClusters',
      alias: 'listClusters',
      summary: 'List the clusters of a project',
      path: '/groups/:groupId/clusters',
      resource: 'clusters',
      versions,
      role: projectReadOnly,
      bucket: clustersBucket,
      parameters: { groupId },
      item: Type.Unknown(),
      filters: {},
      items: ({ project }) => writtenIn(clusterSection, project) ?? [],
      show: (cluster) => cluster,
    }),
  ],
}

/** The same for flex clusters [cluster-lists]. */
export const flexClusters: Resource<'flexClusters'> = {
  name: 'flexClusters',
  sections: [flexSection],
  errors: [],
  operations: [
    listing<unknown>({
      operationId: 'listGroupFlexClusters',
      alias: 'listFlexClusters',
      summary: 'List the flex clusters of a project',
      path: '/groups/:groupId/flexClusters',
      resource: 'flexClusters',
      versions: [{ date: '2024-11-13' }],
      role: projectReadOnly,
      bucket: flexBucket,
      parameters: { groupId },
      item: Type.Unknown(),
      filters: {},
      items: ({ project }) => writtenIn(flexSection, project) ?? [],
      show: (cluster) => cluster,
    }),
  ],
}

/** How many clusters the project has: those that it lists, or as many as the fixture says [project-cluster-count]. */
export function clusterCountOf(project: Project): number {
  const listed = [clusterSection, flexSection].map((section) => writtenIn(section, project)?.length ?? 0)
  return listed.reduce((sum, count) => sum + count, 0) || project.clusterCount
}
