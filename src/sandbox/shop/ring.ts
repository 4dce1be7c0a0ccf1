import { Readable } from 'node:stream'

const HEADER_BYTES = 80
const FACET_BYTES = 50
const RING_RADIUS_MM = 9
const BAND_RADIUS_MM = 1.2
const SIDES = 12

type Point = readonly [number, number, number]

const pointOf = (u: number, v: number): Point => {
  const radius = RING_RADIUS_MM + BAND_RADIUS_MM * Math.cos(v)
  return [radius * Math.cos(u), radius * Math.sin(u), BAND_RADIUS_MM * Math.sin(v)]
}

function writeFacet(target: Buffer, at: number, points: readonly [Point, Point, Point]): void {
  const [a, b, c] = points
  const e: Point = [b[0] - a[0], b[1] - a[1], b[2] - a[2]]
  const f: Point = [c[0] - a[0], c[1] - a[1], c[2] - a[2]]
  const n: Point = [e[1] * f[2] - e[2] * f[1], e[2] * f[0] - e[0] * f[2], e[0] * f[1] - e[1] * f[0]]
  const length = Math.hypot(...n) || 1
  let offset = at
  for (const value of [n[0] / length, n[1] / length, n[2] / length, ...a, ...b, ...c]) {
    offset = target.writeFloatLE(value, offset)
  }
  target.writeUInt16LE(0, offset)
}

/** A closed plain ring of about `triangles` facets as binary STL: what the on-site constructor builds. */
export function buildRing(triangles: number): { readonly size: number; readonly stream: Readable } {
  const steps = Math.max(3, Math.round(triangles / (2 * SIDES)))
  const count = steps * SIDES * 2
  const head = Buffer.alloc(HEADER_BYTES + 4)
  head.write('ring constructor')
  head.writeUInt32LE(count, HEADER_BYTES)
  const corner = (i: number, j: number) =>
    pointOf((2 * Math.PI * (i % steps)) / steps, (2 * Math.PI * (j % SIDES)) / SIDES)
  const slice = (i: number): Buffer => {
    const facets = Buffer.alloc(SIDES * 2 * FACET_BYTES)
    for (let j = 0; j < SIDES; j++) {
      const [a, b, c, d] = [corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)]
      writeFacet(facets, j * 2 * FACET_BYTES, [a, b, c])
      writeFacet(facets, (j * 2 + 1) * FACET_BYTES, [a, c, d])
    }
    return facets
  }
  const parts = function* () {
    yield head
    for (let i = 0; i < steps; i++) yield slice(i)
  }
  return { size: head.length + count * FACET_BYTES, stream: Readable.from(parts()) }
}
