import type { Id } from './id.ts'
import { gpusOf, type ResourceCaps } from './request.ts'
import type { Component, Spec } from './spec.ts'
import type { SpecEstimate } from './stored-spec.ts'

export interface Money {
  /** ISO 4217, such as USD or KRW. */
  readonly currency: string
  readonly amount: number
}

/** CO-01: what one device of a type costs for an hour. Type `cpu` stands for one core. */
export interface Price {
  readonly deviceType: string
  readonly currency: string
  readonly perHour: number
  /** What a spot node costs of it, 0 to 1. */
  readonly spotFactor: number
}

/** A figure with how far it may be off. */
export interface Range {
  readonly low: number
  readonly likely: number
  readonly high: number
}

/** A cost with its range, in one currency. */
export interface CostRange extends Range {
  readonly currency: string
}

/** CO-02: what a spec will take, before it runs. Null where nothing tells. */
export interface CostQuote {
  readonly seconds: Range | null
  readonly gpuHours: Range | null
  readonly costs: readonly CostRange[]
  /** The same on spot nodes throughout. */
  readonly spotCosts: readonly CostRange[]
  /** Nothing costs more than this while every time limit holds; one entry per currency. */
  readonly bound: readonly Money[]
  readonly gpuHoursBound: number | null
  /** Device types that have no price in some currency that another one has. */
  readonly unpriced: readonly string[]
}

/** What was used and what it cost. */
export interface Usage {
  readonly gpuHours: number
  readonly cpuHours: number
  readonly costs: readonly Money[]
  /** GPU hours on devices without a price. */
  readonly unpricedGpuHours: number
}

export const usageGroupings = ['RUN', 'PERSON', 'PROJECT', 'MONTH'] as const
export type UsageGrouping = (typeof usageGroupings)[number]

export interface UsageRow extends Usage {
  /** Of the run, person or project; the month's first day as 2026-11. */
  readonly key: string
  readonly name: string
}

/** CO-03: how much may be spent in a month. */
export interface Budget {
  readonly id: Id
  /** Both null: the whole installation. */
  readonly projectId: Id | null
  readonly personId: Id | null
  readonly name: string
  readonly currency: string
  readonly amount: number
  readonly spent: number
  /** What waiting and running work may still cost. */
  readonly committed: number
  /** 80 and 100 when they were reached this month. */
  readonly notices: readonly number[]
}

/** How long steps usually take beside each other: a training dwarfs what is around it. */
const weights: Readonly<Record<string, number>> = {
  data_loader: 2,
  preprocessor: 5,
  trainer: 75,
  evaluator: 18,
}

/** The price of a device by its name: the longest type that the name contains. */
export function priceOf(
  prices: readonly Price[],
  device: string,
  currency: string,
): Price | undefined {
  const name = device.toLowerCase()
  return prices
    .filter((price) => price.currency === currency && name.includes(price.deviceType.toLowerCase()))
    .sort((a, b) => b.deviceType.length - a.deviceType.length)[0]
}

function times(range: Range, factor: number): Range {
  return { low: range.low * factor, likely: range.likely * factor, high: range.high * factor }
}

function plus(a: Range, b: Range): Range {
  return { low: a.low + b.low, likely: a.likely + b.likely, high: a.high + b.high }
}

const nothing: Range = { low: 0, likely: 0, high: 0 }

/** Money is told to a hundredth of a hundredth: sums of floats must not change a signature. */
export function roundMoney(amount: number): number {
  return Math.round(amount * 10_000) / 10_000
}

interface Held {
  readonly device: string
  readonly units: number
}

/** What a component holds while it runs: its GPUs and its cores. */
function heldBy({ resources }: Component): Held[] {
  const gpus = gpusOf(resources)
  const cores = resources.cpu?.cores ?? 1
  return [
    ...(gpus > 0 ? [{ device: resources.gpuType ?? 'gpu', units: gpus }] : []),
    { device: 'cpu', units: cores },
  ]
}

/**
 * The quote for a spec: times from its estimate, spread over the components by how long their type usually takes;
 * the bound from time limits where there are any, else from the estimate's high figure.
 *
 * @param device the GPU that a component without a type will get, for its price
 */
export function quoteOf(
  spec: Spec,
  estimate: SpecEstimate | null,
  caps: ResourceCaps,
  prices: readonly Price[],
  device: string | null = null,
): CostQuote {
  const whole = spec.components.reduce((sum, { type }) => sum + (weights[type] ?? 20), 0)
  const parts = spec.components.map((component) => {
    const share = (weights[component.type] ?? 20) / whole
    const limit = component.timeout?.seconds ?? caps.maxSeconds
    const told = estimate === null ? null : times(estimate.seconds, share)
    const seconds =
      told === null || limit === null
        ? told
        : {
            low: Math.min(told.low, limit),
            likely: Math.min(told.likely, limit),
            high: Math.min(told.high, limit),
          }
    // Each try of its own may last as long as it is let; lost machines are not counted.
    const longest = limit !== null ? limit * ((component.retries ?? 0) + 1) : (told?.high ?? null)
    const held = heldBy(component).map((it) =>
      it.device === 'gpu' && device !== null ? { ...it, device } : it,
    )
    return { component, seconds, longest, held, gpus: gpusOf(component.resources) }
  })
  const known = parts.every((part) => part.seconds !== null) && parts.length > 0
  const bounded = parts.every((part) => part.longest !== null) && parts.length > 0
  const seconds = known ? parts.reduce((sum, part) => plus(sum, part.seconds!), nothing) : null
  const gpuHours = known
    ? parts.reduce((sum, part) => plus(sum, times(part.seconds!, part.gpus / 3600)), nothing)
    : null
  const noGpus = parts.every((part) => part.gpus === 0)
  const currencies = [...new Set(prices.map((price) => price.currency))].sort()
  const unpriced = new Set<string>()
  const costs: CostRange[] = []
  const spotCosts: CostRange[] = []
  const bound: Money[] = []
  for (const currency of currencies) {
    let sum = nothing
    let spot = nothing
    let most = 0
    let complete = true
    for (const part of parts) {
      for (const { device: name, units } of part.held) {
        const price = priceOf(prices, name, currency)
        if (price === undefined) {
          // Cores are often not billed; a GPU without a price makes the sum a lie.
          if (name === 'cpu') continue
          unpriced.add(name)
          complete = false
          continue
        }
        const perSecond = (price.perHour * units) / 3600
        const factor = part.component.spot === true ? price.spotFactor : 1
        if (part.seconds !== null) {
          sum = plus(sum, times(part.seconds, perSecond * factor))
          spot = plus(spot, times(part.seconds, perSecond * price.spotFactor))
        }
        most += (part.longest ?? 0) * perSecond
      }
    }
    if (!complete) continue
    const told = (range: Range): CostRange => ({
      currency,
      low: roundMoney(range.low),
      likely: roundMoney(range.likely),
      high: roundMoney(range.high),
    })
    if (known) {
      costs.push(told(sum))
      spotCosts.push(told(spot))
    }
    if (bounded) bound.push({ currency, amount: roundMoney(most) })
  }
  const gpuSecondsBound = parts.reduce((sum, part) => sum + (part.longest ?? 0) * part.gpus, 0)
  return {
    seconds,
    gpuHours,
    costs,
    spotCosts,
    bound,
    gpuHoursBound: noGpus ? 0 : bounded ? gpuSecondsBound / 3600 : null,
    unpriced: [...unpriced].sort(),
  }
}
