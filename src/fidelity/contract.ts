/** The claims as text for people: all of them in src/atlas/README.md, and how many claims have which label. */
import { type Claim, claims, type Label, labels, sections } from './claims.js'

/** How many claims have each label and what the label means, as a Markdown table. */
export function countsByLabel(): string {
  const rows = (Object.keys(labels) as Label[]).map((label) => {
    const count = claims.filter((claim) => claim.label === label).length
    return `| ${label} | ${count} | ${labels[label]} |`
  })
  return ['| label | rules | meaning |', '|---|---|---|', ...rows].join('\n')
}

function line({ id, label, statement, sources }: Claim): string {
  const links = sources.map(({ what, link, date }) => `[${what}](${link}) (${date})`)
  return [`- <a id="${id}"></a>**\`${id}\`** (${label}): ${statement}`, links.join('; ')].join(' ').trimEnd()
}

/** All claims, section by section, as a Markdown document. */
export function contract(): string {
  const chapters = sections.map((section) => {
    const lines = claims.filter((claim) => claim.section === section).map(line)
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
