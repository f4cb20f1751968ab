// `npm run soak NAME...`: the long runs, one after the other; each reports to test/bench/reports and fails by its exit status.
// What a soak takes besides is said in its file.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const soaks = ['crash', 'kubernetes', 'manifests', 'devices'] as const
const [first, ...others] = process.argv.slice(2)
const named = first === undefined ? ['crash'] : [first]
// Names until the first word that is none: the rest are arguments of the last one.
let index = 0
while (index < others.length && soaks.some((name) => name === others[index]))
  named.push(others[index++]!)
const unknown = named.filter((name) => !soaks.some((known) => known === name))
if (unknown.length > 0) {
  console.error(`There is no soak "${unknown.join('", "')}": choose from ${soaks.join(', ')}.`)
  process.exit(2)
}
for (const [turn, name] of named.entries()) {
  const given = turn === named.length - 1 ? others.slice(index) : []
  const { status } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, `${name}.ts`), ...given],
    { stdio: 'inherit' },
  )
  if (status !== 0) process.exitCode = 1
}
