// Hostile specs by the hundred thousand: `npm run soak manifests -- --specs 100000 --seed 1`. Every manifest that comes out is
// "restricted", stays in its namespace and has no field that we did not choose.
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { report } from '#test/bench/report.ts'
import { hostileLaunch, manifestFaults, manifestOf } from '#test/harness/hostile-launch.ts'

const { values } = parseArgs({
  options: {
    specs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
})
const count = Number(values.specs)
const seed = Number(values.seed)
const begun = performance.now()
const seen = { made: 0, refused: 0, faulty: 0 }

// Not stopped at the first fault: how many there are is the figure.
fc.assert(
  fc.property(hostileLaunch, (launch) => {
    const manifest = manifestOf(launch)
    if (manifest === null) {
      seen.refused += 1
      return
    }
    seen.made += 1
    const faults = manifestFaults(launch, manifest)
    if (faults.length === 0) return
    seen.faulty += 1
    if (seen.faulty <= 20) console.log(faults.join('; '), JSON.stringify(launch))
  }),
  { numRuns: count, seed },
)
const none = { baseline: null, goal: null, holds: null }
report('manifests', [
  {
    ...none,
    name: `hostile specs (seed ${seed})`,
    value: seen.made + seen.refused,
    unit: 'specs',
    goal: '>= 100000',
    holds: seen.made + seen.refused >= 100_000,
  },
  { ...none, name: 'refused with a typed error', value: seen.refused, unit: 'specs' },
  { ...none, name: 'manifests made', value: seen.made, unit: 'manifests' },
  {
    ...none,
    name: 'manifests that are not "restricted", leave their namespace or have a field we did not choose',
    value: seen.faulty,
    unit: '',
    goal: '0',
    holds: seen.faulty === 0,
  },
  { ...none, name: 'time', value: (performance.now() - begun) / 1_000, unit: 's' },
])
if (seen.faulty > 0) process.exitCode = 1
