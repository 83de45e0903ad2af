import { FifoMap } from 'toad-cache'

/** A longer text, which no usual client sends, is not remembered. */
const longestRemembered = 256

/**
 * Wraps a function so that it is called only when the text is another than in the call before: clients send the same headers
 * over and over.
 * @param make has to make the same of the same text each time
 */
export function rememberingLatest<Made>(make: (text: string) => Made): (text: string) => Made {
  let latest: string | undefined
  let made: Made
  return (text) => {
    if (text !== latest) {
      made = make(text)
      latest = text
    }
    return made
  }
}

/**
 * Wraps a function so that it is called once for each text, as long as that is among the latest ones.
 * @param most how many texts are remembered
 * @param make has to make the same of the same text each time; where it makes undefined, that is not remembered
 */
export function rememberingTexts<Made>(most: number, make: (text: string) => Made): (text: string) => Made {
  const known = new FifoMap<Made>(most)
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const made = make(text)
    if (made !== undefined && text.length <= longestRemembered) known.set(text, made)
    return made
  }
}

/** Wraps a function so that it is called once for each object, as long as there is that object. */
export function rememberingObjects<Given extends object, Made>(make: (given: Given) => Made): (given: Given) => Made {
  const known = new WeakMap<Given, Made>()
  return (given) => {
    const found = known.get(given)
    if (found !== undefined) return found
    const made = make(given)
    known.set(given, made)
    return made
  }
}
