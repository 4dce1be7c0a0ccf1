import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { WaybillError } from '../../shared/errors.ts'
import { startDigest } from '../sent-file.ts'
import type { Encoding } from './encoding.ts'
import { createGem, FEWEST_GEM_TRIANGLES } from './gem.ts'
import { glb } from './glb.ts'
import type { Mesh } from './mesh.ts'
import { obj } from './obj.ts'
import { createRing, FEWEST_RING_TRIANGLES } from './ring.ts'
import { createSeed, type Seed } from './seed.ts'
import { asciiStl, binaryStl } from './stl.ts'
import { threeMf } from './three-mf.ts'

export type ModelFormat = 'stl' | 'obj' | '3mf' | 'glb'

/** What model is wanted. Without `triangles` and `bytes` a small ring of 2,000 triangles. */
export interface ModelOptions {
  readonly format: ModelFormat
  /** At least 6; an odd number is raised by one, for every closed surface has an even number of them. */
  readonly triangles?: number
  /** Size of the file: the largest model that is no larger, at most 200 MiB. Not together with `triangles`. */
  readonly bytes?: number
  /** Makes the model unique: the same seed gives the same bytes, another seed another shape and other bytes. */
  readonly seed: string
  /** Models of the same shape and as many triangles are alike but for their bytes: same volume, so same price. Default: a shape of its own. */
  readonly shape?: string
  /** For STL only. Default `binary`. */
  readonly encoding?: 'binary' | 'ascii'
}

/** A model lying in a file. */
export interface ModelFile {
  readonly path: string
  readonly fileName: string
  readonly format: ModelFormat
  readonly contentType: string
  readonly bytes: number
  /** Of the file's content, in hex. */
  readonly sha256: string
  /** Of its first 64 bytes. */
  readonly headSha256: string
  readonly triangles: number
}

const USUAL_TRIANGLES = 2_000
const LARGEST_FILE_BYTES = 209_715_200

const encodingOf = ({ format, encoding }: ModelOptions): Encoding => {
  if (format === 'stl' && encoding === 'ascii') return asciiStl
  return { stl: binaryStl, obj, '3mf': threeMf, glb }[format]
}

/** A closed surface of genus one has half as many vertices as triangles, one of genus zero two more. */
const verticesOf = (triangles: number): number => triangles / 2 + (triangles < FEWEST_RING_TRIANGLES ? 2 : 0)

const sizeOf = (encoding: Encoding, triangles: number, seed: Seed): number =>
  encoding.size(verticesOf(triangles), triangles, seed)

const badUsage = (message: string, hint: string): WaybillError => new WaybillError({ code: 'bad-usage', message, hint })

/** The most triangles whose file is no larger than `bytes`. */
function trianglesFitting(bytes: number, encoding: Encoding, seed: Seed): number {
  const fewest = sizeOf(encoding, FEWEST_GEM_TRIANGLES, seed)
  if (!(bytes >= fewest))
    throw badUsage(`No model of this format fits into ${bytes} bytes.`, `Ask for ${fewest} bytes or more.`)
  let fits = FEWEST_GEM_TRIANGLES / 2
  let tooMany = Math.ceil(bytes / 2)
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2)
    if (sizeOf(encoding, middle * 2, seed) <= bytes) fits = middle
    else tooMany = middle
  }
  return fits * 2
}

function trianglesOf(options: ModelOptions, encoding: Encoding, seed: Seed): number {
  const { triangles, bytes } = options
  if (triangles !== undefined && bytes !== undefined) {
    throw badUsage('A model was asked for by its triangles and by its bytes.', 'Give one of the two.')
  }
  if (bytes !== undefined && bytes > LARGEST_FILE_BYTES) {
    throw badUsage(`A model of ${bytes} bytes was asked for.`, `The largest is ${LARGEST_FILE_BYTES} bytes (200 MiB).`)
  }
  if (bytes !== undefined) return trianglesFitting(bytes, encoding, seed)
  const wanted = triangles ?? USUAL_TRIANGLES
  if (!Number.isSafeInteger(wanted) || wanted < FEWEST_GEM_TRIANGLES) {
    throw badUsage(
      `A model of ${wanted} triangles was asked for.`,
      `A closed model has at least ${FEWEST_GEM_TRIANGLES}.`,
    )
  }
  const even = wanted + (wanted % 2)
  if (sizeOf(encoding, even, seed) > LARGEST_FILE_BYTES) {
    throw badUsage(`A model of ${wanted} triangles would be larger than 200 MiB.`, 'Ask for fewer triangles.')
  }
  return even
}

const createMesh = (triangles: number, seed: Seed): Mesh =>
  triangles < FEWEST_RING_TRIANGLES ? createGem(triangles, seed) : createRing(triangles, seed)

/** Makes a valid, closed model of its own and writes it into `folder`, in constant memory whatever its size. */
export async function createModel(options: ModelOptions, folder: string): Promise<ModelFile> {
  const seed = createSeed(options.seed, options.shape)
  const encoding = encodingOf(options)
  const triangles = trianglesOf(options, encoding, seed)
  const fileName = `ring-${seed.tag}.${encoding.extension}`
  const path = join(folder, fileName)
  const digest = startDigest()

  await mkdir(folder, { recursive: true })
  const file = await open(path, 'w')
  try {
    for (const piece of encoding.pieces(createMesh(triangles, seed), seed)) {
      digest.update(piece)
      await file.writeFile(piece)
    }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return {
    path,
    fileName,
    format: options.format,
    contentType: encoding.contentType,
    ...digest.end(),
    triangles,
  }
}
