import { unitPool, dotRows, type VectorPool } from './vectors.ts'
import { DomainError } from '#schema/domain/errors.ts'

/** The images most like a vector (of the pool's embedder), exactly, the nearest first. */
export function nearest(
  input: VectorPool & { query: Float32Array; size: number },
): { id: string; cosine: number }[] {
  const pool = unitPool(input)
  const { query } = input
  if (pool.count > 0 && query.length !== pool.dim)
    throw new DomainError(
      'BAD_INPUT',
      `The vector to compare with has ${query.length} numbers, those of the pool ${pool.dim}: embed both with one embedder.`,
      { dim: pool.dim, numbers: query.length },
    )
  const length = Math.sqrt(query.reduce((sum, value) => sum + value * value, 0))
  if (!Number.isFinite(length) || length === 0)
    throw new DomainError('BAD_INPUT', 'The vector to compare with has no direction.')
  const cosines = Float32Array.from(
    pool.ids,
    (_, row) => dotRows(pool.unit, row, query, 0, pool.dim) / length,
  )
  return [...cosines.keys()]
    .sort((a, b) => cosines[b]! - cosines[a]! || a - b)
    .slice(0, Math.max(0, input.size))
    .map((row) => ({ id: pool.ids[row]!, cosine: cosines[row]! }))
}
