// Seeded faults on the in-process cluster: `npm run soak:kubernetes -- SEEDS [FIRST]`. Each seed is one scenario with lost
// requests, lost replies, 409, 410, 429, silent and cut streams, and processes that die.
import type { Fate } from '#test/harness/fake-kubernetes.ts'
import { playScenario } from '#test/harness/kubernetes-scenario.ts'

const [count = 200, first = 1] = process.argv.slice(2).map(Number)
const fates: Fate[] = [
  'succeeds',
  'succeeds',
  'succeeds',
  'fails',
  'oom',
  'evicted',
  'preempted',
  'node-lost',
  'job-deleted',
  'pod-deleted',
  'image',
]
const together = 24
let next = first
const totals = { seeds: 0, faults: 0, crashes: 0, attempts: 0, bad: 0 }
const started = performance.now()

async function work(): Promise<void> {
  while (next < first + count) {
    const seed = next++
    const { problems, faults, crashes, exits } = await playScenario({
      seed,
      attempts: 1 + (seed % 5),
      faults: { lost: 0.05, deaf: 0.05, busy: 0.05, cut: 0.3, silent: 0.03, expired: 0.1 },
      fates,
      crashes: seed % 4,
      stops: 0.1,
      limitMs: 60_000,
    })
    totals.seeds += 1
    totals.faults += faults
    totals.crashes += crashes
    totals.attempts += exits.size
    if (problems.length > 0) {
      totals.bad += 1
      console.log(`seed ${seed}: ${problems.join('; ')}`)
    }
  }
}

await Promise.all(Array.from({ length: together }, work))
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ ...totals, seconds: Math.round(seconds * 10) / 10 }))
process.exitCode = totals.bad === 0 ? 0 : 1
process.exit()
