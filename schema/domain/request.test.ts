import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteOf, priceOf, type Price } from './cost.ts'
import {
  approvalSignature,
  capsOfSpec,
  checkCaps,
  gpusOf,
  overCaps,
  thresholdMarks,
  type Signed,
} from './request.ts'
import { isFinal, move, requestTransitions, type RequestState } from './run-state.ts'
import type { Component, Spec } from './spec.ts'

const components: fc.Arbitrary<Component> = fc
  .record({
    type: fc.constantFrom('data_loader', 'trainer', 'evaluator'),
    gpus: fc.option(fc.integer({ min: 0, max: 16 }), { nil: undefined }),
    gpuType: fc.option(fc.constantFrom('A100', 'L4'), { nil: undefined }),
    memory: fc.option(fc.integer({ min: 1, max: 512 }), { nil: undefined }),
    cpu: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
    timeout: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined }),
  })
  .map(({ type, gpus, gpuType, memory, cpu, timeout }) => ({
    order: 1,
    name: 'it',
    type,
    image: { registry: 'autodidact/it', tag: '1' },
    params: {},
    resources: {
      ...(gpus === undefined ? {} : { gpuCount: gpus }),
      ...(gpuType === undefined ? {} : { gpuType }),
      ...(memory === undefined ? {} : { memory: { text: `${memory}GB`, bytes: memory * 1e9 } }),
      ...(cpu === undefined ? {} : { cpu: { written: cpu, cores: cpu } }),
    },
    ...(timeout === undefined ? {} : { timeout: { written: timeout, seconds: timeout } }),
  }))

const specs: fc.Arbitrary<Spec> = fc
  .array(components, { minLength: 1, maxLength: 6 })
  .map((list) => ({
    pipelineId: 'PL-AAAAAA',
    name: 'it',
    version: '1.0.0',
    envVars: {},
    components: list.map((component, index) => ({ ...component, name: `c${index}` })),
    workflow: [],
    storage: { type: 'local', path: '/x' },
    createdAt: '2026-11-21T00:00:00Z',
  }))

describe('WR-02 caps from a spec', () => {
  it('are sound and allow the spec itself; lowering any of them names a component', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const caps = capsOfSpec(spec)
        expect(checkCaps(caps)).toEqual([])
        expect(overCaps(spec, caps)).toEqual([])
        if (caps.gpuCount > 0)
          expect(overCaps(spec, { ...caps, gpuCount: caps.gpuCount - 1 }).length).toBeGreaterThan(0)
        for (const field of ['memoryBytes', 'cpu', 'maxSeconds'] as const) {
          const cap = caps[field]
          if (cap === null) continue
          const faults = overCaps(spec, { ...caps, [field]: cap / 2 })
          expect(faults.length).toBeGreaterThan(0)
          expect(faults.every((fault) => /"c\d"/.test(fault.message))).toBe(true)
        }
      }),
    )
  })

  it('names a component of another GPU type', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const others = spec.components.filter(({ resources }) => resources.gpuType === 'L4')
        const faults = overCaps(spec, { ...capsOfSpec(spec), gpuType: 'A100' })
        expect(faults.map((fault) => /"(c\d)"/.exec(fault.message)![1])).toEqual(
          others.map((component) => component.name),
        )
      }),
    )
  })
})

describe('AP-05 thresholds', () => {
  it('are judged per component, never by their sum', () => {
    fc.assert(
      fc.property(
        specs,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 600 }),
        (spec, gpuCount, gigabytes) => {
          const marks = thresholdMarks(spec, { gpuCount, memoryBytes: gigabytes * 1e9 })
          for (const { name, resources } of spec.components) {
            const mine = marks.filter((mark) => mark.component === name).map((mark) => mark.what)
            expect(mine.includes('GPU')).toBe(gpusOf(resources) >= gpuCount)
            expect(mine.includes('MEMORY')).toBe((resources.memory?.bytes ?? 0) >= gigabytes * 1e9)
          }
        },
      ),
    )
  })
})

