import { type Static, Type } from '@sinclair/typebox'

export const BadRequestDetail = Type.Object(
  {
    fields: Type.Array(Type.Object({ description: Type.String(), field: Type.String() }), { maxItems: 100 }),
  },
  { description: 'Every attribute at fault' },
)
export type BadRequestDetail = Static<typeof BadRequestDetail>

/** The body of every error but the 401 challenge; keys in code-point order, as everywhere. */
export const ApiError = Type.Object({
  badRequestDetail: Type.Optional(BadRequestDetail),
  detail: Type.String(),
  error: Type.Integer({ description: 'HTTP status' }),
  errorCode: Type.String(),
  parameters: Type.Array(Type.Unsafe<string | number>({ type: ['string', 'number'] })),
  reason: Type.String({ description: 'HTTP reason phrase' }),
})
export type ApiError = Static<typeof ApiError>
