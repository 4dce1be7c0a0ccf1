import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createModel, type ModelFormat } from '../../../src/probe/models/create-model.ts'
import { readModel } from '../../../src/sandbox/mes/model/read-model.ts'

/** Run as a process of its own: makes or reads one model and prints by how many bytes memory grew at its peak. */
const [job, format, encoding, folder = '', bytes] = process.argv.slice(2)
const BYTES_PER_UNIT = 1_024

const grown = async (): Promise<number> => {
  const before = process.memoryUsage.rss()
  if (job === 'make') {
    const options = {
      format: format as ModelFormat,
      encoding: encoding === 'ascii' ? 'ascii' : 'binary',
      bytes: Number(bytes),
      seed: 'large',
    } as const
    await createModel(options, folder)
  } else {
    const [name = ''] = readdirSync(folder)
    await readModel(createReadStream(join(folder, name)), 'application/octet-stream')
  }
  return process.resourceUsage().maxRSS * BYTES_PER_UNIT - before
}

console.log(await grown())
