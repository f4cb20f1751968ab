import type { Structure } from './structure.ts'
import { dotRows } from './vectors.ts'

/**
 * Likeness of every row to one row: e^(-2 (1 - cosine)), in (0, 1]. Other widths are powers of it, so that one column
 * serves the probe at any width, and coverage.
 */
export type Column = Float32Array

const bytesKept = 192 * 2 ** 20
const kept = new WeakMap<Structure, Map<number, Column>>()

/** The columns of some rows; each is computed once and remembered (it never changes). */
export function columnsOf(structure: Structure, rows: readonly number[]): Column[] {
  let known = kept.get(structure)
  if (known === undefined) {
    known = new Map()
    kept.set(structure, known)
  }
  const { space, spaceDim, pool } = structure
  const found = rows.map((row) => {
    const before = known.get(row)
    if (before !== undefined) {
      // The judged rows are asked for each time: what was asked for longest ago goes first.
      known.delete(row)
      known.set(row, before)
      return before
    }
    const column = new Float32Array(pool.count)
    for (let other = 0; other < pool.count; other += 1)
      column[other] = Math.exp(2 * (dotRows(space, row, space, other, spaceDim) - 1))
    known.set(row, column)
    return column
  })
  const most = Math.max(rows.length, Math.floor(bytesKept / (4 * Math.max(1, pool.count))))
  for (const row of known.keys()) {
    if (known.size <= most) break
    known.delete(row)
  }
  return found
}

/** e^(-2 (1 - cosine)) of other unit rows of the space to one row of the pool. */
export function columnFor(structure: Structure, row: number, others: Float32Array): Column {
  const { space, spaceDim } = structure
  const column = new Float32Array(others.length / spaceDim)
  for (let other = 0; other < column.length; other += 1)
    column[other] = Math.exp(2 * (dotRows(space, row, others, other, spaceDim) - 1))
  return column
}

/** Raises a likeness of width 2 to another: 1, 2, 4 or 8. */
export function widen(value: number, width: Width): number {
  if (width === 2) return value
  if (width === 1) return Math.sqrt(value)
  const square = value * value
  return width === 4 ? square : square * square
}

export const widths = [1, 2, 4, 8] as const
export type Width = (typeof widths)[number]
