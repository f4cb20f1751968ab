import type { Capacity } from '../executor/executor.ts'
import { localCapacity } from '../executor/local/capacity.ts'

/** What the plan may count on: how many GPUs, and the memory of the largest. */
export function deviceOf({ devices }: Pick<Capacity, 'devices'>): {
  gpus: number
  gpuMemoryGb: number
} {
  const bytes = Math.max(0, ...devices.map((device) => device.memoryBytes))
  // Drivers report a little less than the figure on the box: 24 GB cards say 23.99.
  return { gpus: devices.length, gpuMemoryGb: Math.round(bytes / 1024 ** 3) }
}

/** The GPUs of this machine, if it has any. */
export async function localDevice(): Promise<{ gpus: number; gpuMemoryGb: number }> {
  return deviceOf(await localCapacity())
}
