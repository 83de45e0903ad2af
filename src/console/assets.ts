import styles from './page/page.css'
import page from './page/page.html'
import script from './page/page.ts?script'

/** What the page is made of: the path below `/console`, the type, the text. */
export const assets = {
  page: { type: 'text/html; charset=utf-8', text: page },
  styles: { type: 'text/css; charset=utf-8', text: styles },
  script: { type: 'text/javascript; charset=utf-8', text: script },
} as const
