import type { VerdictValue } from '#schema/domain/curation.ts'
import { columnFor, columnsOf, widen, widths, type Column, type Width } from './columns.ts'
import { inSpace, type Structure } from './structure.ts'
import type { UnitPool } from './vectors.ts'

/** The labelled rows in the order in which they were said. UNSURE teaches nothing and is left out. */
export interface Labels {
  readonly rows: readonly number[]
  /** 0 reject, 1 accept; or any class, where there are more than two. */
  readonly classes: readonly number[]
  readonly classCount: number
  readonly accepted: number
  readonly rejected: number
  readonly unsure: number
}

export function labelsOf(pool: UnitPool, verdicts: ReadonlyMap<string, VerdictValue>): Labels {
  const rows: number[] = []
  const classes: number[] = []
  let unsure = 0
  for (const [id, value] of verdicts) {
    const row = pool.rowOf.get(id)
    if (row === undefined) continue
    if (value === 'UNSURE') {
      unsure += 1
      continue
    }
    rows.push(row)
    classes.push(value === 'ACCEPT' ? 1 : 0)
  }
  const accepted = classes.reduce((sum, value) => sum + value, 0)
  return { rows, classes, classCount: 2, accepted, rejected: rows.length - accepted, unsure }
}

/** Labels of any number of classes, for experiments. */
export function labelsOfClasses(pool: UnitPool, classOf: ReadonlyMap<string, number>): Labels {
  const rows: number[] = []
  const classes: number[] = []
  for (const [id, value] of classOf) {
    const row = pool.rowOf.get(id)
    if (row === undefined) continue
    rows.push(row)
    classes.push(value)
  }
  const classCount = Math.max(2, ...classes.map((value) => value + 1))
  return { rows, classes, classCount, accepted: 0, rejected: 0, unsure: 0 }
}

/** A judge of the pool, fitted in closed form. */
export interface Probe {
  /** P(accept) for each row of the pool; with more than two classes that of the likeliest. */
  readonly probability: Float32Array
  /** 0 (sure) to 1 (cannot tell the best two classes apart), for each row. */
  readonly uncertainty: Float32Array
  /** 0 to 1: how evenly all classes share the row; with two classes it ranks as `uncertainty` does. */
  readonly entropy: Float32Array
  /** P(accept) of each labelled row by a probe that has not seen it (leave-one-out), in the order of the labels. */
  readonly leftOut: Float64Array
  readonly lambda: number
  readonly width: Width
  /** The likeliest class of other vectors (not normalised, of the pool's dimension). */
  classify(vectors: Float32Array): Int32Array
}

const ridges = [0.05, 0.3, 1] as const
// With fewer labels the leave-one-out loss says more about luck than about the width.
const chooseFrom = 40
// Width and ridge are chosen on this many labels at most: the choice hardly changes with more, its time does.
const chooseOn = 112

const remembered = new WeakMap<Structure, { key: string; probe: Probe }[]>()

/**
 * Kernel ridge regression on +1 / -1 for each class (n labels, n * n), which is a linear judge in a richer space; the
 * width of the likeness and the ridge are those with the least leave-one-out loss. Leave-one-out scores are exact:
 * y - a / diag(A^-1). Platt's scaling on them turns two-class scores into probabilities.
 * Null until two classes have a label.
 */
export function fitProbe(structure: Structure, labels: Labels): Probe | null {
  if (new Set(labels.classes).size < 2) return null
  const key = `${labels.rows.join()}|${labels.classes.join()}`
  let memory = remembered.get(structure)
  if (memory === undefined) {
    memory = []
    remembered.set(structure, memory)
  }
  const before = memory.find((item) => item.key === key)
  if (before !== undefined) return before.probe
  const probe = fit(structure, labels)
  memory.push({ key, probe })
  // An estimate compares three.
  if (memory.length > 4) memory.shift()
  return probe
}

