import styles from './page/page.css'
import page from './page/page.html'
import script from './page/page.ts?script'

/** Bytes that the page's three files may have together, and those that they may have compressed; a test holds both. */
export const most = { bytes: 64_000, compressed: 24_000 } as const

/** What the page is made of: the path below `/console`, the type, the text. */
export const assets = {
  page: { type: 'text/html; charset=utf-8', text: page },
  styles: { type: 'text/css; charset=utf-8', text: styles },
  script: { type: 'text/javascript; charset=utf-8', text: script },
} as const
