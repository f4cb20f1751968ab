import type { CurationStrategy } from '#schema/domain/curation.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { curation } from '#intelligence/index.ts'

/** Rows with a known class. */
export interface Labelled {
  readonly vectors: Float32Array
  readonly dim: number
  readonly classes: readonly number[]
}

const folder = join(import.meta.dirname, 'curation-data')

function split(values: ArrayLike<number>, width: number): Labelled {
  const count = values.length / width
  const dim = width - 1
  const vectors = new Float32Array(count * dim)
  const classes: number[] = []
  for (let row = 0; row < count; row += 1) {
    for (let axis = 0; axis < dim; axis += 1)
      vectors[row * dim + axis] = values[row * width + axis]!
    classes.push(values[row * width + dim]!)
  }
  return { vectors, dim, classes }
}

function floats(name: string): Float32Array {
  const bytes = readFileSync(join(folder, name))
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

export const digits = (): Labelled => split(readFileSync(join(folder, 'digits.u8')), 65)
export const wine = (): Labelled => split(floats('wine.f32'), 14)
export const cancer = (): Labelled => split(floats('cancer.f32'), 31)

/** A repeatable stream for the bench (mulberry32), apart from the product's. */
export function stream(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  for (let index = count - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1))
    ;[order[index], order[other]] = [order[other]!, order[index]!]
  }
  return order
}

export function take(data: Labelled, rows: readonly number[]): Labelled {
  const vectors = new Float32Array(rows.length * data.dim)
  rows.forEach((row, index) =>
    vectors.set(data.vectors.subarray(row * data.dim, (row + 1) * data.dim), index * data.dim),
  )
  return { vectors, dim: data.dim, classes: rows.map((row) => data.classes[row]!) }
}

export function kappa(truth: readonly number[], found: ArrayLike<number>): number {
  const size = Math.max(...truth, ...Array.from(found)) + 1
  const [a, b] = [new Float64Array(size), new Float64Array(size)]
  let agreed = 0
  truth.forEach((value, index) => {
    a[value]! += 1
    b[found[index]!]! += 1
    if (value === found[index]) agreed += 1
  })
  const chance = a.reduce((sum, value, index) => sum + value * b[index]!, 0) / truth.length
  return chance >= truth.length ? 1 : (agreed - chance) / (truth.length - chance)
}

export function accuracy(truth: readonly number[], found: ArrayLike<number>): number {
  return truth.filter((value, index) => value === found[index]).length / truth.length
}

export interface Trial {
  readonly pool: Labelled
  readonly test: Labelled
  readonly method: CurationStrategy
  readonly seed: number
  readonly budget: number
  readonly step: number
  /** Share of verdicts that are wrong. */
  readonly noise?: number
  score(truth: readonly number[], found: ArrayLike<number>): number
}

/** The score on the held-out rows after each round, and the rows in the order in which they were labelled. */
export function curve(trial: Trial): { scores: number[]; rows: number[] } {
  const { pool, test, method, seed, budget, step } = trial
  const ids = pool.classes.map((_, row) => String(row))
  const input = { ids, vectors: pool.vectors, dim: pool.dim, seed, verdicts: new Map() }
  const classes = new Map<string, number>()
  const random = stream(seed + 77)
  const kinds = [...new Set(pool.classes)]
  const scores: number[] = []
  for (let round = 0; classes.size < Math.min(budget, ids.length); round += 1) {
    const size = Math.min(step, budget - classes.size)
    const shown = new Set(classes.keys())
    for (const { id } of curation.selectRound({ ...input, round, size, shown, method, classes })) {
      const wrong = random() < (trial.noise ?? 0)
      const truth = pool.classes[Number(id)]!
      const others = kinds.filter((kind) => kind !== truth)
      classes.set(id, wrong ? others[Math.floor(random() * others.length)]! : truth)
    }
    const judge = curation.judge({ ...input, classes })
    const [only] = classes.values()
    scores.push(
      trial.score(
        test.classes,
        judge === null ? test.classes.map(() => only ?? 0) : judge(test.vectors),
      ),
    )
  }
  return { scores, rows: [...classes.keys()].map(Number) }
}
