import type { BucketSet } from './auth/token-buckets.js'

const usual = { capacity: 1200, refill: 500, seconds: 60 }

/** The operations of cloud backups: private endpoints and export buckets [bucket-cloud-backups]. */
export const cloudBackups: BucketSet = { name: 'Cloud Backups', of: 'project', size: usual }

/** The operations on the roles by which Atlas acts in a project's accounts [bucket-cloud-provider-access]. */
export const cloudProviderAccess: BucketSet = {
  name: 'Cloud Provider Access',
  of: 'project',
  size: { capacity: 2000, refill: 1000, seconds: 60 },
}

/** The operations on one project [bucket-projects]. */
export const projects: BucketSet = { name: 'Projects', of: 'project', size: usual }

/** Lists of organizations, and the status of the system [bucket-organizations]. */
export const organizationsOfCredential: BucketSet = {
  name: 'Organizations of a credential',
  of: 'credential',
  size: { capacity: 300, refill: 100, seconds: 60 },
}

/** One organization and its projects [bucket-organizations]. */
export const organizations: BucketSet = {
  name: 'Organizations',
  of: 'organization',
  size: { capacity: 500, refill: 250, seconds: 60 },
}

/** The users of an organization, apart from the organization itself [bucket-organizations]. */
export const usersOfOrganization: BucketSet = { ...organizations, name: 'MongoDB Cloud Users of an organization' }

/** The settings of an organization [bucket-organizations]. */
export const organizationSettings: BucketSet = {
  name: 'Organization Settings',
  of: 'organization',
  size: { capacity: 10, refill: 5, seconds: 60 },
}

/** What a project has besides, each with a bucket of its own [bucket-neighbours]. */
export const usersOfProject: BucketSet = { name: 'MongoDB Cloud Users', of: 'project', size: usual }
export const teams: BucketSet = { name: 'Teams', of: 'project', size: usual }
export const ipAddresses: BucketSet = { name: 'IP Addresses', of: 'project', size: usual }
export const performanceAdvisor: BucketSet = { name: 'Performance Advisor', of: 'project', size: usual }
export const flexClusters: BucketSet = { name: 'Flex Clusters', of: 'project', size: usual }
export const clusters: BucketSet = {
  name: 'Clusters',
  of: 'project',
  size: { capacity: 10_000, refill: 5000, seconds: 60 },
}

/** The operations on projects that no project has been named for [bucket-projects]. */
export const projectsOfCredential: BucketSet = { name: 'Projects of a credential', of: 'credential', size: usual }
