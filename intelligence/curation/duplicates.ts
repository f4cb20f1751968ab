import { DomainError } from '#schema/domain/errors.ts'
import { sphericalKMeans } from './k-means.ts'
import { seededRandom } from './random.ts'
import { groupsFor, membersOf } from './structure.ts'
import { dotRows, unitPool } from './vectors.ts'

/** A picture that shows the same as an earlier one. */
export interface Duplicate {
  readonly id: string
  /** The one that stays: earlier in the list, and no duplicate itself. */
  readonly of: string
  /** Bits in which the hashes differ; null when only the vectors told. */
  readonly distance: number | null
  readonly cosine: number | null
}

/** Bits in which two hashes of 16 hex digits differ. */
export function hammingDistance(a: string, b: string): number {
  const [x, y] = [halves(a), halves(b)]
  return bits(x[0] ^ y[0]) + bits(x[1] ^ y[1])
}

/**
 * Near duplicates: perceptual hashes at most `hamming` bits apart (and, with vectors, not plainly different), or vectors
 * at least `cosine` alike (a little less when the hashes are near as well), sought within groups (SemDeDup). Hashes of nearly flat pictures say little and must be equal.
 */
export function nearDuplicates(input: {
  ids: readonly string[]
  hashes: readonly string[]
  vectors?: Float32Array
  dim?: number
  hamming?: number
  cosine?: number
}): Duplicate[] {
  const { ids, hashes, hamming = 6, cosine = 0.97 } = input
  if (hashes.length !== ids.length)
    throw new DomainError(
      'BAD_INPUT',
      `There are ${hashes.length} hashes for ${ids.length} images.`,
      { images: ids.length, hashes: hashes.length },
    )
  const parsed = hashes.map(halves)
  const pool =
    input.vectors === undefined
      ? null
      : unitPool({ ids, vectors: input.vectors, dim: input.dim ?? 0 })
  const cells =
    pool !== null && pool.count > 500
      ? sphericalKMeans(pool.unit, pool.dim, groupsFor(pool.count), seededRandom(1, 'duplicates'), {
          iterations: 6,
        })
      : null
  const fellows = cells === null ? null : membersOf(cells)
  const buckets = bands(parsed, hamming)
  const isDuplicate = new Uint8Array(ids.length)
  const found: Duplicate[] = []
  const likeness = (a: number, b: number): number | null =>
    pool === null ? null : dotRows(pool.unit, a, pool.unit, b, pool.dim)

  for (let row = 1; row < ids.length; row += 1) {
    let best: { of: number; distance: number | null; cosine: number | null; rank: number } | null =
      null
    for (const other of buckets.near(row)) {
      if (other >= row || isDuplicate[other] === 1) continue
      const distance =
        bits(parsed[row]![0] ^ parsed[other]![0]) + bits(parsed[row]![1] ^ parsed[other]![1])
      const alike = likeness(row, other)
      const flat = isFlat(parsed[row]!) || isFlat(parsed[other]!)
      if (distance > (flat ? (alike === null ? 0 : hamming / 3) : hamming)) continue
      if (alike !== null && alike < cosine - 0.07) continue
      if (best === null || distance < best.rank)
        best = { of: other, distance, cosine: alike, rank: distance }
    }
    if (best === null && pool !== null)
      for (const other of fellows === null ? rowsUnder(row) : fellows[cells!.assignments[row]!]!) {
        if (other >= row) break
        if (isDuplicate[other] === 1) continue
        const alike = likeness(row, other)!
        if (alike < cosine - 0.04 || (best !== null && -alike >= best.rank)) continue
        // A little less alike will do when the hashes speak for it as well (a cut edge).
        const apart =
          bits(parsed[row]![0] ^ parsed[other]![0]) + bits(parsed[row]![1] ^ parsed[other]![1])
        if (alike >= cosine || apart <= 2 * hamming)
          best = { of: other, distance: null, cosine: alike, rank: -alike }
      }
    if (best === null) continue
    isDuplicate[row] = 1
    found.push({ id: ids[row]!, of: ids[best.of]!, distance: best.distance, cosine: best.cosine })
  }
  return found
}

function* rowsUnder(row: number): Generator<number> {
  for (let other = 0; other < row; other += 1) yield other
}

function halves(hash: string): [number, number] {
  if (!/^[0-9a-f]{16}$/.test(hash))
    throw new DomainError('BAD_INPUT', `"${hash.slice(0, 40)}" is not a hash of 16 hex digits.`)
  return [Number.parseInt(hash.slice(0, 8), 16) | 0, Number.parseInt(hash.slice(8), 16) | 0]
}

function isFlat(hash: [number, number]): boolean {
  const set = bits(hash[0]) + bits(hash[1])
  return set <= 4 || set >= 60
}

function bits(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

// Two hashes with at most d bits apart agree in one of d + 1 bands: only those are compared.
function bands(
  hashes: readonly [number, number][],
  hamming: number,
): { near(row: number): Iterable<number> } {
  const count = Math.min(64, hamming + 1)
  const keyOf = (hash: [number, number], band: number): string => {
    const from = Math.floor((band * 64) / count)
    const to = Math.floor(((band + 1) * 64) / count)
    let key = `${band}:`
    for (let bit = from; bit < to; bit += 1) key += (hash[bit >> 5]! >>> (31 - (bit & 31))) & 1
    return key
  }
  const table = new Map<string, number[]>()
  const keys = hashes.map((hash, row) =>
    Array.from({ length: count }, (_, band) => {
      const key = keyOf(hash, band)
      const bucket = table.get(key)
      if (bucket === undefined) table.set(key, [row])
      else bucket.push(row)
      return key
    }),
  )
  return {
    near: (row) => {
      const rows = new Set<number>()
      for (const key of keys[row]!)
        for (const other of table.get(key)!) {
          if (other >= row) break
          rows.add(other)
        }
      return [...rows].sort((a, b) => a - b)
    },
  }
}