function fit(structure: Structure, labels: Labels): Probe {
  const { rows, classes, classCount } = labels
  const columns = columnsOf(structure, rows)
  const outputs = classCount === 2 ? 1 : classCount
  const count = rows.length
  const { width, lambda } = choose(structure, columns, labels, outputs)
  const all = rows.map((_, index) => index)
  const kernel = gram(columns, rows, all, width)
  const wanted = targets(classes, outputs)
  const first = solve(kernel, wanted, lambda)
  const distrust = outputs === 1 ? distrustOf(first.scores, first.residues, wanted) : null
  const { alpha, scores } = distrust === null ? first : solve(kernel, wanted, lambda, distrust)
  const total = structure.pool.count
  const sums = scoresOf(columns, alpha, outputs, width, total)
  const probability = new Float32Array(total)
  const uncertainty = new Float32Array(total)
  const entropy = outputs === 1 ? uncertainty : new Float32Array(total)
  const leftOut = new Float64Array(count)
  if (outputs === 1) {
    const { slope, offset } = plattScaling(scores, classes)
    for (let row = 0; row < total; row += 1) {
      probability[row] = logistic(slope * sums[row]! + offset)
      uncertainty[row] = 1 - Math.abs(2 * logistic(steepness * 2 * sums[row]!) - 1)
    }
    scores.forEach((score, index) => {
      leftOut[index] = logistic(slope * score + offset)
    })
  } else
    for (let row = 0; row < total; row += 1) {
      const shares = sharesOf(sums.subarray(row * outputs, (row + 1) * outputs))
      probability[row] = shares.first
      uncertainty[row] = 1 - (shares.first - shares.second)
      entropy[row] = shares.entropy
    }
  const classify = (vectors: Float32Array): Int32Array => {
    const others = inSpace(structure, vectors)
    const found = rows.map((row) => columnFor(structure, row, others))
    const size = others.length / structure.spaceDim
    const outside = scoresOf(found, alpha, outputs, width, size)
    return Int32Array.from({ length: size }, (_, row) => {
      if (outputs === 1) return outside[row]! >= 0 ? 1 : 0
      let best = 0
      for (let output = 1; output < outputs; output += 1)
        if (outside[row * outputs + output]! > outside[row * outputs + best]!) best = output
      return best
    })
  }
  return { probability, uncertainty, entropy, leftOut, lambda, width, classify }
}

const steepness = 3

/**
 * What is added to the ridge of labels that the others speak against: a wrong verdict then bends the judge less. The
 * left-out error over its own spread (residue) tells it from the first of a new group, of which the others know nothing
 * and whose spread is wide. Null where all are trusted.
 */
function distrustOf(
  scores: Float64Array,
  residues: Float64Array,
  wanted: Float64Array,
): Float64Array | null {
  const more = new Float64Array(scores.length)
  let any = false
  scores.forEach((score, index) => {
    if (score * wanted[index]! >= -0.3 || residues[index]! <= implausible) return
    more[index] = distrusted
    any = true
  })
  return any ? more : null
}

// At 4 and 0.5 more wrong verdicts are caught, but right ones at the border too (decision 21 tells on which seeds).
const implausible = 9
const distrusted = 1

function sharesOf(scores: Float32Array): { first: number; second: number; entropy: number } {
  const top = scores.reduce((most, value) => Math.max(most, value), -Infinity)
  const shares = scores.map((score) => Math.exp(steepness * (score - top)))
  const total = shares.reduce((sum, value) => sum + value, 0)
  let [first, second, entropy] = [0, 0, 0]
  for (const value of shares) {
    const share = value / total
    entropy -= share * Math.log(share + 1e-12)
    if (share > first) [first, second] = [share, first]
    else if (share > second) second = share
  }
  return { first, second, entropy: entropy / Math.log(scores.length) }
}

function targets(classes: readonly number[], outputs: number): Float64Array {
  const out = new Float64Array(classes.length * outputs).fill(-1)
  classes.forEach((value, index) => {
    if (outputs === 1) out[index] = value === 1 ? 1 : -1
    else out[index * outputs + value] = 1
  })
  return out
}

function gram(
  columns: readonly Column[],
  rows: readonly number[],
  used: readonly number[],
  width: Width,
): Float64Array {
  const count = used.length
  const kernel = new Float64Array(count * count)
  for (let i = 0; i < count; i += 1)
    for (let j = 0; j <= i; j += 1) {
      // The one added is the judge's bias.
      const value = 1 + widen(columns[used[i]!]![rows[used[j]!]!]!, width)
      kernel[i * count + j] = value
      kernel[j * count + i] = value
    }
  return kernel
}

const chosen = new WeakMap<Structure, Map<string, { width: Width; lambda: number }>>()

