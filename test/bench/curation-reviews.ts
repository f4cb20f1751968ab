import { curation } from '#intelligence/index.ts'
import { digits, kappa, shuffled, stream, take } from './curation-tasks.ts'

type Add = (
  name: string,
  value: number,
  unit: string,
  goal: string | null,
  baseline: number | null,
  holds: boolean | null,
) => void

interface Moment {
  readonly labels: number
  /** Kappa of the probe with what the reviewer would say of the rest, wrong verdicts and all. */
  readonly truth: number
  /** Kappa of the probe with what the rest is. */
  readonly right: number
  readonly covered: boolean
  readonly stop: boolean
}

/** A review of one digit against the rest, to its end; every round's estimate beside the truth of what is left. */
function review(seed: number, wanted: number, noise: number): Moment[] {
  const data = digits()
  const all = take(data, shuffled(data.classes.length, stream(seed)).slice(0, 1198))
  const random = stream(1000 * seed + wanted)
  const is = all.classes.map((value) => (value === wanted ? 1 : 0))
  const human = is.map((value) => (value === 1) !== random() < noise)
  const ids = all.classes.map((_, row) => String(row))
  const input = { ids, vectors: all.vectors, dim: all.dim, seed }
  const verdicts = new Map<string, curation.VerdictValue>()
  const audits = new Set<string>()
  const moments: Moment[] = []
  for (let round = 0; verdicts.size < 150; round += 1) {
    const shown = new Set(verdicts.keys())
    for (const { id, reason } of curation.selectRound({
      ...input,
      round,
      size: 10,
      verdicts,
      shown,
    })) {
      verdicts.set(id, human[Number(id)]! ? 'ACCEPT' : 'REJECT')
      if (reason.kind === 'audit') audits.add(id)
    }
    const found = curation.estimate({ ...input, verdicts, audits })
    const probability = curation.probabilities({ ...input, verdicts })
    if (found.kappa === null || probability === null) continue
    const rest = [...ids.keys()].filter((row) => !verdicts.has(ids[row]!))
    const said = rest.map((row) => (probability[row]! >= 0.5 ? 1 : 0))
    const truth = kappa(
      rest.map((row) => (human[row]! ? 1 : 0)),
      said,
    )
    moments.push({
      labels: verdicts.size,
      truth,
      right: kappa(
        rest.map((row) => is[row]!),
        said,
      ),
      covered: found.kappaLow! <= truth + 1e-9 && truth <= found.kappaHigh! + 1e-9,
      stop: found.suggestStop,
    })
  }
  return moments
}

/** Whether the interval of kappa keeps its word, and whether the suggestion to stop comes at the right time. */
export function reviews(seeds: number, add: Add): void {
  // A share near 80 % is known within 5 points from 60 reviews, within 3 from 150.
  const sets = Math.max(50, seeds)
  for (const noise of [0, 0.05]) {
    const found: Moment[][] = []
    for (let seed = 0; seed < sets; seed += 1)
      for (let part = 0; part < 3; part += 1)
        found.push(review(seed, (3 * seed + part) % 10, noise))
    const moments = found.flat()
    const name = noise === 0 ? '' : ', 5 % wrong verdicts'
    const covered = (100 * moments.filter((moment) => moment.covered).length) / moments.length
    add(
      `interval of kappa covers the truth${name}`,
      covered,
      '% of estimates',
      '93 to 97',
      95,
      covered >= 93 && covered <= 97,
    )
    const share = (best: (line: readonly Moment[]) => number): number => {
      const right = found.filter((line) => {
        const wanted = best(line)
        const said = line.find(({ stop }) => stop)?.labels ?? Number.POSITIVE_INFINITY
        // Rounds are of ten: a neighbour round is as near as can be told.
        return Math.abs(said - wanted) <= Math.max(10, 0.2 * wanted)
      })
      return (100 * right.length) / found.length
    }
    const own = share((line) => bestStop(line, smoothed(line.map(({ right }) => right))))
    add(
      `stop suggested within 20 % (or one round) of the best${name}`,
      own,
      '% of reviews',
      '>= 80',
      null,
      own >= 80,
    )
    // The definition until decision 21, beside it.
    add(
      `stop suggested within 20 % (or one round) of the best by verdicts never said, no smoothing${name}`,
      share((line) =>
        bestStop(
          line,
          line.map(({ truth }) => truth),
        ),
      ),
      '% of reviews',
      null,
      null,
      null,
    )
  }
}

/** The best stop: from there on nothing within .02 of the final kappa is lost. */
function bestStop(line: readonly Moment[], kappas: readonly number[]): number {
  const final = kappas.at(-1)!
  return line[
    kappas.findIndex((_, index) => kappas.slice(index).every((it) => it >= final - 0.02))
  ]!.labels
}

/**
 * The median of each round and its neighbours. Under wrong verdicts one of them throws the probe back for a round, the next
 * puts it right: without smoothing the "best" stop is wherever the last such accident was. And it is what the rest is, not
 * what the reviewer would wrongly say of it, that a longer review makes better (decision 21).
 */
function smoothed(values: readonly number[]): number[] {
  return values.map((_, index) => {
    const near = values.slice(Math.max(0, index - 1), index + 2).sort((a, b) => a - b)
    return near.length === 2 ? (near[0]! + near[1]!) / 2 : near[near.length >> 1]!
  })
}
