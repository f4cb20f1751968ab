// Faults by the seed on the in-process cluster, then `kill -9` on a real one: nothing may be doubled, lost or stuck.
//   npm run soak kubernetes -- --faults 10000 --kills 200 --seed 1
// Each seed is one scenario with lost requests, lost replies, 409, 410, 429, silent and cut streams, and processes that die.
// Kills need KUBECONFIG and the `image` tool of the test cluster; without, that half is left out and said to be.
import { parseArgs } from 'node:util'
import type { Fate } from '#test/harness/fake-kubernetes.ts'
import { playScenario } from '#test/harness/kubernetes-scenario.ts'
import { playKills } from '#test/kubernetes/kills.ts'
import { report, type Measure } from '#test/bench/report.ts'

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    together: { type: 'string', default: '24' },
  },
})
const wanted = Number(values.faults)
const kills = process.env['KUBECONFIG'] === undefined ? 0 : Number(values.kills)
const first = Number(values.seed)
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

const totals = { seeds: 0, faults: 0, crashes: 0, attempts: 0, doubled: 0, lost: 0, stuck: 0 }
let next = first

async function work(): Promise<void> {
  while (totals.faults < wanted) {
    const seed = next++
    const { problems, faults, crashes, exits } = await playScenario({
      seed,
      attempts: 1 + (seed % 5),
      faults: { lost: 0.05, deaf: 0.05, busy: 0.05, cut: 0.3, silent: 0.03, expired: 0.1 },
      fates,
      crashes: seed % 4,
      stops: 0.1,
      limitMs: 120_000,
    })
    totals.seeds += 1
    totals.faults += faults
    totals.crashes += crashes
    totals.attempts += exits.size
    for (const problem of problems) {
      console.log(`seed ${seed}: ${problem}`)
      if (/Jobs were made|two pods at once/.test(problem)) totals.doubled += 1
      else if (/stuck as/.test(problem)) totals.stuck += 1
      else totals.lost += 1
    }
    if (totals.seeds % 100 === 0) console.log(JSON.stringify(totals))
  }
}

const none = { baseline: null, goal: null, holds: null }
const zero = (name: string, value: number): Measure => ({
  name,
  value,
  unit: '',
  baseline: null,
  goal: '0',
  holds: value === 0,
})
let bad = 0

if (wanted > 0) {
  const begun = performance.now()
  await Promise.all(Array.from({ length: Number(values.together) }, work))
  bad += totals.doubled + totals.lost + totals.stuck
  report('kubernetes-faults', [
    {
      ...none,
      name: `seeded faults, fake API server (seeds ${first}..${next - 1})`,
      value: totals.faults,
      unit: 'faults',
      goal: '>= 10000',
      holds: totals.faults >= 10_000,
    },
    { ...none, name: 'deaths of the server, fake', value: totals.crashes, unit: 'deaths' },
    { ...none, name: 'attempts, fake', value: totals.attempts, unit: 'attempts' },
    zero('doubled Jobs or pods, fake', totals.doubled),
    zero('lost (outcome, log lines, objects left behind), fake', totals.lost),
    zero('stuck attempts, fake', totals.stuck),
    { ...none, name: 'time, fake', value: (performance.now() - begun) / 1_000, unit: 's' },
  ])
}

if (kills > 0) {
  const begun = performance.now()
  const played = await playKills(kills, first, (line) => console.log(line))
  for (const kind of ['doubled', 'lost', 'stuck'] as const)
    for (const what of played[kind]) console.log(`${kind}: ${what}`)
  bad += played.doubled.length + played.lost.length + played.stuck.length
  report('kubernetes-kills', [
    {
      ...none,
      name: 'kill -9, real cluster',
      value: played.kills,
      unit: 'kills',
      goal: '>= 200',
      holds: played.kills >= 200,
    },
    { ...none, name: 'runs of one step, real cluster', value: played.runs, unit: 'runs' },
    { ...none, name: 'calls through the failing proxy', value: played.calls, unit: 'calls' },
    { ...none, name: 'faults of the proxy', value: played.faults, unit: 'faults' },
    zero('doubled (Jobs, pods, attempts, log lines), real cluster', played.doubled.length),
    zero('lost (runs, outcomes, log lines, objects left behind), real', played.lost.length),
    zero('stuck runs, real cluster', played.stuck.length),
    { ...none, name: 'time, real cluster', value: (performance.now() - begun) / 1_000, unit: 's' },
  ])
} else console.log('kill -9 on a real cluster left out: no KUBECONFIG, or --kills 0')

// Timers of dead lives would hold the process.
process.exit(bad === 0 ? 0 : 1)
