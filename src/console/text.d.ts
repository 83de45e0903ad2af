/** What the page is made of, as text; see .scripts/page.mjs. */
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
