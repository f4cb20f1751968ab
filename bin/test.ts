import { join } from 'node:path'
import { buildClient } from './build-client.ts'
import {
  findChromium,
  findGo,
  findPostgres,
  findRegistry,
  findS3,
  makeEnvironment,
  root,
  run,
  runVitest,
  sayFailures,
} from './test-setup.ts'

// `npm test [-- vitest arguments]`: everything that needs no cluster; makes what it needs first.
const filters = process.argv.slice(2)

findPostgres()
findS3()
let passed = 0
let failed = 0
let pythonEnvironment: string | null = null
if (filters.length === 0) {
  findChromium()
  findGo()
  findRegistry()
  pythonEnvironment = makeEnvironment()
  await buildClient()
}
const counted = await runVitest(filters)
passed += counted.passed
failed += counted.failed

if (pythonEnvironment !== null) {
  const python = await run(
    join(pythonEnvironment, 'bin', 'python'),
    // Buffered: what a passing test printed is not shown.
    ['-m', 'unittest', 'discover', '--buffer', '-s', 'tests', '-t', '.'],
    join(root, 'deploy', 'components'),
  )
  const ran = Number(/^Ran (\d+) tests?/m.exec(python.output)?.[1] ?? 0)
  const count = (word: string) => Number(new RegExp(`${word}=(\\d+)`).exec(python.output)?.[1] ?? 0)
  const bad = count('failures') + count('errors')
  if (ran === 0 || (python.status !== 0 && bad === 0)) failed += 1
  else {
    failed += bad
    passed += ran - bad - count('skipped')
  }
}
sayFailures(counted.failures)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
