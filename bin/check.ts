import { spawn } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const code = ['schema', 'intelligence', 'migrations', 'server', 'client', 'test', 'bin']

const checks: Record<string, [string, ...string[]]> = {
  types: ['tsc', '-b'],
  lint: ['eslint', '--cache', '--cache-location', '.cache/eslint', '--max-warnings', '0', '.'],
  format: [
    'prettier',
    '--check',
    '--log-level',
    'warn',
    '--cache',
    '--cache-location',
    '.cache/prettier',
    '.',
  ],
  boundaries: ['depcruise', '--config', '.dependency-cruiser.cjs', ...code],
  unused: ['knip', '--no-progress', '--cache', '--cache-location', '.cache/knip'],
  schema: ['node', 'schema/print.ts', '--check'],
}

interface Outcome {
  name: string
  ok: boolean
  seconds: number
  output: string
}

function run(name: string, [command, ...rest]: [string, ...string[]]): Promise<Outcome> {
  const started = performance.now()
  return new Promise((done) => {
    const child = spawn(join(root, 'node_modules', '.bin', command), rest, { cwd: root })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('close', (status) =>
      done({ name, ok: status === 0, seconds: (performance.now() - started) / 1000, output }),
    )
  })
}

// Two at a time: more only makes each slower on two cores.
const names = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(checks)
const waiting = [...names]
const outcomes: Outcome[] = []
async function work(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const check = checks[name]
    if (check === undefined) {
      console.error(`There is no check "${name}": ${Object.keys(checks).join(', ')}.`)
      process.exit(2)
    }
    const outcome = await run(name, check)
    outcomes.push(outcome)
    console.log(`${outcome.ok ? '✓' : '✗'} ${name} (${outcome.seconds.toFixed(1)} s)`)
    if (!outcome.ok) console.log(outcome.output)
  }
}
await Promise.all([work(), work()])
process.exit(outcomes.every((outcome) => outcome.ok) ? 0 : 1)
