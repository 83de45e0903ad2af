/** Dialogs, and what is said in passing. */
import { button, buttons, type Child, copy, fill, h } from './dom.js'

const toast = h('p', { class: 'toast', role: 'status', 'aria-live': 'polite' })

let hiding: ReturnType<typeof setTimeout> | undefined

/** Says something for a few seconds; in the dialog that is open, since whatever is outside of it is out of reach. */
export function say(text: string): void {
  const place = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body
  if (toast.parentElement !== place) place.append(toast)
  toast.textContent = text
  toast.classList.add('shown')
  clearTimeout(hiding)
  hiding = setTimeout(() => {
    toast.classList.remove('shown')
    toast.textContent = ''
  }, 5000)
}

/** Says what went wrong with something that was tried. */
export async function trying(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    say((error as Error).message)
    return false
  }
}

export async function copyAndSay(text: string, what: string): Promise<void> {
  say((await copy(text)) ? `${what} copied` : 'The browser does not let this page copy')
}

/** Opens a dialog with a title; it is gone when it is closed, and the focus returns to where it was. */
export function openDialog(title: string, ...children: Child[]): HTMLDialogElement {
  const before = document.activeElement
  const dialog: HTMLDialogElement = h(
    'dialog',
    { 'aria-label': title },
    h(
      'div',
      { class: 'dialog-head' },
      h('h2', {}, title),
      button('✕', () => dialog.close(), { class: 'quiet', 'aria-label': 'Close' }),
    ),
    ...children,
  )
  dialog.addEventListener('close', () => {
    if (dialog.contains(toast)) document.body.append(toast)
    dialog.remove()
    if (before instanceof HTMLElement && before.isConnected) before.focus()
  })
  dialog.addEventListener('click', (event: MouseEvent) => {
    if (event.target === dialog) dialog.close()
  })
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}

/** Asks before something that cannot be undone. */
export function confirmed(question: string, yes: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = false
    const dialog = openDialog(
      question,
      buttons(
        button(
          yes,
          () => {
            answer = true
            dialog.close()
          },
          { class: 'danger' },
        ),
        button('Cancel', () => dialog.close()),
      ),
    )
    dialog.addEventListener('close', () => resolve(answer))
  })
}

/** A text field, or another one, with its label. */
export function field(label: string, input: HTMLElement): HTMLLabelElement {
  return h('label', { class: 'field' }, h('span', {}, label), input)
}

export function select(
  options: readonly (string | readonly [value: string, label: string])[],
  value = '',
  attributes = {},
): HTMLSelectElement {
  const made = h('select', attributes)
  fill(
    made,
    ...options.map((option) => {
      const [of, label] = typeof option === 'string' ? [option, option] : option
      return h('option', { value: of, selected: of === value }, label)
    }),
  )
  return made
}
