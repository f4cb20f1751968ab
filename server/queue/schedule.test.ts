import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Capacity } from '../executor/executor.ts'
import type { Slot } from '../run/slots.ts'
import { neverMet, place, type Demand } from './demand.ts'
import { choose, expectStarts, largestSum, mayDelay } from './schedule.ts'

const names = ['NVIDIA A100-SXM4-80GB', 'NVIDIA L4'] as const

const capacities: fc.Arbitrary<Capacity> = fc
  .record({
    cores: fc.integer({ min: 1, max: 16 }),
    memory: fc.integer({ min: 1, max: 16 }),
    devices: fc.array(fc.constantFrom(...names), { maxLength: 8 }),
  })
  .map(({ cores, memory, devices }) => ({
    cores,
    memoryBytes: memory * 1e9,
    devices: devices.map((name, index) => ({
      index,
      name,
      memoryBytes: (name.includes('A100') ? 80 : 24) * 1e9,
    })),
  }))

const demands: fc.Arbitrary<Demand> = fc
  .record({
    cores: fc.integer({ min: 1, max: 8 }),
    memory: fc.integer({ min: 0, max: 8 }),
    devices: fc.array(
      fc.record({
        count: fc.integer({ min: 1, max: 4 }),
        type: fc.constantFrom(null, 'a100', 'l4'),
        memoryBytes: fc.constantFrom(null, 40e9),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ cores, memory, devices }) => ({
    cores,
    memoryBytes: memory * 1e9,
    devices: devices.sort((a, b) => b.count - a.count),
  }))

interface Job {
  readonly runId: string
  readonly demand: Demand
  readonly seconds: number
}

const jobs: fc.Arbitrary<Job[]> = fc
  .array(fc.record({ demand: demands, seconds: fc.integer({ min: 1, max: 20 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((list) => list.map((job, index) => ({ ...job, runId: `job-${index}` })))

describe('SC-01 backfill', () => {
  it('never delays the head: with it the head starts no later than without, however work ends', () => {
    fc.assert(
      fc.property(
        capacities,
        jobs,
        fc.array(fc.nat(), { maxLength: 40 }),
        (capacity, all, endings) => {
          const possible = all.filter((job) => neverMet(job.demand, capacity) === null)
          // Some run already; the first of the rest that does not fit is the head.
          const running: { id: string; slot: Slot }[] = []
          const waiting: Job[] = []
          for (const job of possible) {
            const slot = place(
              job.demand,
              capacity,
              running.map((it) => it.slot),
            )
            if (slot !== null && running.length < 6 && waiting.length === 0)
              running.push({ id: job.runId, slot })
            else waiting.push(job)
          }
          const head = waiting[0]
          if (head === undefined) return
          let [plain, filled] = [[...running], [...running]]
          let rest = waiting.slice(1)
          const fits = (slots: typeof running) =>
            place(
              head.demand,
              capacity,
              slots.map((it) => it.slot),
            ) !== null
          for (const ending of [...endings, ...running.map((_, index) => index)]) {
            // The backfilled world takes what it may, then something of the running work ends in both.
            for (;;) {
              if (fits(filled)) break
              const choice = choose(
                [head, ...rest],
                capacity,
                filled.map((it) => it.slot),
              )
              if (choice === null) break
              expect(choice.overtakes).toBe(head)
              filled.push({ id: choice.candidate.runId, slot: choice.slot })
              rest = rest.filter((job) => job.runId !== choice.candidate.runId)
            }
            if (fits(plain)) {
              expect(fits(filled)).toBe(true)
              return
            }
            const over = plain[ending % Math.max(plain.length, 1)]?.id
            plain = plain.filter((it) => it.id !== over)
            // Backfilled work may well go on for ever.
            filled = filled.filter((it) => it.id !== over)
          }
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it('gives nothing twice, and no more than there is', () => {
    fc.assert(
      fc.property(capacities, jobs, (capacity, all) => {
        const slots: Slot[] = []
        let rest = [...all]
        for (;;) {
          const choice = choose(rest, capacity, slots)
          if (choice === null) break
          slots.push(choice.slot)
          rest = rest.filter((job) => job !== choice.candidate)
        }
        const devices = slots.flatMap((slot) => slot.devices)
        expect(new Set(devices).size).toBe(devices.length)
        const sum = (pick: (slot: Slot) => number) => slots.reduce((a, slot) => a + pick(slot), 0)
        expect(sum((slot) => slot.cores)).toBeLessThanOrEqual(capacity.cores)
        expect(sum((slot) => slot.memoryBytes)).toBeLessThanOrEqual(capacity.memoryBytes)
      }),
      { numRuns: 2_000 },
    )
  })

  it('starts everything in the end, and expects a start for each that can start', () => {
    fc.assert(
      fc.property(capacities, jobs, (capacity, all) => {
        const starts = expectStarts(all, capacity, [])
        expect([...starts.keys()].sort()).toEqual(all.map((job) => job.runId).sort())
        expect(starts.get(all[0]!.runId)).toBe(0)
      }),
      { numRuns: 1_000 },
    )
  })

  it('what it gives meets the wish', () => {
    fc.assert(
      fc.property(capacities, demands, (capacity, demand) => {
        const slot = place(demand, capacity, [])
        if (neverMet(demand, capacity) !== null) return
        // Wishes may compete for the same devices; alone, one wish is always met.
        if (demand.devices.length <= 1) expect(slot).not.toBeNull()
        for (const ask of demand.devices) {
          const fit = capacity.devices.filter(
            ({ index, name, memoryBytes }) =>
              (slot?.devices.includes(index) ?? true) &&
              (ask.type === null || name.toLowerCase().includes(ask.type)) &&
              (ask.memoryBytes === null || memoryBytes >= ask.memoryBytes * 0.93),
          )
          expect(fit.length).toBeGreaterThanOrEqual(ask.count)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('counts what the running work can leave free', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 10 }),
        fc.integer({ min: 0, max: 40 }),
        (amounts, limit) => {
          let best = 0
          for (let set = 0; set < 2 ** amounts.length; set += 1) {
            const sum = amounts.reduce((all, it, at) => all + ((set >> at) & 1 ? it : 0), 0)
            if (sum <= limit) best = Math.max(best, sum)
          }
          expect(largestSum(amounts, limit)).toBe(best)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('too many sums to tell leave no room', () => {
    const amounts = Array.from({ length: 30 }, (_, index) => 1 + Math.sqrt(index) / 1000)
    expect(largestSum(amounts, 15)).toBe(15)
  })

  it('knows that a six-GPU job leaves two of eight free for as long as a four-GPU head waits', () => {
    const capacity: Capacity = {
      cores: 64,
      memoryBytes: 1e12,
      devices: Array.from({ length: 8 }, (_, index) => ({
        index,
        name: names[0],
        memoryBytes: 80e9,
      })),
    }
    const gpus = (count: number): Demand => ({
      cores: 1,
      memoryBytes: 0,
      devices: [{ count, type: null, memoryBytes: null }],
    })
    const six = place(gpus(6), capacity, [])!
    const two = place(gpus(2), capacity, [six])!
    expect(mayDelay(gpus(4), two, capacity, [six])).toBe(false)
    const [four, one] = [place(gpus(4), capacity, [])!, place(gpus(2), capacity, [])!]
    const pair = [four, { ...one, devices: [4, 5] }]
    expect(mayDelay(gpus(4), { ...two, devices: [6, 7] }, capacity, pair)).toBe(true)
  })
})
