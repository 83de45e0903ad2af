/**
 * The field's own words, each list written once; types, validation, JSON Schema and messages derive from them.
 * Source: the Atlas Administration API's `ObjectStoragePrivateEndpointResponse` and its role names.
 */

export const cloudProviders = ['AWS'] as const
export type CloudProvider = (typeof cloudProviders)[number]

export const regions = [
  'US_GOV_WEST_1',
  'US_GOV_EAST_1',
  'US_EAST_1',
  'US_EAST_2',
  'US_WEST_1',
  'US_WEST_2',
  'CA_CENTRAL_1',
  'EU_NORTH_1',
  'EU_WEST_1',
  'EU_WEST_2',
  'EU_WEST_3',
  'EU_CENTRAL_1',
  'AP_EAST_1',
  'AP_NORTHEAST_1',
  'AP_NORTHEAST_2',
  'AP_NORTHEAST_3',
  'AP_SOUTHEAST_1',
  'AP_SOUTHEAST_2',
  'AP_SOUTHEAST_3',
  'AP_SOUTH_1',
  'SA_EAST_1',
  'CN_NORTH_1',
  'CN_NORTHWEST_1',
  'ME_SOUTH_1',
  'AF_SOUTH_1',
  'EU_SOUTH_1',
  'GLOBAL',
] as const
export type Region = (typeof regions)[number]

export const statuses = [
  'INITIATING',
  'PENDING_ACCEPTANCE',
  'ACTIVE',
  'FAILED',
  'PENDING_RECREATION',
  'DELETING',
] as const
export type Status = (typeof statuses)[number]

/** What a new endpoint can turn into by itself. */
export const outcomes = ['ACTIVE', 'PENDING_ACCEPTANCE', 'FAILED'] as const
export type Outcome = (typeof outcomes)[number]

/** How a deletion can end. */
export const deletionOutcomes = ['GONE', 'FAILED'] as const
export type DeletionOutcome = (typeof deletionOutcomes)[number]

/** Which endpoints a DELETE is taken of: all, or those that are INITIATING no more. */
export const deletables = ['always', 'settled'] as const
export type Deletable = (typeof deletables)[number]

export const organizationRoles = [
  'ORG_OWNER',
  'ORG_GROUP_CREATOR',
  'ORG_BILLING_ADMIN',
  'ORG_READ_ONLY',
  'ORG_MEMBER',
] as const
export type OrganizationRole = (typeof organizationRoles)[number]

export const projectRoles = [
  'GROUP_OWNER',
  'GROUP_CLUSTER_MANAGER',
  'GROUP_BACKUP_MANAGER',
  'GROUP_DATA_ACCESS_ADMIN',
  'GROUP_DATA_ACCESS_READ_WRITE',
  'GROUP_DATA_ACCESS_READ_ONLY',
  'GROUP_READ_ONLY',
] as const
export type ProjectRole = (typeof projectRoles)[number]

/** 24 lower-case hex digits: how Atlas writes the id of an organization, a project or a private endpoint. */
export const objectIdPattern = '^[0-9a-f]{24}$'

/** How what the emulator lacks is answered: as Atlas answers what it does not have, or so that suites fail loudly. */
export const unservedStatuses = [404, 501] as const
export type UnservedStatus = (typeof unservedStatuses)[number]
