/** Makes elements. Whatever comes from outside is text, and never markup. */

export type Child = Node | string | number | false | null | undefined

type Listeners = { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => unknown }

export interface Attributes {
  readonly on?: Listeners
  readonly [name: string]: string | number | boolean | undefined | Listeners
}

/** An element with attributes; true stands for an empty one, false and undefined for none. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (key === 'on') {
      for (const [event, listener] of Object.entries(value as Listeners)) {
        element.addEventListener(event, listener as EventListener)
      }
    } else element.setAttribute(key, value === true ? '' : String(value))
  }
  fill(element, ...children)
  return element
}

/** A text in capitals that may go on in the next line after each underscore. */
export function breakable(text: string): Child[] {
  return text.split(/(?<=_)/).flatMap((part, i) => (i === 0 ? [part] : [h('wbr'), part]))
}

/** Replaces what an element holds. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...kept(children))
}

function kept(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child) =>
    child === false || child === null || child === undefined ? [] : [child instanceof Node ? child : String(child)],
  )
}

/** Sets a text where it is another one, so that nothing is laid out anew for nothing. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** A button that does something; it says what, too, where it shows a sign alone. */
export function button(
  label: Child,
  act: (event: MouseEvent) => unknown,
  attributes: Attributes = {},
): HTMLButtonElement {
  return h('button', { type: 'button', ...attributes, on: { click: act } }, label)
}

/** What the button is like that one came for. */
export const primary = { class: 'primary' }

/** Buttons beside each other. */
export function buttons(...children: Child[]): HTMLElement {
  return h('p', { class: 'buttons' }, ...children)
}

/** What stands above a column, where it is more than a word. */
export interface Column {
  readonly label: string
  readonly class: string
}

/** The column of what can be done to a row, whose label only those need who do not see it. */
export const actions: Column = { label: 'Actions', class: 'narrow' }

/** A table, whose caption is its first child; its rows come later. */
export function table(
  caption: HTMLElement,
  columns: readonly (string | Column)[],
  body: HTMLElement,
  attributes: Attributes = {},
): HTMLTableElement {
  const headings = columns.map((column) => {
    if (typeof column === 'string') return h('th', { scope: 'col' }, column)
    const label = column === actions ? h('span', { class: 'hidden' }, column.label) : column.label
    return h('th', { scope: 'col', class: column.class }, label)
  })
  return h('table', attributes, caption, h('thead', {}, h('tr', {}, ...headings)), body)
}

/** The caption of a table that has a heading for those who see it. */
export function unseenCaption(text: string): HTMLElement {
  return h('caption', { class: 'hidden' }, text)
}

/** A row of a table in the making: made once by its key, and brought up to date where its item has changed. */
interface KeptRow<T> {
  item: T
  readonly element: HTMLElement
}

/** Keeps the rows of a list in step with its items, which are other objects once they have changed. */
export class Rows<T> {
  readonly #parent: Element
  readonly #keyOf: (item: T) => string
  readonly #make: (item: T) => HTMLElement
  #rows = new Map<string, KeptRow<T>>()

  constructor(parent: Element, keyOf: (item: T) => string, make: (item: T) => HTMLElement) {
    this.#parent = parent
    this.#keyOf = keyOf
    this.#make = make
  }

  show(items: readonly T[]): void {
    const rows = new Map<string, KeptRow<T>>()
    let place = this.#parent.firstElementChild
    for (const item of items) {
      const key = this.#keyOf(item)
      const known = this.#rows.get(key)
      let element = known?.element
      if (!element || known?.item !== item) {
        const made = this.#make(item)
        if (element) {
          const hasFocus = element.contains(document.activeElement)
          if (place === element) place = made
          element.replaceWith(made)
          if (hasFocus) made.querySelector<HTMLElement>('button, [tabindex]')?.focus()
        }
        element = made
      }
      rows.set(key, { item, element })
      if (element === place) place = place.nextElementSibling
      else this.#parent.insertBefore(element, place)
    }
    for (const [key, { element }] of this.#rows) if (rows.get(key)?.element !== element) element.remove()
    this.#rows = rows
  }

  elementOf(key: string): HTMLElement | undefined {
    return this.#rows.get(key)?.element
  }
}

/** Puts a text on the clipboard; where the browser does not let a page, by way of a selection. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = h('textarea', { class: 'hidden', 'aria-hidden': 'true' })
    area.value = text
    ;(document.querySelector('dialog[open]') ?? document.body).append(area)
    area.select()
    const isCopied = document.execCommand('copy')
    area.remove()
    return isCopied
  }
}
