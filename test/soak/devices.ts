// The preflight against the real scheduler: `npm run soak devices -- --sets 500 --wishes 20 --seed 1`. Needs KUBECONFIG and kwok.
import { parseArgs } from 'node:util'
import { report } from '#test/bench/report.ts'
import { openTestApi } from '../kubernetes/api.ts'
import { runDifferential } from '../kubernetes/differential.ts'

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: '500' },
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
report('devices', [
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
])
if (seen.disagreements.length > 0 || seen.celErrors > 0) process.exitCode = 1
