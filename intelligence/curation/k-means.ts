import type { Random } from './random.ts'
import { products } from './product.ts'
import { dotRows, normaliseRows } from './vectors.ts'

/** A partition of rows by direction. */
export interface Partition {
  readonly assignments: Int32Array
  /** `k * dim`, unit rows. */
  readonly centroids: Float32Array
  readonly sizes: Int32Array
  readonly k: number
}

/**
 * Spherical k-means with k-means++ seeding on unit rows. An emptied cluster is seated anew on the row that fits worst,
 * so every cluster has a member (as long as there are k rows).
 *
 * @param weights pulls seeds and centroids to some rows more than to others
 */
export function sphericalKMeans(
  rows: Float32Array,
  dim: number,
  wanted: number,
  random: Random,
  options: KMeansOptions = {},
): Partition {
  // One start may seat two seeds in one group: small pools can afford four, the tightest wins.
  const starts = rows.length * wanted < 4_000_000 ? 4 : 1
  let best = fromOneStart(rows, dim, wanted, random, options)
  for (let start = 1; start < starts; start += 1) {
    const next = fromOneStart(rows, dim, wanted, random, options)
    if (next.tightness > best.tightness + 1e-6) best = next
  }
  const { assignments, centroids, sizes, k } = best
  return { assignments, centroids, sizes, k }
}

interface KMeansOptions {
  readonly iterations?: number
  readonly weights?: Float32Array
}

function fromOneStart(
  rows: Float32Array,
  dim: number,
  wanted: number,
  random: Random,
  options: KMeansOptions,
): Partition & { tightness: number } {
  const count = rows.length / dim
  const k = Math.max(0, Math.min(Math.floor(wanted), count))
  const assignments = new Int32Array(count)
  const sizes = new Int32Array(k)
  if (k === 0) return { assignments, centroids: new Float32Array(0), sizes, k, tightness: 0 }
  const weightOf = (row: number): number => options.weights?.[row] ?? 1
  const centroids = seedCentroids(rows, dim, k, random, weightOf)
  const fit = new Float32Array(count)
  for (let pass = 0; pass < (options.iterations ?? 25); pass += 1) {
    let moved = 0
    products(rows, centroids, dim, (block, from, size, stride) => {
      for (let index = 0; index < size; index += 1) {
        const at = index * stride
        let best = 0
        let bestFit = -Infinity
        for (let cluster = 0; cluster < k; cluster += 1) {
          const value = block[at + cluster]!
          if (value > bestFit) {
            bestFit = value
            best = cluster
          }
        }
        const row = from + index
        fit[row] = bestFit
        if (assignments[row] !== best || pass === 0) {
          assignments[row] = best
          moved += 1
        }
      }
    })
    reseatEmpty(assignments, fit, k)
    sizes.fill(0)
    centroids.fill(0)
    for (let row = 0; row < count; row += 1) {
      const cluster = assignments[row]!
      sizes[cluster] = sizes[cluster]! + 1
      const weight = weightOf(row)
      for (let index = 0; index < dim; index += 1)
        centroids[cluster * dim + index] =
          centroids[cluster * dim + index]! + weight * rows[row * dim + index]!
    }
    normaliseRows(centroids, dim)
    if (moved === 0 || (pass > 4 && moved < count / 500)) break
  }
  let tightness = 0
  for (let row = 0; row < count; row += 1)
    tightness += weightOf(row) * dotRows(rows, row, centroids, assignments[row]!, dim)
  return { assignments, centroids, sizes, k, tightness }
}

function seedCentroids(
  rows: Float32Array,
  dim: number,
  k: number,
  random: Random,
  weightOf: (row: number) => number,
): Float32Array {
  const count = rows.length / dim
  const centroids = new Float32Array(k * dim)
  const chosen = new Uint8Array(count)
  const gap = new Float64Array(count).fill(2)
  for (let cluster = 0; cluster < k; cluster += 1) {
    let total = 0
    for (let row = 0; row < count; row += 1)
      if (chosen[row] === 0) total += gap[row]! * weightOf(row)
    let pick = -1
    if (total > 1e-9) {
      let rest = random.next() * total
      for (let row = 0; row < count; row += 1) {
        if (chosen[row] === 1) continue
        const mass = gap[row]! * weightOf(row)
        if (mass <= 0) continue
        pick = row
        rest -= mass
        if (rest < 0) break
      }
    }
    // All that is left sits on a seed already: take the first that is free.
    if (pick < 0) pick = chosen.indexOf(0)
    chosen[pick] = 1
    centroids.set(rows.subarray(pick * dim, (pick + 1) * dim), cluster * dim)
    for (let row = 0; row < count; row += 1) {
      const distance = Math.max(0, 1 - dotRows(rows, row, centroids, cluster, dim))
      if (distance < gap[row]!) gap[row] = distance
    }
  }
  return centroids
}

function reseatEmpty(assignments: Int32Array, fit: Float32Array, k: number): void {
  const sizes = new Int32Array(k)
  for (const cluster of assignments) sizes[cluster] = sizes[cluster]! + 1
  for (let cluster = 0; cluster < k; cluster += 1) {
    if (sizes[cluster]! > 0) continue
    let worst = -1
    for (let row = 0; row < fit.length; row += 1)
      if (sizes[assignments[row]!]! > 1 && (worst < 0 || fit[row]! < fit[worst]!)) worst = row
    if (worst < 0) return
    sizes[assignments[worst]!] = sizes[assignments[worst]!]! - 1
    assignments[worst] = cluster
    sizes[cluster] = 1
    fit[worst] = Infinity
  }
}
