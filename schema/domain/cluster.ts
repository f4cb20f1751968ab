import type { Id } from './id.ts'

export const nodeStates = ['ACTIVE', 'DRAIN', 'DOWN'] as const
export type NodeState = (typeof nodeStates)[number]

export const clusterKinds = ['LOCAL', 'KUBERNETES'] as const
export type ClusterKind = (typeof clusterKinds)[number]

/** Where runs go. */
export interface Cluster {
  readonly id: Id
  readonly name: string
  readonly kind: ClusterKind
  /** The kubeconfig context; null on this machine. */
  readonly context: string | null
  readonly createdAt: Date
}

/**
 * How much there is of something and where it goes (RS-01). `used` is null where nothing measures it.
 * What is idle is total - requested; the share is used / total.
 */
export interface Amounts {
  readonly total: number
  readonly requested: number
  readonly used: number | null
}

export function idleOf({ total, requested }: Amounts): number {
  return Math.max(0, total - requested)
}

/** 0 to 1; null where use is not measured or there is nothing. */
export function shareUsed({ total, used }: Amounts): number | null {
  return used === null || total <= 0 ? null : used / total
}

/** One device as it is now. */
export interface GpuReading {
  /** Unique in its cluster: its uuid, or its node and name. */
  readonly key: string
  readonly node: string
  readonly name: string
  /** Empty when nothing tells. */
  readonly type: string
  readonly memoryBytes: number | null
  readonly memoryUsedBytes: number | null
  /** 0 to 1, now. */
  readonly utilisation: number | null
  /** The highest utilisation in the window: a GPU is used when it was above 0. */
  readonly peak: number | null
  readonly celsius: number | null
  readonly watts: number | null
  /** Something holds it. */
  readonly requested: boolean
  /** The run that holds it, where that is known. */
  readonly runId: Id | null
  readonly nodeState: NodeState
}

/** One machine as it is now. */
export interface NodeReading {
  readonly name: string
  readonly state: NodeState
  /** Why it is not active, or what troubles it; empty when all is well. */
  readonly message: string
  /** Cores. */
  readonly cpu: Amounts
  /** Bytes. */
  readonly memory: Amounts
  readonly gpus: Amounts
  /** Product names, sorted. */
  readonly gpuTypes: readonly string[]
}

export interface TypeAmounts extends Amounts {
  /** Empty: devices that do not tell their type. */
  readonly type: string
}

/** What a run holds (RS-05). */
export interface RunUse {
  readonly runId: Id
  readonly gpus: Amounts
  readonly cpu: Amounts
  readonly memory: Amounts
}

export type ClusterState = 'READY' | 'UNREACHABLE'

/** A cluster at one moment: what it has, what is asked of it, what is really used. */
export interface ClusterReading {
  readonly clusterId: Id
  readonly at: Date
  readonly state: ClusterState
  /** What an administrator should know: why it is unreachable, what is not measured; at most 20 sentences. */
  readonly notices: readonly string[]
  /** Such as "Kubernetes 1.36, Dynamic Resource Allocation"; at most 20. */
  readonly abilities: readonly string[]
  readonly gpus: Amounts
  readonly gpuTypes: readonly TypeAmounts[]
  /** Cores. */
  readonly cpu: Amounts
  /** Bytes. */
  readonly memory: Amounts
  readonly nodeCounts: Readonly<Record<NodeState, number>>
  readonly runs: readonly RunUse[]
  readonly nodes: readonly NodeReading[]
  readonly devices: readonly GpuReading[]
}

const none: Amounts = { total: 0, requested: 0, used: null }

/** Sums; use is known when it is known of any part. */
export function sumAmounts(parts: Iterable<Amounts>): Amounts {
  let { total, requested, used } = none
  for (const part of parts) {
    total += part.total
    requested += part.requested
    if (part.used !== null) used = (used ?? 0) + part.used
  }
  return { total, requested, used }
}

/** Devices as RS-01 counts them: on nodes that are not down, requested when held, used when busy in the window. */
export function gpuAmounts(devices: Iterable<GpuReading>): Amounts {
  return sumAmounts(
    [...devices]
      .filter((device) => device.nodeState !== 'DOWN')
      .map((device) => ({
        total: 1,
        requested: device.requested ? 1 : 0,
        used: device.peak === null ? null : device.peak > 0 ? 1 : 0,
      })),
  )
}

/** RS-02: the same by type, the most numerous first. */
export function gpuAmountsByType(devices: Iterable<GpuReading>): TypeAmounts[] {
  const types = new Map<string, GpuReading[]>()
  for (const device of devices) {
    const known = types.get(device.type)
    if (known === undefined) types.set(device.type, [device])
    else known.push(device)
  }
  return [...types]
    .map(([type, list]) => ({ type, ...gpuAmounts(list) }))
    .filter((row) => row.total > 0)
    .sort((a, b) => b.total - a.total || (a.type < b.type ? -1 : 1))
}

export function countNodes(nodes: Iterable<NodeReading>): Record<NodeState, number> {
  const counts: Record<NodeState, number> = { ACTIVE: 0, DRAIN: 0, DOWN: 0 }
  for (const { state } of nodes) counts[state] += 1
  return counts
}

/** What charts show over time; `GPU` may be of one type. */
export const historySeries = ['GPU', 'CPU', 'MEMORY'] as const
export type HistorySeries = (typeof historySeries)[number]

/** The mean of an interval that begins at `at`. */
export interface HistoryPoint extends Amounts {
  readonly at: Date
  /** The highest use in it. */
  readonly usedPeak: number | null
}

export interface ClusterHistory {
  /** How long each point's interval is. */
  readonly seconds: number
  readonly points: readonly HistoryPoint[]
}

/** How finely history is kept, and for how long: 6 hours, 14 days, 400 days. */
export const historyLevels = [
  { seconds: 15, keepSeconds: 6 * 3_600 },
  { seconds: 300, keepSeconds: 14 * 86_400 },
  { seconds: 3_600, keepSeconds: 400 * 86_400 },
] as const

/** NOW: it could start. LATER: it could, were enough free. NEVER: nothing here will do. */
export type DeviceVerdict = 'NOW' | 'LATER' | 'NEVER'

/** Like devices with the same verdict. */
export interface DeviceGroup {
  readonly type: string
  readonly memoryBytes: number | null
  readonly matches: boolean
  /** Why not; empty when they match. */
  readonly why: string
  readonly count: number
  readonly free: number
  /** Some of the nodes that have them, at most 5. */
  readonly nodes: readonly string[]
}

/** Which devices a component could use, and why not the others. */
export interface DevicePreview {
  readonly verdict: DeviceVerdict
  readonly sentence: string
  readonly matching: number
  readonly free: number
  /** Matching ones first; at most 50. */
  readonly groups: readonly DeviceGroup[]
}
