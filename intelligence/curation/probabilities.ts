import type { Said } from './acquisition.ts'
import { fitProbe, labelsOf } from './probe.ts'
import { unitPool, type VectorPool } from './vectors.ts'

/** P(accept) for each row; null until both sides have a verdict. */
export function probabilities(input: VectorPool & Said & { seed: number }): Float32Array | null {
  const pool = unitPool(input)
  return fitProbe(pool, labelsOf(pool, input.verdicts))?.probability ?? null
}
