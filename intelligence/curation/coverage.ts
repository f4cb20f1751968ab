import { columnsOf, type Column } from './columns.ts'
import { products } from './product.ts'
import { exactUpTo, fellowCount, type Structure } from './structure.ts'
import { gather } from './vectors.ts'

/** What a pick adds. */
export interface CoverPick {
  readonly row: number
  readonly gain: number
  /** About how many pictures it stands for. */
  readonly stands: number
}

/** How well the pool is covered by the rows that were seen; answers which row would cover most of the rest. */
export interface Cover {
  /**
   * Greedy facility location over the free rows.
   *
   * @param doubt how much each row of the pool counts, 0 to 1; all alike when null
   */
  best(size: number, free: Uint8Array, doubt: Float32Array | null): CoverPick[]
  /**
   * The free row least like any seen one; its likeness to the nearest seen row, 0 to 1.
   *
   * @param withFellows whether those nearest to it count as much: an unseen group then comes before an odd picture
   */
  loneliest(free: Uint8Array, withFellows: boolean): { row: number; nearness: number } | null
}

const shortlisted = 384
/** Likeness e^(-4 (1 - cosine)) above which one picture stands for another: a cosine of about 0.6. */
const standsFor = 0.2

const nearest = new WeakMap<Structure, { seen: number[]; near: Float32Array }>()

/** The greatest likeness of each row to a seen one (width 4); remembered, and extended by what is new. */
function nearnessOf(structure: Structure, seen: readonly number[]): Float32Array {
  const before = nearest.get(structure)
  const known = before === undefined ? new Set<number>() : new Set(before.seen)
  const wanted = new Set(seen)
  const extend = before?.seen.every((row) => wanted.has(row)) ?? false
  const near = extend ? before!.near.slice() : new Float32Array(structure.pool.count)
  const fresh = extend ? seen.filter((row) => !known.has(row)) : seen
  for (const column of columnsOf(structure, fresh)) raise(near, column)
  nearest.set(structure, { seen: [...seen], near })
  return near
}

function raise(near: Float32Array, column: Column): void {
  for (let row = 0; row < near.length; row += 1) {
    const value = column[row]! * column[row]!
    if (value > near[row]!) near[row] = value
  }
}

const squares = new WeakMap<Structure, Float32Array>()

/** All likenesses (width 4) of a small pool. */
function allPairs(structure: Structure): Float32Array {
  const before = squares.get(structure)
  if (before !== undefined) return before
  const count = structure.pool.count
  const pairs = new Float32Array(count * count)
  products(structure.space, structure.space, structure.spaceDim, (block, from, rows, stride) => {
    for (let index = 0; index < rows; index += 1)
      for (let other = 0; other < count; other += 1)
        pairs[(from + index) * count + other] = Math.exp(4 * (block[index * stride + other]! - 1))
  })
  squares.set(structure, pairs)
  return pairs
}

/**
 * @param seen rows of earlier rounds; what they cover is remembered
 * @param picked rows of this round
 */
