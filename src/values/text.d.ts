/** Files that are text to the server: what the page is made of, see .scripts/page.mjs, and what coding agents are told. */
declare module '*.html' {
  const text: string
  export default text
}
declare module '*.css' {
  const text: string
  export default text
}
declare module '*?script' {
  const text: string
  export default text
}

declare module '*.txt' {
  const text: string
  export default text
}
