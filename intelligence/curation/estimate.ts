import { columnsOf } from './columns.ts'
import { fitProbe, labelsOf, type Labels, type Probe } from './probe.ts'
import { betaDraw, countDraw, seededRandom, type Random } from './random.ts'
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

function freeOf({ pool }: Structure, verdicts: Said['verdicts']): Uint8Array {
  return Uint8Array.from(pool.ids, (id) => (verdicts.has(id) ? 0 : 1))
}

/** The running estimate; it suggests when to stop, the person decides. */
export function estimate(
  input: VectorPool &
    Said & {
      seed: number
      humanKappa?: number
      /** Which of the judged images were picked at random. */
      audits?: ReadonlySet<string>
    },
): Estimate {
  const structure = structureOf(input, input.seed)
  const { pool } = structure
  const labels = labelsOf(pool, input.verdicts)
  const { accepted, rejected, unsure, rows } = labels
  const labelled = rows.length
  const left = Math.max(0, pool.count - labelled - unsure)
  const target = Math.min(0.95, Math.max(0.4, input.humanKappa ?? 0.9))
  const probe = fitProbe(structure, labels)
  let expected = accepted
  if (probe === null) expected += left * (labelled === 0 ? 0.5 : (accepted + 0.5) / (labelled + 1))
  else
    pool.ids.forEach((id, row) => {
      if (!input.verdicts.has(id)) expected += probe.probability[row]!
    })
  const enough = labelled >= fewest && Math.min(accepted, rejected) >= 3
  const agreement =
    probe !== null && enough
      ? agreementOf(
          structure,
          labels,
          probe,
          freeOf(structure, input.verdicts),
          (row) => input.audits?.has(pool.ids[row]!) ?? false,
        )
      : null
  const more = moreLabels(agreement, labels, target, left)
  const { suggestStop, reason } = suggestion(
    structure,
    labels,
    agreement,
    target,
    left,
    more,
    input.humanKappa !== undefined,
  )
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

/**
 * Cohen's kappa of the probe and the person on what is not judged yet, with a 95 % interval.
 *
 * Judged pictures were not chosen at random: most are hard, and many sit about a wrong verdict. So the lower end is a
 * careful reading of all leave-one-out errors (each counts half by how many unjudged pictures are nearest to it and half
 * evenly, since an odd verdict can be anywhere), and the upper end asks the random audit alone, which knows no bias.
 * Either gives Beta distributions of the errors among what the probe would accept and what it would reject, known as
 * well as (sum w)^2 / sum w^2 verdicts would tell; the interval is that of kappa over draws. While the audit met no error
 * the upper end is 1, beyond which no truth lies: the interval is one-sided then, all of its 5 % at the lower end.
 */
function agreementOf(
  structure: Structure,
  labels: Labels,
  probe: Probe,
  free: Uint8Array,
  audited: (row: number) => boolean,
): Agreement {
  const regions = regionsOf(structure, labels, free)
  const sizes = [0, 0]
  const doubts = [0, 0]
  free.forEach((value, row) => {
    if (value === 0) return
    const side = probe.probability[row]! >= 0.5 ? 1 : 0
    sizes[side] = sizes[side]! + 1
    doubts[side] = doubts[side]! + probe.uncertainty[row]! / 2
  })
  const mean = regions.reduce((sum, value) => sum + value, 0) / Math.max(1, regions.length)
  const read = (only: ((row: number) => boolean) | null, belief: number, salt: string): Draw[] => {
    const sides = [0, 1].map((side) => {
      let [all, squares, wrong] = [0, 0, 0]
      labels.classes.forEach((value, index) => {
        if (probe.leftOut[index]! >= 0.5 !== (side === 1)) return
        if (only !== null && !only(labels.rows[index]!)) return
        const own = only === null ? (regions[index]! + mean) / 2 : 1
        all += own
        squares += own * own
        if (value !== side) wrong += own
      })
      const known = squares > 0 ? (all * all) / squares : 0
      const share = all > 0 ? wrong / all : 0
      const expected = sizes[side]! > 0 ? doubts[side]! / sizes[side]! : 0.25
      return {
        wrong: known * share + belief * expected,
        right: known * (1 - share) + belief * (1 - expected) + 0.5,
      }
    })
    return drawsOf(sides[0]!, sides[1]!, sizes, seededRandom(11, salt, labels.rows.length))
  }
  const careful = read(null, carefulBelief, 'careful')
  const hopeful = read(audited, 0, 'hopeful')
  // Whether the random audit met a picture that the probe would have got wrong.
  const auditErred = labels.classes.some(
    (value, index) =>
      audited(labels.rows[index]!) && (probe.leftOut[index]! >= 0.5 ? 1 : 0) !== value,
  )
  const point = (of: (draw: Draw) => number): number =>
    (at(careful, of, 0.5) + at(hopeful, of, 0.5)) / 2
  return {
    kappa: point(kappaOf),
    low: at(careful, kappaOf, auditErred ? 0.025 : 0.05),
    high: at(hopeful, kappaOf, 0.975),
    precision: point(({ both, model }) => (both + model > 0 ? both / (both + model) : 1)),
    recall: point(({ both, human }) => (both + human > 0 ? both / (both + human) : 1)),
  }
}

// The prior's weight, in verdicts.
const carefulBelief = 1

interface Draw {
  both: number
  model: number
  human: number
  none: number
}

interface Errors {
  readonly wrong: number
  readonly right: number
}

function drawsOf(no: Errors, yes: Errors, sizes: readonly number[], random: Random): Draw[] {
  const rate = ({ wrong, right }: Errors): number =>
    wrong > 0 ? betaDraw(wrong, right, random) : 0
  return Array.from({ length: 600 }, () => {
    // What is left is finite: even a probe that errs may be right on all of it.
    const human = countDraw(sizes[0]!, rate(no), random)
    const model = countDraw(sizes[1]!, rate(yes), random)
    return { both: sizes[1]! - model, model, human, none: sizes[0]! - human }
  })
}

function at(draws: readonly Draw[], of: (draw: Draw) => number, share: number): number {
  return Float64Array.from(draws, of).sort()[Math.floor(share * (draws.length - 1))]!
}

/** For each judged row, how many unjudged ones have it as their nearest. */
function regionsOf(structure: Structure, labels: Labels, free: Uint8Array): Float64Array {
  const weight = new Float64Array(labels.rows.length)
  const owner = new Int32Array(free.length)
  const nearness = new Float32Array(free.length)
  columnsOf(structure, labels.rows).forEach((column, index) => {
    for (let row = 0; row < nearness.length; row += 1)
      if (column[row]! > nearness[row]!) {
        nearness[row] = column[row]!
        owner[row] = index
      }
  })
  free.forEach((value, row) => {
    if (value === 1) weight[owner[row]!] = weight[owner[row]!]! + 1
  })
  return weight
}

function kappaOf(cells: { both: number; model: number; human: number; none: number }): number {
  const total = cells.both + cells.model + cells.human + cells.none
  if (total === 0) return 1
  const agreed = (cells.both + cells.none) / total
  const chance =
    ((cells.both + cells.model) * (cells.both + cells.human) +
      (cells.human + cells.none) * (cells.model + cells.none)) /
    (total * total)
  return chance >= 1 ? 1 : (agreed - chance) / (1 - chance)
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
  measured: boolean,
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
  // Only beside what people reach among themselves is agreement a reason of its own: without, more may still teach.
  const steadyNow = plateau(structure, labels)
  if (agreement.low >= target && (steadyNow || measured))
    return stop(
      'estimate.agrees',
      `The curator agrees with you (${percent} of 100 beyond chance): more verdicts will hardly change the set.`,
      { percent },
    )
  if (steadyNow)
    return stop(
      'estimate.plateau',
      'Your last ten verdicts taught the curator nothing new: more will hardly change the set.',
      { percent },
    )
  return go(
    'estimate.more',
    `The curator agrees with you at ${percent} of 100 beyond chance: about ${more} more verdicts are worth it.`,
    { percent, more },
  )
}

/**
 * No gain: the probe's word on the whole pool is nearly what it was ten verdicts ago (kappa between the two probes, after
 * Bloodgood and Vijay-Shanker, "Stabilizing Predictions", 2009), or what it was twenty ago: a wrong verdict that throws it
 * about and is then put right taught nothing either. Verdicts come in the order of their saying.
 * Once is enough: waiting for a second time came too late in four of five reviews (60 of digits, seeds that no bench reports).
 */
function plateau(structure: Structure, labels: Labels): boolean {
  const now = fitProbe(structure, labels)
  if (now === null) return false
  return [1, 2].some((times) => {
    const count = labels.rows.length - times * back
    if (count <= 0) return false
    const before = fitProbe(structure, {
      ...labels,
      rows: labels.rows.slice(0, count),
      classes: labels.classes.slice(0, count),
    })
    return before !== null && alike(now, before) >= steady
  })
}

const back = 10
// Chosen on 180 reviews of digits, half of them with 5 % wrong verdicts, seeds that no bench reports.
const steady = 0.98

function alike(a: Probe, b: Probe): number {
  const cells = { both: 0, model: 0, human: 0, none: 0 }
  a.probability.forEach((value, row) => {
    const other = b.probability[row]! >= 0.5
    if (value >= 0.5) cells[other ? 'both' : 'model'] += 1
    else cells[other ? 'human' : 'none'] += 1
  })
  return kappaOf(cells)
}
