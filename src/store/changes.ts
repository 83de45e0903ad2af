/** What has become of something that is stored. */
export type Change =
  | {
      readonly what: 'created' | 'changed' | 'gone'
      /** The name of a collection, or `projects`, `organizations`, `apiKeys`, `serviceAccounts`. */
      readonly kind: string
      /** The id of the project or organization that it belongs to; of such a one itself, its own. */
      readonly ownerId: string
      readonly id: string
    }
  /** All of the world, or one project, is another one now. */
  | { readonly what: 'replaced'; readonly project: string | null }
  /** What becomes of new endpoints, everywhere or in one project. */
  | { readonly what: 'plan'; readonly project: string | null }

/**
 * Tells who watches the store what changes in it. A change may be told that its transaction then takes back, so a watcher
 * looks at the store before it believes it. While nobody watches, a change costs the look at a field.
 */
export class Changes {
  watcher: ((change: Change) => void) | undefined
}
