import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { strFromU8, unzipSync } from 'fflate'
import { parse } from 'yaml'

const VERSION = 'v2.16.2'
const SHA256 = '75410c9723430b920592093014fc53641f6207e01b52c016c848ba62bf2da805'
const MODULE = 'github.com/compose-spec/compose-go/v2'
const LIMIT_MS = 60_000
/** Formats of the Compose Specification's own that JSON Schema does not know; the loader, not the schema, reads them. */
const OWN_FORMATS = ['expose', 'ports', 'subnet_ip_address', 'duration']

/**
 * The Compose Specification's JSON Schema, out of the module that Docker Compose itself loads files with. It comes from the Go module proxy and is
 * pinned by its checksum.
 */
async function fetchSchema(): Promise<object> {
  const [proxy = ''] = (process.env.GOPROXY ?? 'https://proxy.golang.org').split(/[,|]/)
  const answer = await fetch(`${proxy}/${MODULE}/@v/${VERSION}.zip`, { signal: AbortSignal.timeout(LIMIT_MS) })
  if (!answer.ok) throw new Error(`the module proxy answered ${answer.status}`)
  const zip = new Uint8Array(await answer.arrayBuffer())
  if (createHash('sha256').update(zip).digest('hex') !== SHA256)
    throw new Error('the schema is not the one pinned here')
  const name = `${MODULE}@${VERSION}/schema/compose-spec.json`
  const file = unzipSync(zip, { filter: (entry) => entry.name === name })[name]
  if (file === undefined) throw new Error('the module holds no schema')
  return JSON.parse(strFromU8(file))
}

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
for (const format of OWN_FORMATS) ajv.addFormat(format, true)
const fits = ajv.compile(await fetchSchema())
if (fits({ services: { shop: { imagee: 'x' } } })) throw new Error('the schema accepts a key that no service has')

const file = join(import.meta.dirname, '..', 'docker-compose.yml')
const compose: unknown = parse(readFileSync(file, 'utf8'), { merge: true })
if (!fits(compose)) {
  for (const { instancePath, message } of fits.errors ?? []) process.stdout.write(`${instancePath}: ${message}\n`)
  process.exitCode = 1
} else process.stdout.write(`docker-compose.yml fits the Compose Specification (compose-go ${VERSION})\n`)
