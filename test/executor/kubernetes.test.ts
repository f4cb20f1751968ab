import { describe, expect, it } from 'vitest'
import { playScenario, type Scenario } from '#test/harness/kubernetes-scenario.ts'

const calm: Scenario = {
  seed: 1,
  attempts: 4,
  faults: {},
  fates: ['succeeds'],
  crashes: 0,
  stops: 0,
  limitMs: 20_000,
}

describe('P2 the Kubernetes executor', () => {
  it('makes one Job for an attempt, tells how it ended, and leaves nothing', async () => {
    const { problems } = await playScenario(calm)
    expect(problems).toEqual([])
  })
})
