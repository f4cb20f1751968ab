import { fitProbe, labelsOf, type Labels } from './probe.ts'
import type { Said } from './acquisition.ts'
import { structureOf, type Structure } from './structure.ts'
import type { VectorPool } from './vectors.ts'

/** A sentence for a person: a text key with parameters for translation, and the English of it. */
export interface Sentence {
  readonly key: string
  readonly params: Record<string, string | number>
  readonly text: string
}

/** What is known of the rest from what was judged. */
export interface Estimate {
  /** Agreement of the probe with verdicts that it has not seen, beyond chance; null while there are too few. */
  readonly kappa: number | null
  readonly kappaLow: number | null
  readonly kappaHigh: number | null
  readonly expectedAccepted: number
  readonly moreLabels: number
  readonly suggestStop: boolean
  readonly reason: Sentence
  readonly labelled: number
  readonly accepted: number
  readonly rejected: number
  readonly unsure: number
  readonly precision: number | null
  readonly recall: number | null
}

interface Agreement {
  kappa: number
  low: number
  high: number
  precision: number
  recall: number
}

const fewest = 12

/** The running estimate; it suggests when to stop, the person decides. */
export function estimate(
  input: VectorPool & Said & { seed: number; humanKappa?: number },
): Estimate {
  const structure = structureOf(input, input.seed)
  const { pool } = structure
  const labels = labelsOf(pool, input.verdicts)
  const { accepted, rejected, unsure, rows } = labels
  const labelled = rows.length
  const left = Math.max(0, pool.count - labelled - unsure)
  const target = Math.min(0.95, Math.max(0.4, input.humanKappa ?? 0.8))
  const probe = fitProbe(structure, labels)
  let expected = accepted
  if (probe === null) expected += left * (labelled === 0 ? 0.5 : (accepted + 0.5) / (labelled + 1))
  else
    pool.ids.forEach((id, row) => {
      if (!input.verdicts.has(id)) expected += probe.probability[row]!
    })
  const enough = labelled >= fewest && Math.min(accepted, rejected) >= 3
  const agreement = probe !== null && enough ? agreementOf(probe.leftOut, labels.classes) : null
  const more = moreLabels(agreement, labels, target, left)
  const { suggestStop, reason } = suggestion(structure, labels, agreement, target, left, more)
  return {
    kappa: agreement?.kappa ?? null,
    kappaLow: agreement?.low ?? null,
    kappaHigh: agreement?.high ?? null,
    expectedAccepted: Math.min(pool.count, Math.round(expected)),
    moreLabels: suggestStop ? 0 : more,
    suggestStop,
    reason,
    labelled,
    accepted,
    rejected,
    unsure,
    precision: agreement?.precision ?? null,
    recall: agreement?.recall ?? null,
  }
}

/** Cohen's kappa with Fleiss's large-sample interval; half a case in each cell keeps it honest when all agree. */
function agreementOf(leftOut: Float64Array, classes: readonly number[]): Agreement {
  const cells = { both: 0, model: 0, human: 0, none: 0 }
  leftOut.forEach((probability, index) => {
    const model = probability >= 0.5
    const human = classes[index] === 1
    if (model && human) cells.both += 1
    else if (model) cells.model += 1
    else if (human) cells.human += 1
    else cells.none += 1
  })
  const point = kappaOf(cells)
  const soft = kappaOf({
    both: cells.both + 0.5,
    model: cells.model + 0.5,
    human: cells.human + 0.5,
    none: cells.none + 0.5,
  })
  return {
    kappa: point.kappa,
    low: Math.max(-1, Math.min(point.kappa, soft.kappa - 1.96 * soft.error)),
    high: Math.min(1, Math.max(point.kappa, soft.kappa + 1.96 * soft.error)),
    precision: cells.both / Math.max(1, cells.both + cells.model),
    recall: cells.both / Math.max(1, cells.both + cells.human),
  }
}

