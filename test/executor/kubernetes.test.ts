import { describe, expect, it } from 'vitest'
import type { Fate } from '#test/harness/fake-kubernetes.ts'
import { playScenario, type Scenario } from '#test/harness/kubernetes-scenario.ts'

const calm: Scenario = {
  seed: 1,
  attempts: 4,
  faults: {},
  fates: ['succeeds'],
  crashes: 0,
  stops: 0,
  limitMs: 30_000,
}
const stormy = { lost: 0.05, deaf: 0.05, busy: 0.05, cut: 0.3, silent: 0.03, expired: 0.1 }

describe('P2 one Job for each attempt', () => {
  it('makes one, tells how it ended, keeps its log, and leaves nothing', async () => {
    const { problems } = await playScenario(calm)
    expect(problems).toEqual([])
  })

  const fates: Fate[] = [
    'fails',
    'oom',
    'evicted',
    'preempted',
    'node-lost',
    'job-deleted',
    'pod-deleted',
    'image',
  ]
  it.each(fates)('tells of a pod that %s', async (fate) => {
    const { problems } = await playScenario({ ...calm, attempts: 2, fates: [fate] })
    expect(problems).toEqual([])
  })

  it('ends what it is asked to end', async () => {
    const { problems, exits } = await playScenario({ ...calm, fates: ['stays'], stops: 1 })
    expect(problems).toEqual([])
    for (const { exit } of exits.values()) expect(exit?.reason).toBe('stopped')
  })

  it('holds under lost requests and replies, 410, 429, cut and silent streams, and processes that die', async () => {
    let faults = 0
    let crashes = 0
    const seeds = Array.from({ length: 60 }, (_, index) => index + 1)
    const all = await Promise.all(
      seeds.map(async (seed) => {
        const outcome = await playScenario({
          seed,
          attempts: 1 + (seed % 4),
          faults: stormy,
          fates: ['succeeds', 'succeeds', 'succeeds', ...fates],
          crashes: seed % 4,
          stops: 0.1,
          limitMs: 55_000,
        })
        faults += outcome.faults
        crashes += outcome.crashes
        return outcome.problems.map((problem) => `seed ${seed}: ${problem}`)
      }),
    )
    expect(all.flat()).toEqual([])
    expect(faults).toBeGreaterThan(300)
    expect(crashes).toBeGreaterThan(30)
  })
})
