// Hostile specs by the hundred thousand: `node test/soak/manifests.ts [COUNT] [SEED]`. Every manifest that comes out is
// "restricted", stays in its namespace and has no field that we did not choose.
import fc from 'fast-check'
import { hostileLaunch, manifestFaults, manifestOf } from '#test/harness/hostile-launch.ts'

const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number)
let made = 0
fc.assert(
  fc.property(hostileLaunch, (launch) => {
    const manifest = manifestOf(launch)
    if (manifest === null) return
    made += 1
    const faults = manifestFaults(launch, manifest)
    if (faults.length > 0) throw new Error(faults.join('; '))
  }),
  { numRuns: count, seed },
)
console.log(JSON.stringify({ specs: count, seed, made, refused: count - made, faults: 0 }))
