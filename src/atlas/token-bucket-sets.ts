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

/** The operations on projects that no project has been named for [bucket-projects]. */
export const projectsOfCredential: BucketSet = { name: 'Projects of a credential', of: 'credential', size: usual }
