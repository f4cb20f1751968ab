import type { UnitPool } from './vectors.ts'
import { dotRows } from './vectors.ts'

export type VerdictValue = 'ACCEPT' | 'REJECT' | 'UNSURE'

/** The labelled rows in the order in which they were said. UNSURE teaches nothing and is left out. */
export interface Labels {
  readonly rows: readonly number[]
  /** +1 accept, -1 reject. */
  readonly signs: readonly number[]
  readonly accepted: number
  readonly rejected: number
  readonly unsure: number
}

export function labelsOf(pool: UnitPool, verdicts: ReadonlyMap<string, VerdictValue>): Labels {
  const rows: number[] = []
  const signs: number[] = []
  let unsure = 0
  for (const [id, value] of verdicts) {
    const row = pool.rowOf.get(id)
    if (row === undefined) continue
    if (value === 'UNSURE') {
      unsure += 1
      continue
    }
    rows.push(row)
    signs.push(value === 'ACCEPT' ? 1 : -1)
  }
  const accepted = signs.filter((sign) => sign > 0).length
  return { rows, signs, accepted, rejected: rows.length - accepted, unsure }
}

/** A linear judge of the pool, fitted in closed form. */
export interface Probe {
  /** P(accept) for each row of the pool. */
  readonly probability: Float32Array
  /** P(accept) of each labelled row by a probe that has not seen it (leave-one-out), in the order of the labels. */
  readonly leftOut: Float64Array
  readonly lambda: number
}

/**
 * Ridge regression on +1 / -1 in its dual form (n labels, n * n), weighted so that both sides count alike. Leave-one-out
 * scores are exact: y - a / diag(A^-1). Platt's scaling on them turns scores into probabilities.
 * Null until both sides have a label.
 */
export function fitProbe(pool: UnitPool, labels: Labels): Probe | null {
  const { rows, signs, accepted, rejected } = labels
  const count = rows.length
  if (accepted === 0 || rejected === 0) return null
  const { mean, scale } = centreOf(pool)
  const features = new Float32Array(count * pool.dim)
  rows.forEach((row, index) => {
    for (let axis = 0; axis < pool.dim; axis += 1)
      features[index * pool.dim + axis] = (pool.unit[row * pool.dim + axis]! - mean[axis]!) * scale
  })
  const kernel = new Float64Array(count * count)
  for (let i = 0; i < count; i += 1)
    for (let j = 0; j <= i; j += 1) {
      const value = dotRows(features, i, features, j, pool.dim) + 1
      kernel[i * count + j] = value
      kernel[j * count + i] = value
    }
  // Half-way to balance: full balance lets one odd picture of the rare side shout.
  const weightOf = (sign: number): number =>
    Math.sqrt(count / (2 * (sign > 0 ? accepted : rejected)))
  let best: { lambda: number; alpha: Float64Array; scores: Float64Array; loss: number } | null =
    null
  for (const lambda of count <= 200 ? [0.05, 0.3, 2] : [0.3]) {
    const solved = solve(kernel, signs, (index) => lambda / weightOf(signs[index]!))
    let loss = 0
    solved.scores.forEach((score, index) => {
      const margin = 1 - signs[index]! * score
      if (margin > 0) loss += weightOf(signs[index]!) * Math.min(margin, 2) ** 2
    })
    if (best === null || loss < best.loss - 1e-9) best = { lambda, ...solved, loss }
  }
  const { alpha, scores, lambda } = best!
  const { slope, offset } = plattScaling(scores, signs)
  const direction = new Float32Array(pool.dim)
  let bias = 0
  for (let index = 0; index < count; index += 1) {
    bias += alpha[index]!
    for (let axis = 0; axis < pool.dim; axis += 1)
      direction[axis] = direction[axis]! + alpha[index]! * features[index * pool.dim + axis]!
  }
  let shift = 0
  for (let axis = 0; axis < pool.dim; axis += 1) {
    direction[axis] = direction[axis]! * scale
    shift += mean[axis]! * direction[axis]!
  }
  const probability = new Float32Array(pool.count)
  for (let row = 0; row < pool.count; row += 1) {
    const score = dotRows(pool.unit, row, direction, 0, pool.dim) - shift + bias
    probability[row] = logistic(slope * score + offset)
  }
  return { probability, leftOut: scores.map((score) => logistic(slope * score + offset)), lambda }
}

const centres = new WeakMap<UnitPool, { mean: Float32Array; scale: number }>()

