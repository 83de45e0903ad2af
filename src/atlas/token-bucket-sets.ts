import type { BucketSet } from './auth/token-buckets.js'

const usual = { capacity: 1200, refill: 500, seconds: 60 }

/** The operations of cloud backups: private endpoints and export buckets [bucket-cloud-backups]. */
export const cloudBackups: BucketSet = { name: 'Cloud Backups', of: 'project', size: usual }

/** The operations on one project [bucket-projects]. */
export const projects: BucketSet = { name: 'Projects', of: 'project', size: usual }

/** The operations on projects that no project has been named for [bucket-projects]. */
export const projectsOfCredential: BucketSet = { name: 'Projects of a credential', of: 'credential', size: usual }
