/**
 * The same function, which is not called anew for the text that it was given last: clients send the same over and over.
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
