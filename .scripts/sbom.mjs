// Prints the bill of materials of the package, in CycloneDX: npm's own, of what runs. That is what is installed beside the
// package, and what is bundled into it, which npm takes for packages of development alone.
import { execSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundleProduct, root } from './bundle.mjs'

/** How CycloneDX's registry of names calls what is bundled, and what is for development alone. */
const bundledProperty = { name: 'cdx:npm:package:bundled', value: 'true' }
const isDevelopment = ({ name }) => name === 'cdx:npm:package:development'

/**
 * @param installed the names of packages that are installed beside it; undefined for all that npm would install
 * @returns JSON, which is the same whenever the same is built
 * @throws {Error} when a package was bundled of which package-lock.json has another version
 */
export async function billOfMaterials(installed) {
  const bundled = new Set((await bundleProduct('dist', false)).map(({ name, version }) => `${name}@${version}`))
  const command = 'npm sbom --sbom-format cyclonedx --sbom-type application --package-lock-only'
  const {
    serialNumber: _,
    metadata,
    components,
    dependencies,
    ...bill
  } = JSON.parse(
    execSync(command, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 }),
  )
  const referenceOf = (component) => component['bom-ref']
  const locked = new Set(components.map(referenceOf))
  const others = [...bundled].filter((reference) => !locked.has(reference))
  if (others.length > 0) throw new Error(`package-lock.json has another version of ${others.join(', ')}: run npm ci`)
  const isInstalled = ({ name, properties }) =>
    !properties.some(isDevelopment) && (installed === undefined || installed.includes(name))
  const kept = components.flatMap((component) => {
    if (!bundled.has(referenceOf(component))) return isInstalled(component) ? [component] : []
    const properties = component.properties.filter((property) => !isDevelopment(property))
    return [{ ...component, scope: 'required', properties: [...properties, bundledProperty] }]
  })
  const { timestamp: __, component, ...made } = metadata
  const references = new Set([referenceOf(component), ...kept.map(referenceOf)])
  const graph = dependencies
    .filter(({ ref }) => references.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => references.has(other)) }))
  const itself = { ...component, name: 'atlas-backup-emulator' }
  const told = {
    ...bill,
    metadata: { ...made, lifecycles: [{ phase: 'build' }], component: itself },
    components: kept,
    dependencies: graph,
  }
  return `${JSON.stringify(told, null, 2)}\n`
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) process.stdout.write(await billOfMaterials())
