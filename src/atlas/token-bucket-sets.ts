import type { BucketSet } from './auth/token-buckets.js'

/** The operations of cloud backups: private endpoints and export buckets. */
export const cloudBackups: BucketSet = { name: 'Cloud Backups', of: 'project' }

/** The operations of projects. */
export const projects: BucketSet = { name: 'Projects', of: 'organization' }
