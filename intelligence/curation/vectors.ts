import { DomainError } from '#schema/domain/errors.ts'

/** The pool as plain numbers: row i of `vectors` belongs to `ids[i]`. Treat it as frozen: results are remembered by array. */
export interface VectorPool {
  readonly ids: readonly string[]
  /** `ids.length * dim` numbers; need not be normalised. */
  readonly vectors: Float32Array
  readonly dim: number
  /** 0 (poor) to 1 (good) for each row; breaks ties. */
  readonly quality?: Float32Array
}

/** The pool checked, with unit rows (a zero row stays zero). */
export interface UnitPool {
  readonly count: number
  readonly dim: number
  readonly ids: readonly string[]
  readonly rowOf: ReadonlyMap<string, number>
  readonly unit: Float32Array
  readonly quality: Float32Array
}

interface Remembered {
  ids: readonly string[]
  dim: number
  quality: Float32Array | undefined
  pool: UnitPool
}
const remembered = new WeakMap<Float32Array, Remembered>()

/** Checks and normalises. Throws BAD_INPUT that names the row. */
export function unitPool(input: VectorPool): UnitPool {
  const known = remembered.get(input.vectors)
  if (
    known !== undefined &&
    known.ids === input.ids &&
    known.dim === input.dim &&
    known.quality === input.quality
  )
    return known.pool
  const pool = checked(input)
  remembered.set(input.vectors, {
    ids: input.ids,
    dim: input.dim,
    quality: input.quality,
    pool,
  })
  return pool
}

function checked({ ids, vectors, dim, quality }: VectorPool): UnitPool {
  const count = ids.length
  if (!Number.isInteger(dim) || dim < 1)
    throw new DomainError('BAD_INPUT', `Vectors need at least one dimension, not ${dim}.`, { dim })
  if (vectors.length !== count * dim)
    throw new DomainError(
      'BAD_INPUT',
      `${count} images with ${dim} dimensions need ${count * dim} numbers, but there are ${vectors.length}: embed the pool again with one embedder.`,
      { images: count, dim, numbers: vectors.length },
    )
  if (quality !== undefined && quality.length !== count)
    throw new DomainError(
      'BAD_INPUT',
      `There are ${quality.length} quality figures for ${count} images.`,
      { images: count, figures: quality.length },
    )
  const rowOf = new Map<string, number>()
  ids.forEach((id, row) => {
    if (rowOf.has(id))
      throw new DomainError('BAD_INPUT', `The image ${id} is in the pool twice.`, { id, row })
    rowOf.set(id, row)
  })
  const unit = new Float32Array(vectors.length)
  for (let row = 0; row < count; row += 1) {
    const from = row * dim
    let sum = 0
    for (let index = from; index < from + dim; index += 1) sum += vectors[index]! * vectors[index]!
    if (!Number.isFinite(sum))
      throw new DomainError(
        'BAD_INPUT',
        `The vector of image ${ids[row]!} (row ${row}) holds a value that is not a finite number: embed it again.`,
        { id: ids[row]!, row },
      )
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0
    for (let index = from; index < from + dim; index += 1) unit[index] = vectors[index]! * scale
  }
  const marks = new Float32Array(count).fill(1)
  quality?.forEach((value, row) => {
    marks[row] = Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0
  })
  return { count, dim, ids, rowOf, unit, quality: marks }
}

/** Dot product of two rows; four sums at once, which V8 runs about twice as fast as one. */
export function dotRows(
  a: Float32Array,
  rowA: number,
  b: Float32Array,
  rowB: number,
  dim: number,
): number {
  let p = rowA * dim
  let q = rowB * dim
  const end = p + dim
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  for (; p + 3 < end; p += 4, q += 4) {
    s0 += a[p]! * b[q]!
    s1 += a[p + 1]! * b[q + 1]!
    s2 += a[p + 2]! * b[q + 2]!
    s3 += a[p + 3]! * b[q + 3]!
  }
  for (; p < end; p += 1, q += 1) s0 += a[p]! * b[q]!
  return s0 + s1 + s2 + s3
}

/** Scales each row to length one, in place; a zero row stays zero. */
export function normaliseRows(rows: Float32Array, dim: number): Float32Array {
  for (let from = 0; from < rows.length; from += dim) {
    let sum = 0
    for (let index = from; index < from + dim; index += 1) sum += rows[index]! * rows[index]!
    if (sum <= 0) continue
    const scale = 1 / Math.sqrt(sum)
    for (let index = from; index < from + dim; index += 1) rows[index] = rows[index]! * scale
  }
  return rows
}

/** Some rows of a matrix, in the order asked for. */
export function gather(rows: Float32Array, dim: number, wanted: ArrayLike<number>): Float32Array {
  const out = new Float32Array(wanted.length * dim)
  for (let index = 0; index < wanted.length; index += 1)
    out.set(rows.subarray(wanted[index]! * dim, (wanted[index]! + 1) * dim), index * dim)
  return out
}
