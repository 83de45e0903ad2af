/** The shape of a claim before claims.ts says which section it belongs to. */

/**
 * Where a rule was seen or read.
 *
 * `what` names the concrete thing, `link` is a public address, and `date` (YYYY-MM-DD or YYYY-MM) says when the answer
 * was recorded or the text was published; for a text without a date of its own, when it was read.
 */
export interface Source {
  readonly what: string
  readonly link: string
  readonly date: string
}

/** How much a rule can be trusted, most trusted first, and what each label means. */
export const labels = {
  observed: 'seen in recorded answers of Atlas, or reported word for word by its users',
  sibling: 'seen on, or documented for, a resource of Atlas that is built alike, and carried over to this one',
  documented: "stated by Atlas's documentation or its OpenAPI, or by the RFC that Atlas follows",
  chosen: 'decided for this emulator, because nothing public says how Atlas answers',
} as const

export type Label = keyof typeof labels

/** One rule of how Atlas answers. The types hold that a chosen rule has no source and every other has one at least. */
export type Rule<Id extends string = string> =
  | {
      readonly id: Id
      readonly label: Exclude<Label, 'chosen'>
      readonly statement: string
      readonly sources: readonly [Source, ...Source[]]
    }
  | { readonly id: Id; readonly label: 'chosen'; readonly statement: string; readonly sources?: never }
