import type { Said } from './acquisition.ts'
import { fitProbe, labelsOf, labelsOfClasses } from './probe.ts'
import { structureOf } from './structure.ts'
import type { VectorPool } from './vectors.ts'

/** What the probe says of pictures outside of the pool: 1 accept, 0 reject, or a class; null until two classes have a label. */
export function judge(
  input: VectorPool & Said & { seed: number; classes?: ReadonlyMap<string, number> },
): ((vectors: Float32Array) => Int32Array) | null {
  const structure = structureOf(input, input.seed)
  const labels =
    input.classes === undefined
      ? labelsOf(structure.pool, input.verdicts)
      : labelsOfClasses(structure.pool, input.classes)
  return fitProbe(structure, labels)?.classify ?? null
}