export function coverWith(
  structure: Structure,
  seen: readonly number[],
  picked: readonly number[],
): Cover {
  const before = nearnessOf(structure, seen)
  const near = picked.length === 0 ? before : before.slice()
  for (const column of columnsOf(structure, picked)) raise(near, column)
  const { pool, density } = structure

  function shortlist(free: Uint8Array, doubt: Float32Array | null): number[] {
    const rows: number[] = []
    for (let row = 0; row < free.length; row += 1) if (free[row] === 1) rows.push(row)
    if (pool.count <= exactUpTo || rows.length <= shortlisted) return rows
    const score = new Float64Array(pool.count)
    for (const row of rows)
      score[row] =
        (0.2 + 0.8 * density[row]!) * (1 - near[row]!) * (doubt === null ? 1 : doubt[row]! + 1e-3)
    // The best of each cell first, so that no cell fills the list alone.
    const bestOf = new Map<number, number>()
    for (const row of rows) {
      const cell = structure.cells.assignments[row]!
      const best = bestOf.get(cell)
      if (best === undefined || score[row]! > score[best]!) bestOf.set(cell, row)
    }
    const list = new Set(
      [...bestOf.values()].sort((a, b) => score[b]! - score[a]! || a - b).slice(0, shortlisted / 2),
    )
    for (const row of topOf(rows, score, shortlisted)) {
      if (list.size >= shortlisted) break
      list.add(row)
    }
    return [...list].sort((a, b) => a - b)
  }

  return {
    best(size, free, doubt) {
      const candidates = shortlist(free, doubt)
      const { witnesses, mass, like } = likenesses(structure, candidates)
      const weight = Float32Array.from(
        witnesses,
        (row, index) => mass[index]! * ((doubt === null ? 1 : doubt[row]!) + 1e-3),
      )
      const reached = Float32Array.from(witnesses, (row) => near[row]!)
      const gainOf = (index: number): number => {
        let gain = 0
        const own = like[index]!
        for (let other = 0; other < reached.length; other += 1) {
          const more = own[other]! - reached[other]!
          if (more > 0) gain += more * weight[other]!
        }
        // Of two that cover alike, the better picture.
        return gain * (0.95 + 0.05 * pool.quality[candidates[index]!]!)
      }
      const bound = Float64Array.from(candidates, (_, index) => gainOf(index))
      const picks: CoverPick[] = []
      const taken = new Uint8Array(candidates.length)
      // Lazy greedy: gains only shrink, so the first whose bound is up to date wins.
      for (let turn = 0; turn < Math.min(size, candidates.length); turn += 1) {
        const fresh = new Uint8Array(candidates.length)
        if (turn === 0) fresh.fill(1)
        let index = -1
        for (;;) {
          index = -1
          for (let other = 0; other < candidates.length; other += 1)
            if (taken[other] === 0 && (index < 0 || bound[other]! > bound[index]!)) index = other
          if (fresh[index] === 1) break
          bound[index] = gainOf(index)
          fresh[index] = 1
        }
        taken[index] = 1
        let stands = 0
        const own = like[index]!
        for (let other = 0; other < reached.length; other += 1) {
          const value = own[other]!
          if (value > reached[other]!) {
            if (value > standsFor) stands += mass[other]!
            reached[other] = value
          }
        }
        picks.push({
          row: candidates[index]!,
          gain: bound[index]!,
          stands: Math.max(1, Math.round(stands)),
        })
      }
      return picks
    },
    loneliest(free, withFellows) {
      const { fellows } = structure
      let best = -1
      let bestScore = -Infinity
      for (let row = 0; row < free.length; row += 1) {
        if (free[row] !== 1) continue
        let score = 1 - near[row]!
        if (withFellows) {
          let [sum, count] = [0, 0]
          for (let at = row * fellowCount; at < (row + 1) * fellowCount; at += 1) {
            const fellow = fellows[at]!
            if (fellow < 0) break
            sum += 1 - near[fellow]!
            count += 1
          }
          score += count === 0 ? 0 : sum / count
        }
        if (score > bestScore) {
          best = row
          bestScore = score
        }
      }
      return best < 0 ? null : { row: best, nearness: near[best]! }
    },
  }
}

// e^(4 (c - 1)) by cosine in steps of 1/2048: half a million exponentials a verdict would be most of its time.
const likeness = Float32Array.from({ length: 4100 }, (_, index) =>
  Math.exp(4 * (Math.min(1, (index + 0.5) / 2048 - 1.001) - 1)),
)

const rowsKept = 3_072
const knownRows = new WeakMap<Structure, { right: Float32Array; rows: Map<number, Float32Array> }>()

/**
 * Likeness (width 4) of each candidate to each witness. It never changes, and from one verdict to the next most of the
 * short list stays: a candidate's row is remembered (20 MB at most).
 */
