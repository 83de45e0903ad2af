import { type Static, Type } from '@sinclair/typebox'
import { Nullable, StringEnum } from '../../values/schema.js'
import { cloudProviders, regions, statuses } from '../../values/vocabulary.js'
import { ObjectId, ProjectParams } from './common.js'

const cloudProvider = StringEnum(cloudProviders)
const regionName = StringEnum(regions, {
  description: 'Region of the S3 bucket',
})
const vpcRegionName = StringEnum(regions, {
  description: 'Region of the VPC; differs from regionName for a cross-region endpoint',
})

/** `ObjectStoragePrivateEndpointResponse`; what is read-only is assigned by Atlas. */
export const PrivateEndpoint = Type.Object({
  cloudProvider,
  errorMessage: Nullable(
    Type.String({
      readOnly: true,
      description: 'What went wrong, while FAILED',
    }),
  ),
  id: Type.String({ ...ObjectId, readOnly: true }),
  privateEndpointConnectionName: Nullable(
    Type.String({
      readOnly: true,
      description: 'Id of the AWS interface endpoint, once it exists',
    }),
  ),
  regionName,
  status: StringEnum(statuses, { readOnly: true }),
  vpcRegionName,
})

/** `ObjectStoragePrivateEndpointRequest`. */
export const PrivateEndpointRequest = Type.Object(
  { cloudProvider, regionName, vpcRegionName: Type.Optional(vpcRegionName) },
  { additionalProperties: false },
)
export type PrivateEndpointRequest = Static<typeof PrivateEndpointRequest>

export const PrivateEndpointsParams = Type.Object({
  ...ProjectParams.properties,
  cloudProvider,
})
export const PrivateEndpointParams = Type.Object({
  ...PrivateEndpointsParams.properties,
  endpointId: ObjectId,
})
