import { principalAxes, project } from './principal-axes.ts'
import { medoidsOf, structureOf } from './structure.ts'
import { sphericalKMeans } from './k-means.ts'
import { seededRandom } from './random.ts'
import { unitPool, type VectorPool } from './vectors.ts'

/** The pool in two dimensions, -1 to 1, for looking at; groups are never made in it. */
export function map2d(input: VectorPool & { seed: number }): { x: Float32Array; y: Float32Array } {
  const pool = unitPool(input)
  const basis = principalAxes(pool.unit, pool.dim, 2, input.seed)
  const flat = project(pool.unit, pool.dim, basis)
  const x = new Float32Array(pool.count)
  const y = new Float32Array(pool.count)
  let reach = 0
  for (const value of flat) reach = Math.max(reach, Math.abs(value))
  if (reach < 1e-5) return { x, y }
  for (let row = 0; row < pool.count; row += 1) {
    x[row] = flat[row * basis.count]! / reach
    y[row] = basis.count > 1 ? flat[row * basis.count + 1]! / reach : 0
  }
  return { x, y }
}

/** The pool's groups of similar pictures. */
export interface Clustering {
  /** Group of each row. */
  readonly assignments: Int32Array
  readonly centroids: Float32Array
  /** Row of the most typical picture of each group. */
  readonly medoids: Int32Array
  readonly sizes: Int32Array
  readonly k: number
}

/** Seeded spherical k-means; without `k`, k = clip(sqrt(N / 2), 20, 500), and three pictures for each at least. */
export function clusterPool(input: VectorPool & { seed: number; k?: number }): Clustering {
  const structure = structureOf(input, input.seed)
  const cells =
    input.k === undefined
      ? structure.cells
      : sphericalKMeans(
          structure.space,
          structure.spaceDim,
          input.k,
          seededRandom(input.seed, 'cells'),
        )
  return { ...cells, medoids: medoidsOf(structure, cells) }
}