function kappaOf(cells: { both: number; model: number; human: number; none: number }): {
  kappa: number
  error: number
} {
  const total = cells.both + cells.model + cells.human + cells.none
  const p = [
    [cells.both / total, cells.model / total],
    [cells.human / total, cells.none / total],
  ] as const
  const model = [p[0][0] + p[0][1], p[1][0] + p[1][1]] as const
  const human = [p[0][0] + p[1][0], p[0][1] + p[1][1]] as const
  const agreed = p[0][0] + p[1][1]
  const chance = model[0] * human[0] + model[1] * human[1]
  if (chance >= 1) return { kappa: 1, error: 0 }
  const kappa = (agreed - chance) / (1 - chance)
  let inner = 0
  let cross = 0
  for (const i of [0, 1] as const)
    for (const j of [0, 1] as const) {
      if (i === j) inner += p[i][j] * (1 - (model[i] + human[i]) * (1 - kappa)) ** 2
      else cross += p[i][j] * (human[i] + model[j]) ** 2
    }
  const spread = inner + (1 - kappa) ** 2 * cross - (kappa - chance * (1 - kappa)) ** 2
  return { kappa, error: Math.sqrt(Math.max(0, spread) / total) / (1 - chance) }
}

// Error and interval both shrink with the root of the labels: solve for the lower bound to reach the target.
function moreLabels(
  agreement: Agreement | null,
  labels: Labels,
  target: number,
  left: number,
): number {
  const labelled = labels.rows.length
  if (agreement === null) {
    const short = 3 - Math.min(labels.accepted, labels.rejected)
    return Math.min(left, Math.max(fewest - labelled, 4 * Math.max(0, short), 1))
  }
  const ratio = Math.max(0, 1 - agreement.low) / (1 - target)
  return Math.min(left, Math.max(0, Math.ceil(labelled * (ratio * ratio - 1))))
}

function suggestion(
  structure: Structure,
  labels: Labels,
  agreement: Agreement | null,
  target: number,
  left: number,
  more: number,
): { suggestStop: boolean; reason: Sentence } {
  const { accepted, rejected, rows } = labels
  const stop = (key: string, text: string, params: Sentence['params'] = {}) => ({
    suggestStop: true,
    reason: { key, params, text },
  })
  const go = (key: string, text: string, params: Sentence['params'] = {}) => ({
    suggestStop: false,
    reason: { key, params, text },
  })
  if (structure.pool.count === 0)
    return go('estimate.empty', 'The pool is empty: add pictures first.')
  if (left === 0)
    return accepted === 0
      ? stop('estimate.none', 'Every picture was judged and none was accepted: add other pictures.')
      : stop('estimate.all', 'Every picture of the pool was judged.')
  if (rows.length === 0) return go('estimate.start', 'Nothing was judged yet.')
  if (agreement === null) {
    if (rows.length >= fewest && accepted === 0)
      return go(
        'estimate.rejected',
        `All ${rows.length} so far were rejected: go on, or add other pictures.`,
        { labelled: rows.length },
      )
    if (rows.length >= 2 * fewest && rejected === 0)
      return stop(
        'estimate.accepted',
        `All ${rows.length} so far were accepted: the rest will most likely do as well.`,
        { labelled: rows.length },
      )
    return go('estimate.few', `Too few verdicts to tell: about ${more} more.`, { more })
  }
  const percent = Math.round(100 * agreement.kappa)
  if (agreement.low >= target)
    return stop(
      'estimate.agrees',
      `The curator agrees with you (${percent} of 100 beyond chance): more verdicts will hardly change the set.`,
      { percent },
    )
  if (plateau(structure, labels, agreement.kappa))
    return stop(
      'estimate.plateau',
      'The last two rounds taught the curator nothing new: more verdicts will hardly change the set.',
      { percent },
    )
  return go(
    'estimate.more',
    `The curator agrees with you at ${percent} of 100 beyond chance: about ${more} more verdicts are worth it.`,
    { percent, more },
  )
}

// Verdicts come in the order in which they were said: look back one and two rounds of twelve.
function plateau(structure: Structure, labels: Labels, now: number): boolean {
  const count = labels.rows.length
  if (count < 5 * fewest) return false
  const before = [fewest, 2 * fewest].map((back) => {
    const classes = labels.classes.slice(0, count - back)
    const accepted = classes.filter((value) => value === 1).length
    const probe = fitProbe(structure, {
      ...labels,
      rows: labels.rows.slice(0, count - back),
      classes,
      accepted,
      rejected: classes.length - accepted,
    })
    return probe === null ? -1 : agreementOf(probe.leftOut, classes).kappa
  })
  return now - before[0]! < 0.01 && before[0]! - before[1]! < 0.01
}
