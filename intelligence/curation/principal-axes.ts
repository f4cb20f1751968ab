import { seededRandom } from './random.ts'
import { dotRows, normaliseRows } from './vectors.ts'

/** The strongest directions of a set of rows about their mean. */
export interface PrincipalAxes {
  readonly mean: Float32Array
  /** `count * dim`, orthonormal rows, strongest first. */
  readonly axes: Float32Array
  readonly count: number
}

const sampleRows = 1500

/** Subspace iteration on at most 1,500 evenly spaced rows: deterministic for a seed, no matrix of dim * dim. */
export function principalAxes(
  rows: Float32Array,
  dim: number,
  wanted: number,
  seed: number,
): PrincipalAxes {
  const total = rows.length / dim
  const used = Math.min(total, sampleRows)
  const mean = new Float32Array(dim)
  const sample = new Float32Array(used * dim)
  for (let index = 0; index < used; index += 1) {
    const row = Math.floor((index * total) / used)
    for (let axis = 0; axis < dim; axis += 1) {
      const value = rows[row * dim + axis]!
      sample[index * dim + axis] = value
      mean[axis] = mean[axis]! + value / used
    }
  }
  for (let index = 0; index < used; index += 1)
    for (let axis = 0; axis < dim; axis += 1)
      sample[index * dim + axis] = sample[index * dim + axis]! - mean[axis]!

  const count = Math.max(0, Math.min(wanted, dim, used - 1))
  const random = seededRandom(seed, 'axes', dim, wanted)
  let axes = new Float32Array(count * dim)
  for (let index = 0; index < axes.length; index += 1) axes[index] = random.normal()
  orthonormalise(axes, dim)
  const scores = new Float32Array(used * count)
  for (let pass = 0; pass < (count <= 4 ? 12 : 4); pass += 1) {
    for (let row = 0; row < used; row += 1)
      for (let axis = 0; axis < count; axis += 1)
        scores[row * count + axis] = dotRows(sample, row, axes, axis, dim)
    const next = new Float32Array(count * dim)
    for (let row = 0; row < used; row += 1)
      for (let axis = 0; axis < count; axis += 1) {
        const score = scores[row * count + axis]!
        if (score === 0) continue
        const to = axis * dim
        const from = row * dim
        for (let index = 0; index < dim; index += 1)
          next[to + index] = next[to + index]! + score * sample[from + index]!
      }
    axes = next
    orthonormalise(axes, dim)
  }
  fixSigns(axes, dim)
  return { mean, axes, count }
}

/** Coordinates of each row on the axes. */
export function project(rows: Float32Array, dim: number, basis: PrincipalAxes): Float32Array {
  const total = rows.length / dim
  const { axes, count, mean } = basis
  const shift = new Float32Array(count)
  for (let axis = 0; axis < count; axis += 1) shift[axis] = dotRows(mean, 0, axes, axis, dim)
  const out = new Float32Array(total * count)
  for (let row = 0; row < total; row += 1)
    for (let axis = 0; axis < count; axis += 1)
      out[row * count + axis] = dotRows(rows, row, axes, axis, dim) - shift[axis]!
  return out
}

// Modified Gram-Schmidt; a direction without substance becomes zero rather than noise.
function orthonormalise(axes: Float32Array, dim: number): void {
  const count = axes.length / dim
  for (let axis = 0; axis < count; axis += 1) {
    const own = axes.subarray(axis * dim, (axis + 1) * dim)
    const before = Math.sqrt(dotRows(own, 0, own, 0, dim))
    for (let pass = 0; pass < 2; pass += 1)
      for (let other = 0; other < axis; other += 1) {
        const share = dotRows(own, 0, axes, other, dim)
        for (let index = 0; index < dim; index += 1)
          own[index] = own[index]! - share * axes[other * dim + index]!
      }
    const after = Math.sqrt(dotRows(own, 0, own, 0, dim))
    if (!(after > 1e-5 * before)) own.fill(0)
    else normaliseRows(own, dim)
  }
}

// An axis has no sign of its own: the largest coordinate is made positive, so that maps do not flip.
function fixSigns(axes: Float32Array, dim: number): void {
  for (let from = 0; from < axes.length; from += dim) {
    let best = 0
    for (let index = 0; index < dim; index += 1)
      if (Math.abs(axes[from + index]!) > Math.abs(axes[from + best]!)) best = index
    if (axes[from + best]! < 0)
      for (let index = from; index < from + dim; index += 1) axes[index] = -axes[index]!
  }
}
