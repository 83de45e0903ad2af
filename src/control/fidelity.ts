import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { Claim } from '../fidelity/claims.js'
import { find, searchFor } from '../journal/search.js'
import { pacer } from '../values/pace.js'
import { Entry, StringEnum } from '../values/schema.js'
import type { ControlContext, SubjectOptions } from './context.js'
import { Count } from './fields.js'
import { invalidParameter } from './problems.js'

const labels = ['observed', 'sibling', 'documented', 'chosen'] as const satisfies readonly Claim['label'][]

const FidelityQuery = Entry('Which rules to tell', {
  label: Type.Optional(StringEnum(labels, { description: 'Those that can be trusted so far' })),
  id: Type.Optional(Type.String({ description: 'The one with this id' })),
  met: Type.Optional(
    StringEnum(['true', 'false'], {
      description: 'true for those that a request of the journal has met, with how many have',
    }),
  ),
  request: Type.Optional(
    Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'Those that the request with this id has met' }),
  ),
})

export type FidelityFilter = Static<typeof FidelityQuery>

export const Fidelity = Type.Object({
  counts: Type.Object(
    {
      observed: Count('Seen in recorded answers of Atlas, or reported word for word by its users'),
      sibling: Count('Carried over from a resource of Atlas that is built alike'),
      documented: Count('Stated by the documentation of Atlas, its OpenAPI, or an RFC that it follows'),
      chosen: Count('Decided for this emulator'),
    },
    { description: 'How many rules have each label, whatever is asked for' },
  ),
  claims: Type.Array(
    Type.Object({
      id: Type.String(),
      section: Type.String(),
      statement: Type.String({ description: 'The rule, in a sentence' }),
      label: StringEnum(labels),
      sources: Type.Array(
        Type.Object({
          what: Type.String({ description: 'What was seen or read' }),
          link: Type.String({ description: 'Where' }),
          date: Type.String({ description: 'When it was recorded or written, or else read: YYYY-MM-DD or YYYY-MM' }),
        }),
      ),
      requests: Type.Optional(
        Count('How many requests of the journal have met it, as far as their traces tell; told with met and request'),
      ),
    }),
  ),
})
export type Fidelity = Static<typeof Fidelity>

/** How Atlas answers, rule by rule, and where each rule comes from. */
export const fidelityRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context }) => {
  app.get(
    '/fidelity',
    {
      schema: {
        operationId: 'fidelity',
        summary: 'Tell how Atlas answers, and how that is known',
        querystring: FidelityQuery,
        response: { 200: Fidelity },
      },
    },
    async ({ query: { label, id, met, request } }): Promise<Fidelity> => {
      // Loaded when first asked for: few ask, and all would wait for it at the start.
      const { claims } = await import('../fidelity/claims.js')
      if (id !== undefined && !claims.some((claim) => claim.id === id)) {
        throw invalidParameter('id', `found ${JSON.stringify(id)}; allowed: the id of a rule`)
      }
      const counted = met === 'true' || request !== undefined ? await meetings(context, request) : undefined
      const isMet = (claim: Claim) => counted === undefined || counted.has(claim.id)
      const count = (of: Claim['label']) => claims.filter((claim) => claim.label === of).length
      return {
        counts: {
          observed: count('observed'),
          sibling: count('sibling'),
          documented: count('documented'),
          chosen: count('chosen'),
        },
        claims: claims
          .filter((claim) => (id ?? claim.id) === claim.id && (label ?? claim.label) === claim.label && isMet(claim))
          .map(({ sources, ...claim }) => ({
            ...claim,
            sources: [...sources],
            ...(counted && { requests: counted.get(claim.id) as number }),
          })),
      }
    },
  )
}

/** How many requests of the journal, or whether the one with this id, have met each rule; those of none are left out. */
async function meetings(
  { journal, teller }: ControlContext,
  request: string | undefined,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  if (!journal || !teller) return counts
  const { metBy } = await import('./reliance.js')
  const giveWay = pacer()
  for (const { id, exchange } of await find(journal, searchFor(request === undefined ? {} : { id: request }))) {
    for (const rule of metBy(teller.tell(id, exchange))) counts.set(rule, (counts.get(rule) ?? 0) + 1)
    await giveWay()
  }
  return counts
}
