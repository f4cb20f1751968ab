// `npm run bench:curation [seeds [part...]]`: how few verdicts the curator needs, beside its rivals, on labels that are known.
import { curationStrategies, type CurationStrategy } from '#schema/domain/curation.ts'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawCurves } from './curation-picture.ts'
import { plantedDuplicates } from './curation-duplicates.ts'
import { reviews } from './curation-reviews.ts'
import {
  accuracy,
  cancer,
  curve,
  digits,
  kappa,
  shuffled,
  stream,
  take,
  wine,
  type Labelled,
} from './curation-tasks.ts'
import { report, type Measure } from './report.ts'

const seeds = Number(process.argv[2] ?? 20)
const measures: Measure[] = []
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!
function add(
  name: string,
  value: number,
  unit: string,
  goal: string | null,
  baseline: number | null,
  holds: boolean | null,
): void {
  measures.push({ name, value, unit, goal, baseline, holds })
}

function splitOf(data: Labelled, seed: number): { pool: Labelled; test: Labelled } {
  const order = shuffled(data.classes.length, stream(seed))
  const cut = Math.round((data.classes.length * 2) / 3)
  return { pool: take(data, order.slice(0, cut)), test: take(data, order.slice(cut)) }
}

function oneAgainstRest(data: Labelled, wanted: number): Labelled {
  return { ...data, classes: data.classes.map((value) => (value === wanted ? 1 : 0)) }
}

/** Score of each seed at each budget. */
function curvesOf(data: Labelled, method: CurationStrategy, budget: number, noise = 0): number[][] {
  return Array.from({ length: seeds }, (_, seed) => {
    const { pool, test } = splitOf(data, seed)
    return curve({ pool, test, method, seed, budget, step: 10, noise, score: accuracy }).scores
  })
}

const column = (curves: readonly number[][], budget: number): number[] =>
  curves.map((scores) => scores[budget / 10 - 1]!)

function tenClass(): void {
  const data = digits()
  const all = new Map<string, number[][]>()
  for (const method of curationStrategies) all.set(method, curvesOf(data, method, 200))
  drawCurves('curation-digits', 'digits, ten classes: accuracy by labels', all)
  const ours = all.get('blend')!
  const random = all.get('random')!
  const at = (name: string, budget: number): number => mean(column(all.get(name)!, budget))
  const gain = 100 * (at('blend', 50) - at('random', 50))
  add('digits: accuracy at 50 labels, over random', gain, 'points', '>= 7', 0, gain >= 7)
  for (const method of curationStrategies)
    add(
      `digits: accuracy at 50 labels, ${method}`,
      100 * at(method, 50),
      '%',
      null,
      100 * at('random', 50),
      null,
    )
  const worst = Math.min(
    ...Array.from(
      { length: 20 },
      (_, step) =>
        100 * (mean(column(ours, 10 * step + 10)) - mean(column(random, 10 * step + 10))),
    ),
  )
  add(
    'digits: worst lead over random at 10 to 200 labels',
    worst,
    'points',
    '>= -0.5',
    0,
    worst >= -0.5,
  )
  const area = (name: string): number => 100 * mean(all.get(name)!.map(mean))
  const rival = Math.max(...curationStrategies.filter((it) => it !== 'blend').map(area))
  add(
    'digits: mean accuracy over 10 to 200 labels, baseline: best rival',
    area('blend'),
    '%',
    '>= best rival - 0.5',
    rival,
    area('blend') >= rival - 0.5,
  )

  // The published order at the first labels (arXiv 2110.12033): the check of the bench itself.
  const batch = Array.from({ length: seeds }, (_, seed) => {
    const { pool, test } = splitOf(data, seed)
    return curve({ pool, test, method: 'medoid', seed, budget: 30, step: 30, score: accuracy })
      .scores[0]!
  })
  const order = [
    100 * mean(batch),
    100 * at('random', 30),
    100 * at('core-set', 30),
    100 * at('entropy', 30),
  ]
  add(
    'bench check: k-means over random at 30 labels (published: above 0)',
    order[0]! - order[1]!,
    'points',
    '> 0',
    null,
    order[0]! > order[1]!,
  )
  add(
    'bench check: random over core-set at 30 labels (published: above 0)',
    order[1]! - order[2]!,
    'points',
    '> 0',
    null,
    order[1]! > order[2]!,
  )
  add(
    'bench check: core-set over entropy at 30 labels (published: above 0)',
    order[2]! - order[3]!,
    'points',
    '> 0',
    null,
    order[2]! > order[3]!,
  )

  const noisy = [curvesOf(data, 'blend', 100, 0.05), curvesOf(data, 'random', 100, 0.05)] as const
  const [ourNoisy, theirNoisy] = noisy.map((curves) => 100 * mean(column(curves, 50))) as [
    number,
    number,
  ]
  add(
    'digits, 5 % wrong verdicts: accuracy at 50 labels',
    ourNoisy,
    '%',
    '>= random',
    theirNoisy,
    ourNoisy >= theirNoisy,
  )
}

function small(name: string, data: Labelled): void {
  const [ours, random] = [curvesOf(data, 'blend', 50), curvesOf(data, 'random', 50)]
  const [own, other] = [100 * mean(column(ours, 20)), 100 * mean(column(random, 20))]
  add(
    `${name}: accuracy at 20 labels, baseline random`,
    own,
    '%',
    '>= random - 0.5',
    other,
    own >= other - 0.5,
  )
  const worst = Math.min(
    ...[10, 20, 30, 40, 50].map(
      (budget) => 100 * (mean(column(ours, budget)) - mean(column(random, budget))),
    ),
  )
  add(
    `${name}: worst lead over random at 10 to 50 labels`,
    worst,
    'points',
    '>= -0.5',
    0,
    worst >= -0.5,
  )
}

