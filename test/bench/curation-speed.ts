// Run by curation.ts in a process of its own: prints its measures as JSON.
import { curation } from '#intelligence/index.ts'
import { stream } from './curation-tasks.ts'
import { percentile, type Measure } from './report.ts'

const dim = 512
const measures: Measure[] = []
const add = (
  name: string,
  value: number,
  unit: string,
  most: number,
  baseline: number | null,
): void => {
  measures.push({ name, value, unit, goal: `<= ${most}`, baseline, holds: value <= most })
}

/** Pictures about 60 centres. */
function pool(count: number): { ids: string[]; vectors: Float32Array; dim: number } {
  const random = stream(count)
  const centres = Float32Array.from({ length: 60 * dim }, () => random() - 0.5)
  const vectors = new Float32Array(count * dim)
  for (let row = 0; row < count; row += 1) {
    const centre = Math.floor(random() * 60) * dim
    for (let axis = 0; axis < dim; axis += 1)
      vectors[row * dim + axis] = centres[centre + axis]! + 0.8 * (random() - 0.5)
  }
  return { ids: Array.from({ length: count }, (_, row) => `i${row}`), vectors, dim }
}

/** One pass of k-means' assignment as a plain loop, times the passes: what a straight port would take. */
function plainLoop(vectors: Float32Array, k: number, passes: number): number {
  const rows = Math.min(1000, vectors.length / dim)
  const begun = performance.now()
  let best = 0
  for (let row = 0; row < rows; row += 1)
    for (let cluster = 0; cluster < k; cluster += 1) {
      let sum = 0
      for (let axis = 0; axis < dim; axis += 1)
        sum += vectors[row * dim + axis]! * vectors[cluster * dim + axis]!
      if (sum > best) best = sum
    }
  return ((performance.now() - begun) * passes * (vectors.length / dim)) / rows / 1000
}

for (const [count, k, mostMs, mostS] of [
  [10_000, 100, 40, 1.5],
  [100_000, 300, 250, 15],
] as const) {
  const input = { ...pool(count), seed: 1 }
  let begun = performance.now()
  curation.clusterPool({ ...input, k })
  const first = (performance.now() - begun) / 1000
  begun = performance.now()
  const clock = process.cpuUsage()
  curation.clusterPool({ ...input, k })
  const seconds = (performance.now() - begun) / 1000
  const cpu = process.cpuUsage(clock)
  add(`k-means, K = ${k}, ${count} x 512`, seconds, 's', mostS, plainLoop(input.vectors, k, 20))
  measures.push({
    name: `pool of ${count}: groups, axes and density made once`,
    value: first - seconds,
    unit: 's',
    goal: null,
    baseline: null,
    holds: null,
  })
  add(
    `k-means, K = ${k}, ${count} x 512, CPU time`,
    (cpu.user + cpu.system) / 1e6,
    's',
    mostS,
    null,
  )
  const verdicts = new Map<string, curation.VerdictValue>()
  const shown = new Set<string>()
  const times: number[] = []
  const work: number[] = []
  for (let round = 0; verdicts.size < 150; round += 1) {
    const size = round === 0 ? 30 : 1
    const started = performance.now()
    const before = process.cpuUsage()
    for (const { id } of curation
      .selectRound({ ...input, round, size: Math.max(10, size), verdicts, shown })
      .slice(0, size)) {
      verdicts.set(
        id,
        Math.floor(input.vectors[Number(id.slice(1)) * dim]! * 40) % 3 === 0 ? 'ACCEPT' : 'REJECT',
      )
      shown.add(id)
    }
    if (round > 0) {
      times.push(performance.now() - started)
      const { user, system } = process.cpuUsage(before)
      work.push((user + system) / 1000)
    }
  }
  add(
    `verdict to the next ten, ${count} images, p95 by the clock`,
    percentile(times, 95),
    'ms',
    mostMs,
    percentile(times, 50),
  )
  // On a machine that is shared the clock tells of its neighbours too.
  add(
    `verdict to the next ten, ${count} images, p95 of CPU time`,
    percentile(work, 95),
    'ms',
    mostMs,
    percentile(work, 50),
  )
}
globalThis.gc?.()
add('memory of the process at 100,000 images', process.memoryUsage().rss / 2 ** 30, 'GiB', 1, 0.19)
console.log(JSON.stringify(measures))
