// Fifty `kill -9` of the run engine at random moments, on each database: nothing may be lost or doubled.
// CRASH_KILLS=5 for a short one, CRASH_SEED=8 for other moments.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { newId } from '#schema/domain/id.ts'
import { report, type Measure } from '#test/bench/report.ts'
import { makeFakeComponents } from '#test/engine/fake-components.ts'
import type { HostOptions, HostReport } from '#test/engine/host.ts'
import { databaseKinds, makeTestDatabase } from '#test/harness/database.ts'

interface Tally {
  kills: number
  runs: number
  lost: number
  doubled: number
  seconds: number
}

const root = join(import.meta.dirname, '../..')
const wanted = Number(process.env['CRASH_KILLS'] ?? 50)
/** One run is killed at most so often; then it may end. */
const killsOfARun = 5
const livesOfARun = 30

const steps = ['data-loader', 'preprocessor', 'trainer', 'evaluator']
const facts = {
  step: steps,
  attempt: steps.map((name) => `${name} 1`),
  start: steps.map((name) => `${name} 1`),
  artifact: [
    'data-loader.dataset',
    'evaluator.metrics',
    'evaluator.samples',
    'preprocessor.dataset',
    'trainer.model',
  ],
  state: ['WAITING', 'RUNNING', 'SUCCEEDED'],
  model: ['model'],
}

// A linear congruential generator: a seed kills at the same moments every time.
let state = Number(process.env['CRASH_SEED'] ?? 7) >>> 0
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

/** One life of the server: to the end of its run, or to the kill so many milliseconds into its work. */
async function life(options: HostOptions, killAfterMs: number | null) {
  const child = spawn(
    process.execPath,
    [join(root, 'test/engine/host.ts'), JSON.stringify(options)],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  const closed = new Promise<boolean>((done) =>
    child.once('close', (_code, signal) => done(signal === 'SIGKILL')),
  )
  let found: HostReport | null = null
  let timer: NodeJS.Timeout | null = null
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'working' && killAfterMs !== null) {
      timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    }
    if (line.startsWith('report ')) found = JSON.parse(line.slice(7)) as HostReport
  }
  const killed = await closed
  if (timer !== null) clearTimeout(timer)
  return { found, killed, errors: errors.join('') }
}

/** What is missing and what is too much, one word each. */
function compare(kind: string, expected: readonly string[], seen: readonly string[]) {
  const count = (name: string) => seen.filter((other) => other === name).length
  const names = new Set([...expected, ...seen])
  const times = (name: string) => Number(expected.includes(name))
  return {
    lost: [...names].filter((name) => count(name) < times(name)).map((name) => `${kind} ${name}`),
    doubled: [...names]
      .flatMap((name) => Array<string>(Math.max(0, count(name) - times(name))).fill(name))
      .map((name) => `${kind} ${name}`),
  }
}

function judge(found: HostReport, ledger: readonly string[]) {
  const seqs = Array.from({ length: Math.max(0, ...found.seqs) }, (_, index) => String(index + 1))
  const done = ({ state }: { state: string }) => state === 'SUCCEEDED'
  const parts = [
    compare(
      'step',
      facts.step,
      found.steps.filter(done).map((step) => step.name),
    ),
    // A failed attempt that a second one made good is a step done twice.
    compare(
      'attempt',
      facts.attempt,
      found.attempts.map((attempt) => `${attempt.step} ${attempt.ordinal}`),
    ),
    compare('start', facts.start, ledger),
    compare('artifact', facts.artifact, found.artifacts),
    compare('event', seqs, found.seqs.map(String)),
    compare('state', facts.state, found.runStates),
    compare('model', facts.model, Array<string>(found.models).fill('model')),
    compare('end', ['SUCCEEDED'], [found.state]),
  ]
  return {
    lost: parts.flatMap((part) => part.lost),
    doubled: parts.flatMap((part) => part.doubled),
  }
}

async function soak(kind: 'pglite' | 'postgres'): Promise<Tally> {
  const tally: Tally = { kills: 0, runs: 0, lost: 0, doubled: 0, seconds: 0 }
  const begun = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'autodidact-soak-'))
  const test = kind === 'postgres' ? await makeTestDatabase(kind) : null
  try {
    const componentsFolder = await makeFakeComponents(folder)
    const url = test?.config.kind === 'postgres' ? test.config.url : null
    while (tally.kills < wanted) {
      const most = Math.min(wanted, tally.kills + killsOfARun)
      const ids = { viewer: newId(), project: newId(), spec: newId(), request: newId() }
      const options: HostOptions = {
        root: join(folder, newId()),
        componentsFolder,
        url,
        dieAt: null,
        seconds: 1.5,
        ids,
      }
      let found: HostReport | null = null
      let errors = ''
      for (let lives = 0; found === null && lives < livesOfARun; lives += 1) {
        const lived = await life(options, tally.kills < most ? Math.floor(random() * 1_500) : null)
        if (lived.killed) tally.kills += 1
        found = lived.found
        errors = lived.errors
      }
      tally.runs += 1
      if (found === null) {
        tally.lost += 1
        console.log(`${kind}: a run did not end in ${livesOfARun} lives\n${errors}`)
      } else {
        const text = await readFile(join(options.root, 'ledger'), 'utf8').catch(() => '')
        const ledger = text.trim().split('\n').filter(Boolean)
        const { lost, doubled } = judge(
          found,
          ledger.map((line) => line.split(' ').slice(1).join(' ')),
        )
        tally.lost += lost.length
        tally.doubled += doubled.length
        for (const what of lost) console.log(`${kind}: lost: ${what}`)
        for (const what of doubled) console.log(`${kind}: doubled: ${what}`)
      }
      console.log(
        `${kind}: ${tally.kills} kills in ${tally.runs} runs, ${tally.lost} lost, ${tally.doubled} doubled`,
      )
    }
  } finally {
    await test?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  }
  tally.seconds = (performance.now() - begun) / 1_000
  return tally
}

const measures: Measure[] = []
const sum = { kills: 0, lost: 0, doubled: 0 }
for (const kind of databaseKinds) {
  const tally = await soak(kind)
  sum.kills += tally.kills
  sum.lost += tally.lost
  sum.doubled += tally.doubled
  const none = { baseline: null, goal: null, holds: null }
  measures.push(
    { name: `kill -9, ${kind}`, value: tally.kills, unit: 'kills', ...none },
    { name: `runs ended, ${kind}`, value: tally.runs, unit: 'runs', ...none },
    {
      name: `lost, ${kind}`,
      value: tally.lost,
      unit: '',
      baseline: null,
      goal: '0',
      holds: tally.lost === 0,
    },
    {
      name: `doubled, ${kind}`,
      value: tally.doubled,
      unit: '',
      baseline: null,
      goal: '0',
      holds: tally.doubled === 0,
    },
    { name: `time, ${kind}`, value: tally.seconds, unit: 's', ...none },
  )
}
report('crash', measures)
if (!databaseKinds.includes('postgres'))
  console.log('Postgres left out: TEST_DATABASE_URL is not set')
console.log(`${sum.kills} kills, ${sum.lost} lost, ${sum.doubled} doubled`)
if (sum.lost + sum.doubled > 0) process.exitCode = 1
