import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { openTestApi } from '../kubernetes/api.ts'
import { runDifferential } from '../kubernetes/differential.ts'

/** The preflight against the real scheduler: `node test/soak/devices.ts --sets 500 --wishes 20 --seed 1`. Needs KUBECONFIG and kwok. */
const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: '500' },
    wishes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '12' },
    report: { type: 'string' },
  },
})
using api = openTestApi()
const begun = Date.now()
const report = await runDifferential(api, {
  namespace: `d-soak-${process.pid}`,
  prefix: `d-soak-${process.pid}`,
  sets: Number(values.sets),
  wishes: Number(values.wishes),
  seed: Number(values.seed),
  parallel: Number(values.parallel),
  tell: (line) => console.error(line),
})
const result = { seed: Number(values.seed), seconds: (Date.now() - begun) / 1_000, ...report }
console.log(JSON.stringify(result, null, 2))
const path = values.report ?? join(import.meta.dirname, '..', 'bench', 'reports', 'devices.json')
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`)
if (report.disagreements.length > 0 || report.celErrors > 0) process.exitCode = 1
