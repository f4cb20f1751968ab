import type { Said } from './acquisition.ts'
import { fitProbe, labelsOf } from './probe.ts'
import { structureOf } from './structure.ts'
import type { VectorPool } from './vectors.ts'

/** P(accept) for each row; null until both sides have a verdict. */
export function probabilities(input: VectorPool & Said & { seed: number }): Float32Array | null {
  const structure = structureOf(input, input.seed)
  return fitProbe(structure, labelsOf(structure.pool, input.verdicts))?.probability ?? null
}
