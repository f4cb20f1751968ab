import { coverageOfSpace } from './coverage.ts'
import { structureOf } from './structure.ts'
import type { VectorPool } from './vectors.ts'

/** How a group of similar pictures fares in a set. */
export interface ClusterShare {
  readonly cluster: number
  /** The most typical picture of the group. */
  readonly medoid: string
  readonly pool: number
  readonly chosen: number
  /** Share of the set over share of the pool: 1 is fair. */
  readonly ratio: number
  /** Under 0.8 and at least 1 % of the pool. */
  readonly flagged: boolean
}

export interface Representation {
  readonly clusters: ClusterShare[]
  /** Share of the pool that is nearer to some chosen picture than its own 30th neighbour is. */
  readonly coverage: number
}

/** Compares a set with its pool, group by group; nothing about persons goes into it. */
export function representation(
  input: VectorPool & { seed: number; chosen: readonly string[] },
): Representation {
  const structure = structureOf(input, input.seed)
  const { pool, cells, density } = structure
  const chosen = input.chosen.flatMap((id) => pool.rowOf.get(id) ?? [])
  const inCell = new Int32Array(cells.k)
  for (const row of chosen) inCell[cells.assignments[row]!]! += 1
  const medoids = new Int32Array(cells.k).fill(-1)
  cells.assignments.forEach((cell, row) => {
    if (medoids[cell]! < 0 || density[row]! > density[medoids[cell]!]!) medoids[cell] = row
  })
  const clusters = [...cells.sizes].map((size, cluster) => {
    const ratio = chosen.length === 0 ? 0 : inCell[cluster]! / chosen.length / (size / pool.count)
    return {
      cluster,
      medoid: pool.ids[medoids[cluster]!]!,
      pool: size,
      chosen: inCell[cluster]!,
      ratio,
      flagged: ratio < 0.8 && size >= pool.count / 100,
    }
  })
  return { clusters, coverage: coverageOfSpace(structure, chosen) }
}
