import type { Said } from './acquisition.ts'
import type { VerdictValue } from '#schema/domain/curation.ts'
import { fitProbe, labelsOf } from './probe.ts'
import { structureOf } from './structure.ts'
import type { VectorPool } from './vectors.ts'

/** A verdict that the rest of the verdicts speak against. */
export interface Suspect {
  readonly id: string
  readonly value: VerdictValue
  /** P(accept) by a probe that has not seen this verdict. */
  readonly probability: number
}

/**
 * Verdicts worth a second look, the most doubtful first: a probe without the verdict says the opposite, and is sure of it.
 *
 * @param sure how far from even its probability must be, 0 to 0.5
 */
export function suspects(input: VectorPool & Said & { seed: number; sure?: number }): Suspect[] {
  const structure = structureOf(input, input.seed)
  const labels = labelsOf(structure.pool, input.verdicts)
  // With less, the odd one out may be the only one of its kind.
  if (Math.min(labels.accepted, labels.rejected) < 5) return []
  const probe = fitProbe(structure, labels)
  if (probe === null) return []
  const sure = input.sure ?? 0.3
  return labels.rows
    .map((row, index) => ({
      row,
      accepts: labels.classes[index] === 1,
      probability: probe.leftOut[index]!,
    }))
    .filter(({ accepts, probability }) => (accepts ? 0.5 - probability : probability - 0.5) >= sure)
    .sort((a, b) => Math.abs(b.probability - 0.5) - Math.abs(a.probability - 0.5) || a.row - b.row)
    .map(({ row, accepts, probability }) => ({
      id: structure.pool.ids[row]!,
      value: accepts ? 'ACCEPT' : 'REJECT',
      probability,
    }))
}
