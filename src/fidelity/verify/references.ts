/** What stands in reports for an id, a name or the address of the target: `‹project:1›`. */

const reference = /‹[^›]+›/g
const objectId = /(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])/g
/** A shorter name would be found by chance within words of other texts. */
const leastInText = 4

/** Ids that nothing has. They are no secret, since they are the same in every run. */
export const nobody = 'deadbeefdeadbeefdeadbeef'

/** Which value each reference stands for, on one side of a comparison: both sides use the same references. */
export class References {
  readonly #values = new Map<string, string>([['‹nobody›', nobody]])
  readonly #names = new Map<string, string>([[nobody, '‹nobody›']])
  #inText: RegExp | undefined

  /** @param name with its quotes: `‹project:1›` */
  add(name: string, value: string): void {
    this.#values.set(name, value)
    if (!this.#names.has(value)) this.#names.set(value, name)
    this.#inText = undefined
  }

  /** The text with each reference replaced by what it stands for; an unknown one stays. */
  fill(text: string): string {
    return text.replace(reference, (name) => this.#values.get(name) ?? name)
  }

  /** The reference for exactly this value. */
  nameOf(value: string): string | undefined {
    return this.#names.get(value)
  }

  valueOf(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** Text of any kind with known values replaced by their references; ids that nobody knows are numbered as they appear. */
  hide(text: string): string {
    const strangers: string[] = []
    const named = text.replace(this.#pattern(), (value) => this.#names.get(value) as string)
    return named.replace(objectId, (id) => {
      if (!strangers.includes(id)) strangers.push(id)
      return `‹id:${strangers.indexOf(id) + 1}›`
    })
  }

  /** Every value that must not be told. */
  get values(): readonly string[] {
    return [...this.#values.values()].filter((value) => value !== nobody)
  }

  /** The same references, to which those of one side can be added. */
  copy(): References {
    const copied = new References()
    for (const [name, value] of this.#values) copied.add(name, value)
    return copied
  }

  #pattern(): RegExp {
    this.#inText ??= new RegExp(
      [...this.#names.keys()]
        .filter((value) => value.length >= leastInText)
        .sort((a, b) => b.length - a.length)
        .map((value) => value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
        .join('|'),
      'g',
    )
    return this.#inText
  }
}
