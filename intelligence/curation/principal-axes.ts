import { products } from './product.ts'
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
  const across = transposed(sample, dim)
  for (let pass = 0; pass < (count <= 4 ? 12 : 4) && count > 0; pass += 1) {
    const scores = new Float32Array(count * used)
    products(axes, sample, dim, (block, from, rows, stride) => {
      for (let row = 0; row < rows; row += 1)
        scores.set(block.subarray(row * stride, row * stride + used), (from + row) * used)
    })
    const next = new Float32Array(count * dim)
    products(scores, across, used, (block, from, rows, stride) => {
      for (let row = 0; row < rows; row += 1)
        next.set(block.subarray(row * stride, row * stride + dim), (from + row) * dim)
    })
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
  products(rows, axes, dim, (block, from, size, stride) => {
    for (let row = 0; row < size; row += 1)
      for (let axis = 0; axis < count; axis += 1)
        out[(from + row) * count + axis] = block[row * stride + axis]! - shift[axis]!
  })
  return out
}

function transposed(rows: Float32Array, dim: number): Float32Array {
  const count = rows.length / dim
  const out = new Float32Array(rows.length)
  for (let row = 0; row < count; row += 1)
    for (let axis = 0; axis < dim; axis += 1) out[axis * count + row] = rows[row * dim + axis]!
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