function likenesses(
  structure: Structure,
  candidates: readonly number[],
): { witnesses: Int32Array; mass: Float32Array; like: readonly Float32Array[] } {
  const { witnesses, mass, space, spaceDim, pool } = structure
  if (pool.count <= exactUpTo) {
    const pairs = allPairs(structure)
    const like = candidates.map((row) => pairs.subarray(row * pool.count, (row + 1) * pool.count))
    return { witnesses, mass, like }
  }
  let known = knownRows.get(structure)
  if (known === undefined) {
    known = { right: gather(space, spaceDim, witnesses), rows: new Map() }
    knownRows.set(structure, known)
  }
  const { right, rows: before } = known
  const fresh = candidates.filter((row) => !before.has(row))
  if (before.size + fresh.length > rowsKept) {
    const wanted = new Set(candidates)
    for (const row of before.keys()) if (!wanted.has(row)) before.delete(row)
  }
  products(gather(space, spaceDim, fresh), right, spaceDim, (block, from, rows, stride) => {
    for (let index = 0; index < rows; index += 1) {
      const own = new Float32Array(witnesses.length)
      const at = index * stride
      for (let witness = 0; witness < own.length; witness += 1)
        own[witness] = likeness[((block[at + witness]! + 1.001) * 2048) | 0]!
      before.set(fresh[from + index]!, own)
    }
  })
  return { witnesses, mass, like: candidates.map((row) => before.get(row)!) }
}

/** The rows with the highest scores, best first; ties to the earlier row. */
function topOf(rows: readonly number[], score: Float64Array, most: number): number[] {
  let highest = 0
  for (const row of rows) if (score[row]! > highest) highest = score[row]!
  // Halves of the range find a floor under which nothing can be among the best, without sorting the pool.
  let [low, high] = [0, highest]
  for (let pass = 0; pass < 12; pass += 1) {
    const middle = (low + high) / 2
    let above = 0
    for (const row of rows) if (score[row]! >= middle) above += 1
    if (above >= most) low = middle
    else high = middle
  }
  return rows
    .filter((row) => score[row]! >= low)
    .sort((a, b) => score[b]! - score[a]! || a - b)
    .slice(0, most)
}

const neighbours = 30

/** Share of the witnesses for which some chosen row is at least as near as their 30th neighbour in the pool. */
export function coverageOfSpace(structure: Structure, chosen: readonly number[]): number {
  const { witnesses, mass, space, spaceDim, pool } = structure
  if (pool.count === 0 || chosen.length === 0) return 0
  // A tenth of a large pool's neighbours among a tenth of its rows: the same radius.
  const share = Math.min(1, 4096 / pool.count)
  const others = Int32Array.from({ length: Math.ceil(pool.count * share) }, (_, index) =>
    Math.floor(index / share),
  )
  const wanted = Math.max(1, Math.min(others.length, Math.round(neighbours * share)))
  let [covered, all] = [0, 0]
  const reach = new Float32Array(witnesses.length).fill(-Infinity)
  const rows = gather(space, spaceDim, witnesses)
  products(rows, gather(space, spaceDim, chosen), spaceDim, (block, from, size, stride) => {
    for (let index = 0; index < size; index += 1)
      for (let other = 0; other < chosen.length; other += 1)
        reach[from + index] = Math.max(reach[from + index]!, block[index * stride + other]!)
  })
  products(rows, gather(space, spaceDim, others), spaceDim, (block, from, size, stride) => {
    for (let index = 0; index < size; index += 1) {
      let nearer = 0
      for (let other = 0; other < others.length; other += 1)
        if (block[index * stride + other]! > reach[from + index]! + 1e-6) nearer += 1
      all += mass[from + index]!
      if (nearer <= wanted) covered += mass[from + index]!
    }
  })
  return covered / all
}
