import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import { databaseKinds, makeTestDatabase, type TestDatabase } from '#test/harness/database.ts'
import { makeFakeComponents } from './fake-components.ts'
import type { HostOptions, HostReport } from './host.ts'

const host = join(import.meta.dirname, 'host.ts')

interface Life {
  readonly report: HostReport | null
  readonly killed: boolean
  readonly output: string
}

/** Starts a server; kills it after so many milliseconds of work, or lets it die by itself, or end. */
function live(options: HostOptions, killAfterMs: number | null): Promise<Life> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [host, JSON.stringify(options)], {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let timer: NodeJS.Timeout | null = null
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (killAfterMs === null || timer !== null || !output.includes('working')) return
      timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    })
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('close', (_code, signal) => {
      if (timer !== null) clearTimeout(timer)
      const line = /^report (.*)$/m.exec(output)?.[1]
      done({
        report: line === undefined ? null : (JSON.parse(line) as HostReport),
        killed: signal === 'SIGKILL',
        output,
      })
    })
  })
}

// `npm test` kills five times; SOAK_KILLS=50 for the long run.
const soakKills = Number(process.env['SOAK_KILLS'] ?? 5)

// mulberry32: a seed gives the same kills every time.
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

describe.each(databaseKinds)('P1 P2 P3 kill -9 of the engine [%s]', (kind) => {
  let folder: string
  let componentsFolder: string
  let test: TestDatabase | null = null
  let url: string | null = null

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'autodidact-crash-'))
    componentsFolder = await makeFakeComponents(folder)
    if (kind === 'pglite') return
    test = await makeTestDatabase(kind)
    url = test.config.kind === 'postgres' ? test.config.url : null
  })

  afterAll(async () => {
    await test?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  function options(dieAt: HostOptions['dieAt'], seconds: number): HostOptions {
    // Every run has a data folder of its own, so that nothing of it is in a cache.
    const root = join(folder, newId())
    const ids = { viewer: newId(), project: newId(), spec: newId(), request: newId() }
    return { root, componentsFolder, url, dieAt, seconds, ids }
  }

  async function expectWhole(
    report: HostReport | null,
    root: string,
    output: string,
  ): Promise<void> {
    expect(report, output).not.toBeNull()
    const names = ['data-loader', 'preprocessor', 'trainer', 'evaluator']
    expect(report?.state).toBe('SUCCEEDED')
    expect(report?.steps).toEqual(names.map((name) => ({ name, state: 'SUCCEEDED' })))
    // Adopted, not started again: one attempt each, and the component itself began once.
    expect(report?.attempts).toEqual(
      names.map((step) => ({ step, ordinal: 1, state: 'SUCCEEDED' })),
    )
    const ledger = (await readFile(join(root, 'ledger'), 'utf8')).trim().split('\n')
    expect(ledger.map((line) => line.split(' ').slice(1).join(' '))).toEqual(
      names.map((name) => `${name} 1`),
    )
    expect(report?.artifacts).toEqual([
      'data-loader.dataset',
      'evaluator.metrics',
      'evaluator.samples',
      'preprocessor.dataset',
      'trainer.model',
    ])
    expect(report?.seqs).toEqual(report?.seqs.map((_, index) => index + 1))
    expect(report?.runStates).toEqual(['WAITING', 'RUNNING', 'SUCCEEDED'])
    expect(report?.models).toBe(1)
  }

  it.each([
    ['run-started', 1],
    ['attempt-committed', 1],
    ['attempt-launched', 2],
    ['attempt-started', 3],
    ['exit-seen', 1],
    ['outputs-kept', 3],
    ['step-committed', 2],
    ['run-ended', 1],
  ])('loses and doubles nothing when it dies at "%s" (%i)', async (point, nth) => {
    const first = options({ point, nth }, 0.2)
    const dead = await live(first, null)
    expect(dead.killed, dead.output).toBe(true)
    expect(dead.report).toBeNull()
    const { report, output } = await live({ ...first, dieAt: null }, null)
    await expectWhole(report, first.root, output)
  })

  it(
    `loses and doubles nothing in ${soakKills} kills at random moments (seed 7)`,
    { timeout: 60_000 + soakKills * 30_000 },
    async () => {
      const roll = random(7)
      for (let kills = 0; kills < soakKills;) {
        const run = options(null, 1.5)
        const most = Math.min(soakKills, kills + 5)
        for (let life = 0; ; life += 1) {
          const { report, killed, output } = await live(
            run,
            kills < most ? Math.floor(roll() * 1_500) : null,
          )
          if (killed) kills += 1
          if (report !== null) {
            await expectWhole(report, run.root, output)
            break
          }
          expect(life, output).toBeLessThan(30)
        }
      }
    },
  )
})
