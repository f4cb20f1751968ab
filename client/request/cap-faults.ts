import type { Fault } from '../graph/ask.ts'

export type CapName = 'gpuType' | 'gpuCount' | 'gpuMemory' | 'cpu' | 'memory' | 'longest'

const capOfPath: Readonly<Record<string, CapName>> = {
  'resources.gpuType': 'gpuType',
  'resources.gpuCount': 'gpuCount',
  'resources.gpuMemory': 'gpuMemory',
  'resources.cpu': 'cpu',
  'resources.memory': 'memory',
  'resources.longest': 'longest',
  'resources.maxSeconds': 'longest',
  'resources.gpu_type': 'gpuType',
  'resources.gpu_count': 'gpuCount',
  'resources.gpu_memory': 'gpuMemory',
  timeout: 'longest',
}

/** The field that a fault belongs to; a component over the cap belongs to the cap. Null: to none. */
function capOf({ path, code }: Fault): CapName | null {
  if (code !== 'RESOURCES' && code !== 'OVER_CAP') return null
  return capOfPath[path.replace(/^components\[\d+\]\./, '')] ?? null
}

/** What is wrong, each sentence in one place only: at its field where it has one, else in `others`. */
export function sortFaults(faults: readonly Fault[]): {
  readonly at: ReadonlyMap<CapName, readonly string[]>
  readonly others: readonly string[]
} {
  const at = new Map<CapName, string[]>()
  const others: string[] = []
  const told = new Set<string>()
  for (const fault of faults) {
    if (told.has(fault.message)) continue
    told.add(fault.message)
    const cap = capOf(fault)
    if (cap === null) others.push(fault.message)
    else at.set(cap, [...(at.get(cap) ?? []), fault.message])
  }
  return { at, others }
}
