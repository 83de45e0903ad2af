/** One of the views that the tabs show. */
export interface View {
  readonly id: string
  readonly title: string
  readonly element: HTMLElement
  /** What stands beside the title; empty for nothing. */
  badge(): string
  show(): void
  hide(): void
  /** Called when what is to be shown is filtered by other words. */
  filter(): void
  /** What opens each of its rows, in order. */
  rows(): HTMLElement[]
}
