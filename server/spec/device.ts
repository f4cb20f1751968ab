import { localCapacity } from '../executor/local/capacity.ts'

/** What the plan may count on: the largest GPU of this machine, if it has any. */
export async function localDevice(): Promise<{ gpus: number; gpuMemoryGb: number }> {
  const { devices } = await localCapacity()
  const bytes = Math.max(0, ...devices.map((device) => device.memoryBytes))
  // Drivers report a little less than the figure on the box: 24 GB cards say 23.99.
  return { gpus: devices.length, gpuMemoryGb: Math.round(bytes / 1024 ** 3) }
}