describe('P6 the signature', () => {
  const signed: fc.Arbitrary<Signed> = fc.record({
    specHash: fc.string({ maxLength: 4 }),
    images: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('sha256:1', 'sha256:2')),
    caps: specs.map(capsOfSpec),
    costBound: fc.uniqueArray(
      fc.record({
        currency: fc.constantFrom('USD', 'KRW'),
        amount: fc.integer({ min: 0, max: 9 }),
      }),
      { selector: (it) => it.currency },
    ),
  })
  it('is the same for the same, however it is written down, and differs for anything else', () => {
    fc.assert(
      fc.property(signed, signed, (one, two) => {
        const again = {
          ...one,
          images: Object.fromEntries(Object.entries(one.images).reverse()),
          costBound: [...one.costBound].reverse(),
        }
        expect(approvalSignature(again)).toBe(approvalSignature(one))
        const plain = (it: Signed) =>
          JSON.stringify([
            it.specHash,
            Object.entries(it.images).sort(),
            Object.entries(it.caps).sort(),
            [...it.costBound].sort((a, b) => (a.currency < b.currency ? -1 : 1)),
          ])
        expect(approvalSignature(one) === approvalSignature(two)).toBe(plain(one) === plain(two))
      }),
    )
  })
})

describe('the states of a request', () => {
  it('whatever is tried, a final one stays, and only awaited ones are rejected', () => {
    const states = Object.keys(requestTransitions) as RequestState[]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...states), { maxLength: 12 }), (tries) => {
        let state: RequestState = 'DRAFT'
        for (const to of tries) {
          const before = state
          try {
            state = move(requestTransitions, 'request', state, to)
          } catch (error) {
            expect(error).toMatchObject({ code: 'ILLEGAL_STATE' })
            continue
          }
          expect(isFinal(requestTransitions, before)).toBe(false)
          if (state === 'REJECTED') expect(before).toBe('AWAITING_APPROVAL')
        }
      }),
    )
  })
})

describe('CO-02 quotes', () => {
  const prices: Price[] = [
    { deviceType: 'A100', currency: 'USD', perHour: 4, spotFactor: 0.3 },
    { deviceType: 'L4', currency: 'USD', perHour: 1, spotFactor: 0.5 },
    { deviceType: 'A100', currency: 'KRW', perHour: 5000, spotFactor: 1 },
    { deviceType: 'cpu', currency: 'USD', perHour: 0.05, spotFactor: 1 },
  ]
  const estimate = {
    seconds: { low: 1800, likely: 3600, high: 7200 },
    memoryBytes: { low: 1, likely: 2, high: 3 },
  }
  it('keep low <= likely <= high <= bound; a currency without a price for a device is left out', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const quote = quoteOf(spec, estimate, capsOfSpec(spec), prices, 'NVIDIA L4')
        for (const cost of [...quote.costs, ...quote.spotCosts]) {
          expect(cost.low).toBeLessThanOrEqual(cost.likely)
          expect(cost.likely).toBeLessThanOrEqual(cost.high)
          const bound = quote.bound.find((it) => it.currency === cost.currency)!
          expect(cost.high).toBeLessThanOrEqual(bound.amount + 1e-3)
        }
        const usesL4 = spec.components.some(
          ({ resources }) => gpusOf(resources) > 0 && resources.gpuType !== 'A100',
        )
        expect(quote.costs.some((it) => it.currency === 'KRW')).toBe(!usesL4)
        expect(quote.costs.some((it) => it.currency === 'USD')).toBe(true)
        expect(quote.unpriced.length > 0).toBe(usesL4)
        expect(quote.gpuHours!.high).toBeLessThanOrEqual(quote.gpuHoursBound! + 1e-9)
      }),
    )
  })

  it('know nothing where nothing tells', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const open = {
          ...spec,
          components: spec.components.map(({ timeout: _, ...component }) => component),
        }
        const quote = quoteOf(open, null, capsOfSpec(open), prices)
        expect(quote).toMatchObject({ seconds: null, gpuHours: null, costs: [], bound: [] })
        const gpus = open.components.some(({ resources }) => gpusOf(resources) > 0)
        expect(quote.gpuHoursBound).toBe(gpus ? null : 0)
      }),
    )
  })

  it('a device takes the price of the longest type that its name contains', () => {
    const both = [
      ...prices,
      { deviceType: 'A100-SXM4-80GB', currency: 'USD', perHour: 6, spotFactor: 1 },
    ]
    expect(priceOf(both, 'NVIDIA A100-SXM4-80GB', 'USD')?.perHour).toBe(6)
    expect(priceOf(both, 'NVIDIA A100-SXM4-40GB', 'USD')?.perHour).toBe(4)
    expect(priceOf(both, 'NVIDIA H100', 'USD')).toBeUndefined()
  })
})
