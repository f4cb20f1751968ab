import type { Said } from './acquisition.ts'
import { labelsOf } from './probe.ts'
import { structureOf } from './structure.ts'
import { dotRows, type VectorPool } from './vectors.ts'

/** The smallest set that stands for what was accepted. */
export interface FinalSet {
  /** Most useful first: a smaller set is a beginning of a larger one, so a size slider never shuffles. */
  readonly ids: string[]
  readonly suggested: number
  /** How many were accepted. */
  readonly maximum: number
  /** 0 to 1: how near each accepted picture is to one of the set, from the pool's mean likeness (0) to the same (1). */
  readonly coverage: number
  /** Groups whose share of the set is under 0.8 of their share of what was accepted. */
  readonly flagged: { readonly cluster: number; readonly ratio: number }[]
  /** Coverage after each picture. */
  readonly gains: number[]
}

const smallest = 8

/** Facility location, greedy, with a quota for each group; nothing but accepted pictures is in it. */
export function finalSet(input: VectorPool & Said & { seed: number; size?: number }): FinalSet {
  const structure = structureOf(input, input.seed)
  const { pool, cells } = structure
  const { rows: labelled, classes } = labelsOf(pool, input.verdicts)
  const rows = labelled.filter((_, index) => classes[index] === 1).sort((a, b) => a - b)
  const count = rows.length
  if (count === 0) return { ids: [], suggested: 0, maximum: 0, coverage: 0, flagged: [], gains: [] }
  const likeness = new Float32Array(count * count)
  let mean = 0
  for (let i = 0; i < count; i += 1)
    for (let j = 0; j <= i; j += 1) {
      const value =
        i === j ? 1 : Math.max(0, dotRows(pool.unit, rows[i]!, pool.unit, rows[j]!, pool.dim))
      likeness[i * count + j] = value
      likeness[j * count + i] = value
      if (i !== j) mean += (2 * value) / (count * (count - 1))
    }
  const floor = count > 1 ? Math.min(mean, 0.999) : 0
  const share = new Map<number, number>()
  for (const row of rows) {
    const cell = cells.assignments[row]!
    share.set(cell, (share.get(cell) ?? 0) + 1)
  }
  const nearest = new Float32Array(count)
  const inSet = new Uint8Array(count)
  const taken = new Map<number, number>()
  const order: number[] = []
  const gains: number[] = []
  while (order.length < count) {
    const owed = (index: number): boolean => {
      const cell = cells.assignments[rows[index]!]!
      const due = Math.floor((0.8 * (order.length + 1) * share.get(cell)!) / count)
      return (taken.get(cell) ?? 0) < due
    }
    let best = -1
    let bestGain = -Infinity
    let bestOwed = false
    for (let index = 0; index < count; index += 1) {
      if (inSet[index] === 1) continue
      let gain = 0
      for (let other = 0; other < count; other += 1) {
        const more = likeness[index * count + other]! - nearest[other]!
        if (more > 0) gain += more
      }
      // Of two that stand for the same pictures, the better one.
      gain *= 0.8 + 0.2 * pool.quality[rows[index]!]!
      gain += 1e-6 * pool.quality[rows[index]!]!
      const due = owed(index)
      if ((due && !bestOwed) || (due === bestOwed && gain > bestGain + 1e-12)) {
        best = index
        bestGain = gain
        bestOwed = due
      }
    }
    inSet[best] = 1
    order.push(best)
    const cell = cells.assignments[rows[best]!]!
    taken.set(cell, (taken.get(cell) ?? 0) + 1)
    let sum = 0
    for (let other = 0; other < count; other += 1) {
      nearest[other] = Math.max(nearest[other]!, likeness[best * count + other]!)
      sum += nearest[other]!
    }
    gains.push(Math.min(1, Math.max(0, (sum / count - floor) / (1 - floor))))
  }
  const elbow = gains.findIndex((value) => value >= 0.9) + 1
  const suggested = Math.min(count, Math.max(smallest, elbow === 0 ? count : elbow))
  const wanted = input.size ?? suggested
  const size = Math.max(
    1,
    Math.min(count, Number.isFinite(wanted) ? Math.floor(wanted) : suggested),
  )
  const chosen = order.slice(0, size)
  const inChosen = new Map<number, number>()
  for (const index of chosen) {
    const cell = cells.assignments[rows[index]!]!
    inChosen.set(cell, (inChosen.get(cell) ?? 0) + 1)
  }
  return {
    ids: chosen.map((index) => pool.ids[rows[index]!]!),
    suggested,
    maximum: count,
    coverage: gains[size - 1]!,
    flagged: [...share]
      .map(([cluster, accepted]) => ({
        cluster,
        ratio: (inChosen.get(cluster) ?? 0) / size / (accepted / count),
      }))
      .filter(({ ratio }) => ratio < 0.8)
      .sort((a, b) => a.ratio - b.ratio || a.cluster - b.cluster),
    gains,
  }
}
