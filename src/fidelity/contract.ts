/** The claims as text for people: all of them in src/atlas/README.md, and how many claims have which label. */
import { type Claim, claims, type Label, labels, sections } from './claims.js'
import type { Verified } from './verify/known.js'

/** How many claims have each label and what the label means, as a Markdown table. */
export function countsByLabel(): string {
  const rows = (Object.keys(labels) as Label[]).map((label) => {
    const count = claims.filter((claim) => claim.label === label).length
    return `| ${label} | ${count} | ${labels[label]} |`
  })
  return ['| label | rules | meaning |', '|---|---|---|', ...rows].join('\n')
}

type Dates = ReadonlyMap<Claim['id'], Verified>

function line({ id, label, statement, sources }: Claim, dates: Dates): string {
  const links = sources.map(({ what, link, date }) => `[${what}](${link}) (${date})`)
  const verified = dates.get(id)
  const compared = verified ? `Compared with ${verified.host} on ${verified.date}: ${verified.verdict}.` : ''
  const parts = [`- <a id="${id}"></a>**\`${id}\`** (${label}): ${statement}`, links.join('; '), compared]
  return parts.filter((part) => part !== '').join(' ')
}

/** All claims, section by section, as a Markdown document. @param dates when claims were compared with a real Atlas */
export function contract(dates: Dates): string {
  const chapters = sections.map((section) => {
    const lines = claims.filter((claim) => claim.section === section).map((claim) => line(claim, dates))
    return `## ${section}\n\n${lines.join('\n')}\n`
  })
  return `# How Atlas answers

Every rule of the Atlas Administration API that the emulator keeps, how far it can be trusted, and where it comes from.
This file is written from \`src/fidelity/claims.ts\` by \`npm run generate\`: change the claims, not the file.

${countsByLabel()}

Comments and tests cite a rule by its id in square brackets, as in \`[challenge-shape]\`.

- Atlas's paths say \`groups\` where people say projects. What stands in braces is filled in: \`{id}\`.
- The date of a source is that of the recording or of the text; for a text without a date, when it was read.
- A recording replaces the one before under another name, since ids are part of the name. Its link therefore leads to the
  history of its folder, or to the folder of all recordings, where the date finds it.

${chapters.join('\n')}`
}