// Chosen anew whenever the labels have grown by two fifths, on those that were there then.
function choose(
  structure: Structure,
  columns: readonly Column[],
  labels: Labels,
  outputs: number,
): { width: Width; lambda: number } {
  if (labels.rows.length < chooseFrom) return { width: 2, lambda: ridges[0] }
  let size = chooseFrom
  while (size * 1.4 <= Math.min(chooseOn, labels.rows.length)) size = Math.round(size * 1.4)
  const rows = labels.rows.slice(0, size)
  const classes = labels.classes.slice(0, size)
  if (new Set(classes).size < 2) return { width: 2, lambda: ridges[0] }
  const key = `${rows.join()}|${classes.join()}|${outputs}`
  let known = chosen.get(structure)
  if (known === undefined || known.size > 50) {
    known = new Map()
    chosen.set(structure, known)
  }
  const before = known.get(key)
  if (before !== undefined) return before
  const wanted = targets(classes, outputs)
  const used = rows.map((_, index) => index)
  let best: { width: Width; lambda: number; loss: number } | null = null
  for (const width of widths) {
    const kernel = gram(columns, rows, used, width)
    for (const lambda of ridges) {
      const { scores } = solve(kernel, wanted, lambda)
      let loss = 0
      scores.forEach((score, index) => {
        const margin = 1 - wanted[index]! * score
        if (margin > 0) loss += Math.min(margin, 2) ** 2
      })
      if (best === null || loss < best.loss - 1e-9) best = { width, lambda, loss }
    }
  }
  known.set(key, best!)
  return best!
}

function scoresOf(
  columns: readonly Column[],
  alpha: Float64Array,
  outputs: number,
  width: Width,
  total: number,
): Float32Array {
  const sums = new Float32Array(total * outputs)
  columns.forEach((column, index) => {
    if (outputs === 1) {
      addColumn(sums, column, alpha[index]!, width)
      return
    }
    for (let row = 0; row < total; row += 1) {
      const value = 1 + widen(column[row]!, width)
      for (let output = 0; output < outputs; output += 1)
        sums[row * outputs + output] =
          sums[row * outputs + output]! + alpha[index * outputs + output]! * value
    }
  })
  return sums
}

// One loop for each width: the branch inside would cost more than the sum.
function addColumn(sums: Float32Array, column: Column, own: number, width: Width): void {
  const total = sums.length
  if (width === 1)
    for (let row = 0; row < total; row += 1)
      sums[row] = sums[row]! + own * (1 + Math.sqrt(column[row]!))
  else if (width === 2)
    for (let row = 0; row < total; row += 1) sums[row] = sums[row]! + own * (1 + column[row]!)
  else if (width === 4)
    for (let row = 0; row < total; row += 1) {
      const value = column[row]!
      sums[row] = sums[row]! + own * (1 + value * value)
    }
  else
    for (let row = 0; row < total; row += 1) {
      const square = column[row]! * column[row]!
      sums[row] = sums[row]! + own * (1 + square * square)
    }
}

function solve(
  kernel: Float64Array,
  wanted: Float64Array,
  lambda: number,
  more: Float64Array | null = null,
): { alpha: Float64Array; scores: Float64Array; residues: Float64Array } {
  const count = Math.sqrt(kernel.length)
  const outputs = wanted.length / count
  const lower = Float64Array.from(kernel)
  for (let index = 0; index < count; index += 1)
    lower[index * count + index] =
      lower[index * count + index]! + lambda + (more === null ? 0 : more[index]!)
  cholesky(lower, count)
  const inverse = invertLower(lower, count)
  const alpha = new Float64Array(count * outputs)
  const diagonal = new Float64Array(count)
  const half = new Float64Array(outputs)
  for (let i = 0; i < count; i += 1) {
    half.fill(0)
    for (let j = 0; j <= i; j += 1) {
      const value = inverse[i * count + j]!
      diagonal[j] = diagonal[j]! + value * value
      for (let output = 0; output < outputs; output += 1)
        half[output] = half[output]! + value * wanted[j * outputs + output]!
    }
    for (let j = 0; j <= i; j += 1) {
      const value = inverse[i * count + j]!
      for (let output = 0; output < outputs; output += 1)
        alpha[j * outputs + output] = alpha[j * outputs + output]! + value * half[output]!
    }
  }
  const scores = new Float64Array(count * outputs)
  const residues = new Float64Array(count * outputs)
  for (let index = 0; index < scores.length; index += 1) {
    const own = diagonal[Math.floor(index / outputs)]!
    scores[index] = wanted[index]! - alpha[index]! / own
    residues[index] = (alpha[index]! * alpha[index]!) / own
  }
  return { alpha, scores, residues }
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
  classes: readonly number[],
): { slope: number; offset: number } {
  const up = classes.filter((value) => value === 1).length
  const down = classes.length - up
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
      const error = p - (classes[index]! === 1 ? high : low)
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
