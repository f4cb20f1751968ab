import { sphericalKMeans, type Partition } from './k-means.ts'
import { principalAxes, project } from './principal-axes.ts'
import { seededRandom } from './random.ts'
import { dotRows, normaliseRows, unitPool, type UnitPool, type VectorPool } from './vectors.ts'

/** What does not change with verdicts: groups, how typical each row is of its group. */
export interface Structure {
  readonly pool: UnitPool
  /** Unit rows in which groups and neighbours are sought: the vectors about their mean, 64 axes at most when there are many. */
  readonly space: Float32Array
  readonly spaceDim: number
  readonly cells: Partition
  /** 0..1: nearness to the neighbours in its own cell, as a rank among all rows. */
  readonly density: Float32Array
}

const remembered = new WeakMap<UnitPool, Map<number, Structure>>()

/** k for the pool's groups: clip(sqrt(N / 2), 20, 500), with three rows for each at least. */
export function groupsFor(count: number): number {
  const wanted = Math.min(500, Math.max(20, Math.round(Math.sqrt(count / 2))))
  return Math.max(Math.min(1, count), Math.min(wanted, Math.floor(count / 3)))
}

export function structureOf(input: VectorPool, seed: number): Structure {
  const pool = unitPool(input)
  let bySeed = remembered.get(pool)
  if (bySeed === undefined) {
    bySeed = new Map()
    remembered.set(pool, bySeed)
  }
  let structure = bySeed.get(seed)
  if (structure === undefined) {
    structure = build(pool, seed)
    if (bySeed.size > 3) bySeed.clear()
    bySeed.set(seed, structure)
  }
  return structure
}

function build(pool: UnitPool, seed: number): Structure {
  const { space, spaceDim } = searchSpace(pool, seed)
  const cells = sphericalKMeans(
    space,
    spaceDim,
    groupsFor(pool.count),
    seededRandom(seed, 'cells'),
    { iterations: 20 },
  )
  return { pool, space, spaceDim, cells, density: densityIn(space, spaceDim, cells) }
}

// Embeddings sit in a narrow cone: about their mean, angles tell pictures apart.
function searchSpace(pool: UnitPool, seed: number): { space: Float32Array; spaceDim: number } {
  const { unit, dim, count } = pool
  if (count > 1500 && dim > 64) {
    const basis = principalAxes(unit, dim, 64, seed)
    return { space: normaliseRows(project(unit, dim, basis), basis.count), spaceDim: basis.count }
  }
  const space = centred(unit, dim)
  for (let from = 0; from < space.length; from += dim) {
    let sum = 0
    for (let index = from; index < from + dim; index += 1) sum += space[index]! * space[index]!
    // Rounding noise about the mean has no direction: such a row is the mean.
    if (sum < 1e-10) space.fill(0, from, from + dim)
  }
  return { space: normaliseRows(space, dim), spaceDim: dim }
}

function centred(rows: Float32Array, dim: number): Float32Array {
  const count = rows.length / dim
  const mean = new Float64Array(dim)
  for (let index = 0; index < rows.length; index += 1)
    mean[index % dim] = mean[index % dim]! + rows[index]! / count
  const out = new Float32Array(rows.length)
  for (let index = 0; index < rows.length; index += 1)
    out[index] = rows[index]! - mean[index % dim]!
  return out
}

/** Rows of each cluster, in row order. */
export function membersOf(partition: Partition): number[][] {
  const members: number[][] = Array.from({ length: partition.k }, () => [])
  partition.assignments.forEach((cluster, row) => members[cluster]!.push(row))
  return members
}

/** TypiClust's typicality: one over the mean distance to the 20 nearest of the same cell; given as a rank, so that cells compare. */
function densityIn(rows: Float32Array, dim: number, cells: Partition): Float32Array {
  const count = rows.length / dim
  const raw = new Float64Array(count)
  for (const members of membersOf(cells)) {
    const neighbours = Math.min(20, Math.max(1, Math.floor(members.length / 2)))
    for (const row of members) {
      // A very large cell is sampled: neighbours among 400 tell density well enough.
      const stride = Math.max(1, Math.floor(members.length / 400))
      const distances: number[] = []
      for (let index = 0; index < members.length; index += stride) {
        const other = members[index]!
        if (other !== row) distances.push(Math.max(0, 1 - dotRows(rows, row, rows, other, dim)))
      }
      if (distances.length === 0) continue
      distances.sort((a, b) => a - b)
      const near = distances.slice(0, neighbours)
      const mean = near.reduce((sum, value) => sum + value, 0) / near.length
      raw[row] = 1 / (mean + 1e-3)
    }
  }
  const order = Array.from(raw.keys()).sort((a, b) => raw[a]! - raw[b]! || a - b)
  const density = new Float32Array(count)
  order.forEach((row, rank) => {
    density[row] = count === 1 ? 1 : rank / (count - 1)
  })
  return density
}

/** For each cluster the row nearest to its centroid; near ties go to the more typical, then to the better picture. */
export function medoidsOf(structure: Structure, partition: Partition): Int32Array {
  const { space, spaceDim, density, pool } = structure
  const medoids = new Int32Array(partition.k).fill(-1)
  membersOf(partition).forEach((members, cluster) => {
    let best = -1
    let bestScore = -Infinity
    for (const row of members) {
      const nearness = dotRows(space, row, partition.centroids, cluster, spaceDim)
      const score = nearness + 0.05 * density[row]! + 0.05 * pool.quality[row]!
      if (score > bestScore + 1e-9) {
        best = row
        bestScore = score
      }
    }
    medoids[cluster] = best
  })
  return medoids
}
