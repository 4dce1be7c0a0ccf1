/** A closed mesh that is computed on demand, so that a large one needs no memory. Millimetres, corners counter-clockwise from outside. */
export interface Mesh {
  readonly vertices: number
  readonly triangles: number
  /** Writes x, y and z of vertex `index` to `out` at `offset`; each is exact as a 32-bit float. */
  vertex(index: number, out: Float64Array, offset?: number): void
  /** Writes the three vertex indices of triangle `index` to `out`. */
  triangle(index: number, out: Uint32Array): void
}

const STEPS_PER_MM = 100_000

/**
 * A coordinate rounded to a hundred-thousandth of a millimetre, then to what a 32-bit float holds: text with five digits and
 * four bytes of binary then say the same, and a file is the same shape in every format.
 */
export const coordinate = (mm: number): number => Math.fround(Math.round(mm * STEPS_PER_MM) / STEPS_PER_MM)

/** A coordinate with its five digits. */
export const coordinateText = (mm: number): string => mm.toFixed(5)

/** The longest text of a coordinate; no model is wider than a decimetre from its middle. */
export const COORDINATE_WIDTH = '-99.99999'.length

/** Copies the nine numbers of the corners of triangle `index` to `out`. */
export function cornersOf(mesh: Mesh, index: number, names: Uint32Array, out: Float64Array): void {
  mesh.triangle(index, names)
  for (let corner = 0; corner < 3; corner++) mesh.vertex(names[corner] ?? 0, out, corner * 3)
}
