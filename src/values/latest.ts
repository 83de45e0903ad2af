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
