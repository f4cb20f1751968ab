import { gpusOf } from '#schema/domain/request.ts'
import type { Spec } from '#schema/domain/spec.ts'
import type { Capacity } from '../executor/executor.ts'
import type { Slot } from '../run/slots.ts'

/** So many devices of a type, or with at least so much memory. */
export interface DeviceAsk {
  readonly count: number
  readonly type: string | null
  readonly memoryBytes: number | null
}

/** The most that any step of a run wants at once; a run is given this when it leaves the queue. */
export interface Demand {
  readonly cores: number
  readonly memoryBytes: number
  /** Different wishes of different steps: one device may serve several of them, one after the other. */
  readonly devices: readonly DeviceAsk[]
}

export const smallest: Demand = { cores: 1, memoryBytes: 0, devices: [] }
/** "24GB" on a card means what its vendor means by it: a 24 GB card reports 23,034 MiB (design 05). */
const deviceMemoryShare = 0.93

export function demandOf(spec: Spec): Demand {
  const asks = new Map<string, DeviceAsk>()
  let cores = 1
  let memoryBytes = 0
  for (const { resources } of spec.components) {
    cores = Math.max(cores, resources.cpu?.cores ?? 1)
    memoryBytes = Math.max(memoryBytes, resources.memory?.bytes ?? 0)
    const count = gpusOf(resources)
    if (count === 0) continue
    const type = resources.gpuType?.toLowerCase() ?? null
    const bytes = resources.gpuMemory?.bytes ?? null
    const key = `${type ?? ''}\n${bytes ?? ''}`
    asks.set(key, {
      count: Math.max(count, asks.get(key)?.count ?? 0),
      type,
      memoryBytes: bytes,
    })
  }
  return { cores, memoryBytes, devices: [...asks.values()].sort((a, b) => b.count - a.count) }
}

/** A stored demand; rows from before it was stored count as the smallest. */
export function readDemand(stored: unknown): Demand {
  const demand = stored as Partial<Demand> | null
  return demand?.devices === undefined ? smallest : (demand as Demand)
}

const known = new WeakMap<Capacity, Map<string, readonly number[]>>()

/** The indices of the devices that fit a wish. */
export function matching(ask: DeviceAsk, capacity: Capacity): readonly number[] {
  const answers = known.get(capacity) ?? new Map<string, readonly number[]>()
  known.set(capacity, answers)
  const key = `${ask.type ?? ''}\n${ask.memoryBytes ?? ''}`
  const answer = answers.get(key)
  if (answer !== undefined) return answer
  const bytes = ask.memoryBytes
  const fit = capacity.devices
    .filter((device) => ask.type === null || device.name.toLowerCase().includes(ask.type))
    .filter((device) => bytes === null || device.memoryBytes >= bytes * deviceMemoryShare)
    .map((device) => device.index)
  answers.set(key, fit)
  return fit
}

interface Used {
  readonly cores: number
  readonly memoryBytes: number
  readonly devices: ReadonlySet<number>
}

// A whole window of candidates is held against the same slots: they are summed once.
const sums = new WeakMap<readonly Slot[], { readonly count: number; readonly used: Used }>()

function usedBy(taken: readonly Slot[]): Used {
  const before = sums.get(taken)
  if (before?.count === taken.length) return before.used
  const used = {
    cores: taken.reduce((all, slot) => all + slot.cores, 0),
    memoryBytes: taken.reduce((all, slot) => all + slot.memoryBytes, 0),
    devices: new Set(taken.flatMap((slot) => slot.devices)),
  }
  sums.set(taken, { count: taken.length, used })
  return used
}

/** The first wish that could not be met even if nothing else ran; cores and memory are capped instead. */
export function neverMet(demand: Demand, capacity: Capacity): DeviceAsk | null {
  return demand.devices.find((ask) => matching(ask, capacity).length < ask.count) ?? null
}

/**
 * What the run would be given beside what is taken, or null while there is too little.
 *
 * @param avoid devices to take only when no others are left
 */
export function place(
  demand: Demand,
  capacity: Capacity,
  taken: readonly Slot[],
  avoid: ReadonlySet<number> = new Set(),
): Slot | null {
  const cores = Math.min(demand.cores, capacity.cores)
  const memoryBytes = Math.min(demand.memoryBytes, capacity.memoryBytes)
  const used = usedBy(taken)
  if (used.cores + cores > capacity.cores + 1e-9) return null
  if (used.memoryBytes + memoryBytes > capacity.memoryBytes) return null
  const own = new Set<number>()
  for (const ask of demand.devices) {
    const fit = matching(ask, capacity).filter((index) => !used.devices.has(index))
    // What the run has for another step serves this one too.
    const mine = fit.filter((index) => own.has(index)).length
    if (mine >= ask.count) continue
    const fresh = fit.filter((index) => !own.has(index))
    if (avoid.size > 0) fresh.sort((a, b) => Number(avoid.has(a)) - Number(avoid.has(b)))
    const more = fresh.slice(0, ask.count - mine)
    if (mine + more.length < ask.count) return null
    for (const index of more) own.add(index)
  }
  return { cores, memoryBytes, devices: [...own].sort((a, b) => a - b) }
}
