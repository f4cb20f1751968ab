import type { Resources } from '#schema/domain/spec.ts'
import type { Capacity } from '../executor/executor.ts'
import { matching } from '../queue/demand.ts'

/** What one attempt holds while it is open. */
export interface Slot {
  readonly cores: number
  readonly memoryBytes: number
  readonly devices: readonly number[]
}

const defaultCores = 1

function deviceCount(resources: Resources): number {
  if (resources.gpuCount !== undefined) return resources.gpuCount
  return resources.gpuType !== undefined || resources.gpuMemory !== undefined ? 1 : 0
}

function matchingDevices(resources: Resources, capacity: Capacity): readonly number[] {
  const type = resources.gpuType?.toLowerCase() ?? null
  return matching({ count: 0, type, memoryBytes: resources.gpuMemory?.bytes ?? null }, capacity)
}

/** Why the machine could never run this, idle as it may be; null when it could. Cores and memory are capped instead. */
export function neverFits(name: string, resources: Resources, capacity: Capacity): string | null {
  const asked = deviceCount(resources)
  if (asked === 0) return null
  const fit = matchingDevices(resources, capacity).length
  if (asked <= fit) return null
  const kind = [
    resources.gpuType,
    resources.gpuMemory === undefined ? undefined : `with at least ${resources.gpuMemory.text}`,
  ].filter((part) => part !== undefined)
  return `The component "${name}" asks for ${asked} GPU${asked === 1 ? '' : 's'}${kind.length === 0 ? '' : ` (${kind.join(' ')})`}; this machine has ${capacity.devices.length}, of which ${fit} fit.`
}

/** The slot for these resources beside those that are taken, or null when it has to wait. */
export function findSlot(
  resources: Resources,
  capacity: Capacity,
  taken: readonly Slot[],
): Slot | null {
  const cores = Math.min(resources.cpu?.cores ?? defaultCores, capacity.cores)
  const memoryBytes = Math.min(resources.memory?.bytes ?? 0, capacity.memoryBytes)
  const sum = (pick: (slot: Slot) => number) => taken.reduce((total, slot) => total + pick(slot), 0)
  if (sum((slot) => slot.cores) + cores > capacity.cores + 1e-9) return null
  if (sum((slot) => slot.memoryBytes) + memoryBytes > capacity.memoryBytes) return null
  const count = deviceCount(resources)
  if (count === 0) return { cores, memoryBytes, devices: [] }
  const busy = new Set(taken.flatMap((slot) => slot.devices))
  const free = matchingDevices(resources, capacity).filter((index) => !busy.has(index))
  return free.length < count ? null : { cores, memoryBytes, devices: free.slice(0, count) }
}
