import { extname } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.stl': 'model/stl',
  '.obj': 'model/obj',
  '.3mf': 'model/3mf',
  '.glb': 'model/gltf-binary',
}

/** The media type a model file is sent with. */
export const contentTypeOf = (file: string): string => TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream'
