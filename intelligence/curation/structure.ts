import { sphericalKMeans, type Partition } from './k-means.ts'
import { products } from './product.ts'
import { principalAxes, project, type PrincipalAxes } from './principal-axes.ts'
import { seededRandom } from './random.ts'
import {
  dotRows,
  gather,
  normaliseRows,
  unitPool,
  type UnitPool,
  type VectorPool,
} from './vectors.ts'

/** What does not change with verdicts: groups, how typical each row is of its group. */
export interface Structure {
  readonly pool: UnitPool
  /** Unit rows in which groups and neighbours are sought: the vectors about their mean, 64 axes at most when there are many. */
  readonly space: Float32Array
  readonly spaceDim: number
  /** Where the space comes from, so that other vectors can be put into it. */
  readonly origin: { readonly mean: Float32Array; readonly axes: PrincipalAxes | null }
  readonly cells: Partition
  /** 0..1: nearness to the neighbours in its own cell, as a rank among all rows. */
  readonly density: Float32Array
  /** For each row its `fellowCount` nearest of the same cell, the nearest first; -1 where the cell has no more. */
  readonly fellows: Int32Array
  /** Rows that stand for all when coverage is counted: all of a small pool, else an even sample of each cell. */
  readonly witnesses: Int32Array
  /** How many rows each witness stands for. */
  readonly mass: Float32Array
}

/** Pools up to this size are covered exactly; larger ones by a sample. */
export const exactUpTo = 1600
const sampled = 1536
export const fellowCount = 3

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
  const { unit, dim, count } = pool
  const axes = count > 1500 && dim > 64 ? principalAxes(unit, dim, 64, seed) : null
  const origin = { mean: axes?.mean ?? meanOf(unit, dim), axes }
  const space = place(unit, dim, origin)
  const spaceDim = axes?.count ?? dim
  const cells = sphericalKMeans(
    space,
    spaceDim,
    groupsFor(pool.count),
    seededRandom(seed, 'cells'),
    { iterations: 20 },
  )
  return {
    pool,
    space,
    spaceDim,
    origin,
    cells,
    ...densityIn(space, spaceDim, cells),
    ...witnessesOf(cells, seed),
  }
}

// Embeddings sit in a narrow cone: about their mean, angles tell pictures apart.
function place(unit: Float32Array, dim: number, origin: Structure['origin']): Float32Array {
  if (origin.axes !== null) return normaliseRows(project(unit, dim, origin.axes), origin.axes.count)
  const space = new Float32Array(unit.length)
  for (let from = 0; from < space.length; from += dim) {
    let sum = 0
    for (let axis = 0; axis < dim; axis += 1) {
      const value = unit[from + axis]! - origin.mean[axis]!
      space[from + axis] = value
      sum += value * value
    }
    // Rounding noise about the mean has no direction: such a row is the mean.
    if (sum < 1e-10) space.fill(0, from, from + dim)
  }
  return normaliseRows(space, dim)
}

/** Other vectors (of the pool's dimension, any length) as unit rows of the structure's space. */
export function inSpace(structure: Structure, vectors: Float32Array): Float32Array {
  const { dim } = structure.pool
  return place(normaliseRows(Float32Array.from(vectors), dim), dim, structure.origin)
}

function meanOf(rows: Float32Array, dim: number): Float32Array {
  const count = rows.length / dim
  const sums = new Float64Array(dim)
  for (let index = 0; index < rows.length; index += 1)
    sums[index % dim] = sums[index % dim]! + rows[index]! / count
  return Float32Array.from(sums)
}

function witnessesOf(cells: Partition, seed: number): Pick<Structure, 'witnesses' | 'mass'> {
  const count = cells.assignments.length
  if (count <= exactUpTo)
    return {
      witnesses: Int32Array.from(cells.assignments.keys()),
      mass: new Float32Array(count).fill(1),
    }
  const random = seededRandom(seed, 'witnesses')
  const witnesses: number[] = []
  const mass: number[] = []
  for (const members of membersOf(cells)) {
    if (members.length === 0) continue
    const share = Math.min(
      members.length,
      Math.max(2, Math.round((sampled * members.length) / count)),
    )
    for (let taken = 0; taken < share; taken += 1) {
      const at = taken + random.below(members.length - taken)
      const row = members[at]!
      members[at] = members[taken]!
      witnesses.push(row)
      mass.push(members.length / share)
    }
  }
  return { witnesses: Int32Array.from(witnesses), mass: Float32Array.from(mass) }
}

/** Rows of each cluster, in row order. */
export function membersOf(partition: Partition): number[][] {
  const members: number[][] = Array.from({ length: partition.k }, () => [])
  partition.assignments.forEach((cluster, row) => members[cluster]!.push(row))
  return members
}

/** TypiClust's typicality: one over the mean distance to the 20 nearest of the same cell; given as a rank, so that cells compare. */
function densityIn(
  rows: Float32Array,
  dim: number,
  cells: Partition,
): Pick<Structure, 'density' | 'fellows'> {
  const count = rows.length / dim
  const fellows = new Int32Array(count * fellowCount).fill(-1)
  const raw = new Float64Array(count)
  for (const members of membersOf(cells)) {
    const most = Math.min(20, Math.max(1, Math.floor(members.length / 2)))
    const kept = Math.max(most, Math.min(fellowCount, members.length - 1))
    // A very large cell is sampled: neighbours among 400 tell density well enough.
    const stride = Math.max(1, Math.floor(members.length / 400))
    const others = members.filter((_, index) => index % stride === 0)
    const nearest = new Float64Array(kept)
    const who = new Int32Array(kept)
    products(
      gather(rows, dim, members),
      gather(rows, dim, others),
      dim,
      (block, from, size, wide) => {
        for (let index = 0; index < size; index += 1) {
          const row = members[from + index]!
          let known = 0
          for (let other = 0; other < others.length; other += 1) {
            if (others[other] === row) continue
            const value = block[index * wide + other]!
            if (known === kept && value <= nearest[kept - 1]!) continue
            let place = known < kept ? known++ : kept - 1
            for (; place > 0 && nearest[place - 1]! < value; place -= 1) {
              nearest[place] = nearest[place - 1]!
              who[place] = who[place - 1]!
            }
            nearest[place] = value
            who[place] = others[other]!
          }
          if (known === 0) continue
          fellows.set(who.subarray(0, Math.min(known, fellowCount)), row * fellowCount)
          const counted = Math.min(known, most)
          let sum = 0
          for (let place = 0; place < counted; place += 1) sum += Math.max(0, 1 - nearest[place]!)
          raw[row] = 1 / (sum / counted + 1e-3)
        }
      },
    )
  }
  const order = Array.from(raw.keys()).sort((a, b) => raw[a]! - raw[b]! || a - b)
  const density = new Float32Array(count)
  order.forEach((row, rank) => {
    density[row] = count === 1 ? 1 : rank / (count - 1)
  })
  return { density, fellows }
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