function rare(): void {
  const data = digits()
  const curves = (method: CurationStrategy): number[][] =>
    Array.from({ length: 3 * seeds }, (_, index) => {
      const { pool, test } = splitOf(oneAgainstRest(data, index % 10), Math.floor(index / 3))
      return curve({ pool, test, method, seed: index, budget: 150, step: 5, score: kappa }).scores
    })
  const reach = (found: readonly number[][], level: number): number => {
    const step = found[0]!.findIndex((_, at) => median(found.map((scores) => scores[at]!)) >= level)
    return step < 0 ? Number.POSITIVE_INFINITY : 5 * (step + 1)
  }
  const [ours, random] = [curves('blend'), curves('random')]
  const final = median(ours.map((scores) => scores.at(-1)!))
  add(
    'one against the rest at 10 %: median kappa at 150 labels',
    final,
    'kappa',
    '>= .80',
    median(random.map((scores) => scores.at(-1)!)),
    final >= 0.8,
  )
  for (const level of [0.8, 0.9]) {
    const [own, other] = [reach(ours, level), reach(random, level)]
    add(
      `one against the rest at 10 %: labels for median kappa ${level}`,
      own,
      'labels',
      '<= a third of random',
      Number.isFinite(other) ? other : 150,
      own * 3 <= other,
    )
  }
}

/** Class c keeps a share of its rows that falls to a tenth. */
function longTail(): void {
  const data = digits()
  const run = (method: CurationStrategy, seed: number): number => {
    const { pool, test } = splitOf(data, seed)
    const random = stream(900 + seed)
    const rows = [...pool.classes.keys()].filter(
      (row) => random() < 0.1 ** (((pool.classes[row]! + seed) % 10) / 9),
    )
    return curve({
      pool: take(pool, rows),
      test,
      method,
      seed,
      budget: 50,
      step: 10,
      score: accuracy,
    }).scores[4]!
  }
  const of = (method: CurationStrategy): number =>
    100 * mean(Array.from({ length: seeds }, (_, seed) => run(method, seed)))
  const [own, other] = [of('blend'), of('random')]
  add(
    'digits, long tail: accuracy on an even test at 50 labels',
    own,
    '%',
    '>= random + 7',
    other,
    own >= other + 7,
  )
}

/** One class cut to 1 % of the pool: was one of it looked at within 50 labels? */
function onePercent(): void {
  const data = digits()
  // A share near 95 % is told by 150 reviews, not by 60.
  const reviews = 3 * Math.max(50, seeds)
  const reached = (method: CurationStrategy): number => {
    let hits = 0
    for (let index = 0; index < reviews; index += 1) {
      const seed = Math.floor(index / 3)
      const { pool, test } = splitOf(data, seed)
      const group = index % 10
      const others = [...pool.classes.keys()].filter((row) => pool.classes[row] !== group)
      const few = [...pool.classes.keys()].filter((row) => pool.classes[row] === group)
      const part = take(pool, [...others, ...few.slice(0, Math.round(others.length / 99))])
      const asked = { ...part, classes: part.classes.map((value) => (value === group ? 1 : 0)) }
      const { rows } = curve({
        pool: asked,
        test,
        method,
        seed: index,
        budget: 50,
        step: 10,
        score: () => 0,
      })
      if (rows.some((row) => asked.classes[row] === 1)) hits += 1
    }
    return hits / reviews
  }
  const [own, other] = [reached('blend'), reached('random')]
  add(
    `a group of 1 %: reached within 50 labels, of ${reviews} reviews`,
    100 * own,
    '% of seeds',
    '>= 95',
    100 * other,
    own >= 0.95,
  )
}

function speed(): void {
  // A process of its own: its memory is measured.
  const path = join(import.meta.dirname, 'curation-speed.ts')
  const output = execFileSync(process.execPath, ['--expose-gc', path], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  measures.push(...(JSON.parse(output) as Measure[]))
}

/** What the page waits for: over HTTP, GraphQL and a real database. */
function path(): void {
  const file = join(import.meta.dirname, 'curation-path.ts')
  const kinds = process.env['TEST_DATABASE_URL'] === undefined ? ['pglite'] : ['pglite', 'postgres']
  for (const kind of kinds)
    for (const size of kind === 'pglite' ? ['10000'] : ['10000', '100000']) {
      const output = execFileSync(process.execPath, [file, kind, size], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      measures.push(...(JSON.parse(output) as Measure[]))
    }
}

const parts: Record<string, () => void | Promise<void>> = {
  classes: tenClass,
  wine: () => small('wine', wine()),
  cancer: () => small('breast cancer', cancer()),
  rare,
  tail: longTail,
  group: onePercent,
  duplicates: () => plantedDuplicates(add),
  reviews: () => reviews(seeds, add),
  speed,
  path,
}
const asked = process.argv.slice(3)
const file = join(import.meta.dirname, 'reports/curation.json')
const before =
  asked.length > 0 && existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { measures: Measure[] }).measures
    : []
for (const [name, part] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  await part()
  // Written after each part, over what it measures anew: a long bench that is stopped leaves what it has.
  const fresh = new Map(measures.map((measure) => [measure.name, measure]))
  const kept = before.map((measure) => fresh.get(measure.name) ?? measure)
  const added = measures.filter(({ name: own }) => !before.some((measure) => measure.name === own))
  report('curation', [...kept, ...added])
}
