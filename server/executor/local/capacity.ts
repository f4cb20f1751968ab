import { execFile } from 'node:child_process'
import { availableParallelism, totalmem } from 'node:os'
import { promisify } from 'node:util'
import type { Capacity, Device } from '../executor.ts'

const run = promisify(execFile)
const mebibyte = 1024 * 1024

/** Reads `index, name, memory [MiB]` lines as nvidia-smi prints them; what cannot be read is left out. */
export function parseDevices(csv: string): Device[] {
  const devices: Device[] = []
  for (const line of csv.split('\n')) {
    const match = /^\s*(\d+)\s*,\s*(.+?)\s*,\s*(\d+)\s*$/.exec(line)
    if (match === null) continue
    devices.push({
      index: Number(match[1]),
      name: match[2]!,
      memoryBytes: Number(match[3]) * mebibyte,
    })
  }
  return devices
}

async function devices(): Promise<Device[]> {
  try {
    const { stdout } = await run(
      'nvidia-smi',
      ['--query-gpu=index,name,memory.total', '--format=csv,noheader,nounits'],
      { timeout: 10_000 },
    )
    return parseDevices(stdout)
  } catch {
    // No driver, no devices.
    return []
  }
}

/** What this machine has; a container's memory limit counts as the machine's. */
export async function localCapacity(): Promise<Capacity> {
  const limit = process.constrainedMemory()
  return {
    cores: availableParallelism(),
    memoryBytes: limit > 0 && limit < totalmem() ? limit : totalmem(),
    devices: await devices(),
  }
}
