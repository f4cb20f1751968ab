// The preflight against the real scheduler: `npm run soak devices -- --sets 500 --wishes 20 --seed 1`. Needs KUBECONFIG and kwok.
// In parts: `--sets 250`, then `--sets 250 --from 250` adds its figures to those of the report that is there.
import { parseArgs } from 'node:util'
import { report, reported, type Measure } from '#test/bench/report.ts'
import { openTestApi } from '../kubernetes/api.ts'
import { runDifferential } from '../kubernetes/differential.ts'

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: '500' },
    from: { type: 'string', default: '0' },
    wishes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '12' },
  },
})
using api = openTestApi()
const begun = performance.now()
const seen = await runDifferential(api, {
  namespace: `d-soak-${process.pid}`,
  prefix: `d-soak-${process.pid}`,
  sets: Number(values.sets),
  from: Number(values.from),
  wishes: Number(values.wishes),
  seed: Number(values.seed),
  parallel: Number(values.parallel),
  tell: (line) => console.error(line),
})
for (const disagreement of seen.disagreements) console.log(JSON.stringify(disagreement))
const none = { baseline: null, goal: null, holds: null }
const zero = (name: string, value: number) => ({
  ...none,
  name,
  value,
  unit: '',
  goal: '0',
  holds: value === 0,
})
const measures: Measure[] = [
  {
    ...none,
    name: `synthetic ResourceSlice sets (seed ${values.seed})`,
    value: seen.sets,
    unit: 'sets',
    goal: '>= 500',
    holds: seen.sets >= 500,
  },
  {
    ...none,
    name: 'wishes on which preflight and kube-scheduler agree, of all (baseline)',
    value: seen.agreed,
    unit: 'wishes',
    baseline: seen.wishes,
    goal: 'all',
    holds: seen.agreed === seen.wishes,
  },
  { ...none, name: 'verdict NOW', value: seen.now, unit: 'wishes' },
  { ...none, name: 'verdict LATER', value: seen.later, unit: 'wishes' },
  { ...none, name: 'verdict NEVER', value: seen.never, unit: 'wishes' },
  { ...none, name: 'refused before (bad wish)', value: seen.refused, unit: 'wishes' },
  zero('CEL errors at run time', seen.celErrors),
  zero('objects that the API server refused', seen.rejectedByApi),
  zero('disagreements', seen.disagreements.length),
  { ...none, name: 'time', value: (performance.now() - begun) / 1_000, unit: 's' },
]
if (Number(values.from) > 0)
  for (const measure of measures) {
    const before = reported('devices').find(({ name }) => name === measure.name)
    if (before === undefined) throw new Error(`The report has no "${measure.name}" to add to.`)
    measure.value += before.value
    if (measure.baseline !== null) measure.baseline += before.baseline ?? 0
    if (measure.goal === '>= 500') measure.holds = measure.value >= 500
    if (measure.goal === 'all') measure.holds = measure.value === measure.baseline
    if (measure.goal === '0') measure.holds = measure.value === 0
  }
report('devices', measures)
if (seen.disagreements.length > 0 || seen.celErrors > 0) process.exitCode = 1