function centreOf(pool: UnitPool): { mean: Float32Array; scale: number } {
  const known = centres.get(pool)
  if (known !== undefined) return known
  const sums = new Float64Array(pool.dim)
  let square = 0
  for (let index = 0; index < pool.unit.length; index += 1) {
    const value = pool.unit[index]!
    sums[index % pool.dim] = sums[index % pool.dim]! + value
    square += value * value
  }
  const mean = new Float32Array(pool.dim)
  let length = 0
  for (let axis = 0; axis < pool.dim; axis += 1) {
    mean[axis] = sums[axis]! / pool.count
    length += mean[axis]! ** 2
  }
  const spread = square / pool.count - length
  const centre = { mean, scale: spread > 1e-9 ? 1 / Math.sqrt(spread) : 1 }
  centres.set(pool, centre)
  return centre
}

function solve(
  kernel: Float64Array,
  signs: readonly number[],
  ridge: (index: number) => number,
): { alpha: Float64Array; scores: Float64Array } {
  const count = signs.length
  const lower = Float64Array.from(kernel)
  for (let index = 0; index < count; index += 1)
    lower[index * count + index] = lower[index * count + index]! + ridge(index)
  cholesky(lower, count)
  const inverse = invertLower(lower, count)
  const half = new Float64Array(count)
  for (let i = 0; i < count; i += 1)
    for (let j = 0; j <= i; j += 1) half[i] = half[i]! + inverse[i * count + j]! * signs[j]!
  const alpha = new Float64Array(count)
  const diagonal = new Float64Array(count)
  for (let i = 0; i < count; i += 1)
    for (let j = 0; j <= i; j += 1) {
      const value = inverse[i * count + j]!
      alpha[j] = alpha[j]! + value * half[i]!
      diagonal[j] = diagonal[j]! + value * value
    }
  const scores = new Float64Array(count)
  for (let index = 0; index < count; index += 1)
    scores[index] = signs[index]! - alpha[index]! / diagonal[index]!
  return { alpha, scores }
}

function cholesky(a: Float64Array, count: number): void {
  for (let i = 0; i < count; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let sum = a[i * count + j]!
      for (let k = 0; k < j; k += 1) sum -= a[i * count + k]! * a[j * count + k]!
      a[i * count + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / a[j * count + j]!
    }
}

function invertLower(lower: Float64Array, count: number): Float64Array {
  const inverse = new Float64Array(count * count)
  for (let i = 0; i < count; i += 1) {
    const pivot = 1 / lower[i * count + i]!
    for (let k = 0; k < i; k += 1) {
      const factor = lower[i * count + k]!
      if (factor === 0) continue
      for (let j = 0; j <= k; j += 1)
        inverse[i * count + j] = inverse[i * count + j]! - factor * inverse[k * count + j]!
    }
    for (let j = 0; j < i; j += 1) inverse[i * count + j] = inverse[i * count + j]! * pivot
    inverse[i * count + i] = pivot
  }
  return inverse
}

/** Platt's targets, Newton with damping; a prior keeps the slope sane while labels are few. */
function plattScaling(
  scores: Float64Array,
  signs: readonly number[],
): { slope: number; offset: number } {
  const up = signs.filter((sign) => sign > 0).length
  const down = signs.length - up
  const high = (up + 1) / (up + 2)
  const low = 1 / (down + 2)
  const prior = { slope: 2.5, offset: 0, strength: 2 }
  let slope = prior.slope
  let offset = prior.offset
  for (let pass = 0; pass < 25; pass += 1) {
    let gradientSlope = prior.strength * (slope - prior.slope)
    let gradientOffset = prior.strength * (offset - prior.offset)
    let hss = prior.strength
    let hso = 0
    let hoo = prior.strength
    scores.forEach((score, index) => {
      const p = logistic(slope * score + offset)
      const error = p - (signs[index]! > 0 ? high : low)
      const curve = Math.max(p * (1 - p), 1e-6)
      gradientSlope += error * score
      gradientOffset += error
      hss += curve * score * score
      hso += curve * score
      hoo += curve
    })
    const determinant = hss * hoo - hso * hso
    const stepSlope = (hoo * gradientSlope - hso * gradientOffset) / determinant
    const stepOffset = (hss * gradientOffset - hso * gradientSlope) / determinant
    slope -= Math.min(2, Math.max(-2, stepSlope))
    offset -= Math.min(2, Math.max(-2, stepOffset))
    if (Math.abs(stepSlope) + Math.abs(stepOffset) < 1e-9) break
  }
  // A slope at or below zero would turn the judge's word around.
  return { slope: Math.max(0.3, slope), offset }
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value))
}
