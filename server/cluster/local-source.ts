import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, freemem, hostname, totalmem } from 'node:os'
import { promisify } from 'node:util'
import {
  countNodes,
  gpuAmounts,
  gpuAmountsByType,
  type Amounts,
  type GpuReading,
  type NodeReading,
  type RunUse,
} from '#schema/domain/cluster.ts'
import type { ClusterInventory } from '../executor/kubernetes/devices-inventory.ts'
import type { ClusterSource, HeldByRun, Observed } from './cluster-source.ts'

const run = promisify(execFile)
const mebibyte = 2 ** 20
/** A GPU counts as used when it was busy at any reading of the last five minutes. */
const windowMs = 5 * 60_000

export interface LocalGpu {
  readonly index: number
  readonly uuid: string
  readonly name: string
  readonly memoryBytes: number
  readonly memoryUsedBytes: number | null
  /** 0 to 1. */
  readonly utilisation: number | null
  readonly celsius: number | null
  readonly watts: number | null
}

const fields = 'index,uuid,name,memory.total,memory.used,utilization.gpu,temperature.gpu,power.draw'

/** Reads nvidia-smi's CSV; figures that a card does not tell ("[N/A]") are null. */
export function parseGpus(csv: string): LocalGpu[] {
  const found: LocalGpu[] = []
  for (const line of csv.split('\n')) {
    const cells = line.split(',').map((cell) => cell.trim())
    const figure = (at: number) => {
      const text = cells[at] ?? ''
      return /^\d+(\.\d+)?$/.test(text) ? Number(text) : null
    }
    const [index, total] = [figure(0), figure(3)]
    if (cells.length !== 8 || index === null || total === null) continue
    const [used, percent] = [figure(4), figure(5)]
    found.push({
      index,
      uuid: cells[1]!,
      name: cells[2]!,
      memoryBytes: total * mebibyte,
      memoryUsedBytes: used === null ? null : used * mebibyte,
      utilisation: percent === null ? null : percent / 100,
      celsius: figure(6),
      watts: figure(7),
    })
  }
  return found
}

async function nvidiaSmi(): Promise<LocalGpu[]> {
  try {
    const { stdout } = await run(
      'nvidia-smi',
      [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'],
      { timeout: 10_000 },
    )
    return parseGpus(stdout)
  } catch {
    // No driver, no devices.
    return []
  }
}

const number = async (path: string) => {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^\d+\s*$/.test(text) ? Number(text) : null
}

/** Memory and what is used of it; in a container with a limit, the container's. */
async function memoryNow(): Promise<{ total: number; used: number | null }> {
  const limit = process.constrainedMemory()
  if (limit > 0 && limit < totalmem()) {
    const used =
      (await number('/sys/fs/cgroup/memory.current')) ??
      (await number('/sys/fs/cgroup/memory/memory.usage_in_bytes'))
    return { total: limit, used: used === null ? null : Math.min(used, limit) }
  }
  // MemAvailable counts caches as free; os.freemem does the same on Linux, elsewhere it is what there is.
  return { total: totalmem(), used: totalmem() - freemem() }
}

function cpuTimes(): { busy: number; all: number } {
  let [busy, all] = [0, 0]
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.irq + times.idle
    all += sum
    busy += sum - times.idle
  }
  return { busy, all }
}

export interface LocalSourceDeps {
  now(): Date
  /** Made by tests: instead of nvidia-smi. */
  readonly gpus?: () => Promise<LocalGpu[]>
}

/** This machine as a cluster of one node: what it has, what runs hold by our books, what is really used. */
export function createLocalSource(deps: LocalSourceDeps): ClusterSource {
  const gpus = deps.gpus ?? nvidiaSmi
  let before = cpuTimes()
  const busyAt = new Map<string, { at: number; value: number }[]>()

  function peakOf(gpu: LocalGpu): number | null {
    if (gpu.utilisation === null) return null
    const now = deps.now().getTime()
    const seen = (busyAt.get(gpu.uuid) ?? []).filter(({ at }) => now - at <= windowMs)
    seen.push({ at: now, value: gpu.utilisation })
    busyAt.set(gpu.uuid, seen)
    return Math.max(...seen.map(({ value }) => value))
  }

  function coresUsed(): number | null {
    const now = cpuTimes()
    const [busy, all] = [now.busy - before.busy, now.all - before.all]
    if (all <= 0) return null
    before = now
    return (busy / all) * availableParallelism()
  }

  async function observe(everywhere: readonly HeldByRun[]): Promise<Observed> {
    const held = everywhere.filter((it) => it.executor === 'local')
    const [found, memory] = await Promise.all([gpus(), memoryNow()])
    const node = hostname()
    const holders = new Map(
      held.flatMap((it) => it.devices.map((index) => [index, it.runId] as const)),
    )
    const devices: GpuReading[] = found.map((gpu) => ({
      key: gpu.uuid,
      node,
      name: String(gpu.index),
      type: gpu.name,
      memoryBytes: gpu.memoryBytes,
      memoryUsedBytes: gpu.memoryUsedBytes,
      utilisation: gpu.utilisation,
      peak: peakOf(gpu),
      celsius: gpu.celsius,
      watts: gpu.watts,
      requested: holders.has(gpu.index),
      runId: holders.get(gpu.index) ?? null,
      nodeState: 'ACTIVE',
    }))
    const sum = (of: (it: HeldByRun) => number) => held.reduce((total, it) => total + of(it), 0)
    const cpu: Amounts = {
      total: availableParallelism(),
      requested: sum((it) => it.cores),
      used: coresUsed(),
    }
    const bytes: Amounts = { ...memory, requested: sum((it) => it.memoryBytes) }
    const nodes: NodeReading[] = [
      {
        name: node,
        state: 'ACTIVE',
        message: '',
        cpu,
        memory: bytes,
        gpus: gpuAmounts(devices),
        gpuTypes: [...new Set(found.map((gpu) => gpu.name))].sort(),
      },
    ]
    return {
      notices: [],
      abilities: ['Local processes'],
      gpus: gpuAmounts(devices),
      gpuTypes: gpuAmountsByType(devices),
      cpu,
      memory: bytes,
      nodeCounts: countNodes(nodes),
      runs: runUses(held, devices),
      nodes,
      devices,
    }
  }

  /** One node whose devices are told one by one, so that the preflight can say which fit and why not. */
  async function inventory(): Promise<ClusterInventory> {
    const [found, memory] = await Promise.all([gpus(), memoryNow()])
    const node = hostname()
    return {
      abilities: {
        version: { major: 1, minor: 36 },
        dra: true,
        classes: [
          { name: 'gpu.nvidia.com', selectors: [], extendedResourceName: 'nvidia.com/gpu' },
        ],
        draProducts: [...new Set(found.map((gpu) => gpu.name))].sort(),
        draArchitectures: [],
        draProfiles: [],
        extended: {},
        labels: { products: [], families: [], memory: false, sharing: [] },
        kueue: false,
        hami: false,
      },
      nodes: [
        {
          name: node,
          state: 'ACTIVE',
          message: '',
          labels: {},
          taints: [],
          // Cores and memory are capped to what there is, not refused (server/run/slots.ts).
          cores: Number.MAX_SAFE_INTEGER,
          memoryBytes: Math.max(memory.total, Number.MAX_SAFE_INTEGER),
          pods: Number.MAX_SAFE_INTEGER,
          coresRequested: 0,
          memoryRequested: 0,
          podsRequested: 0,
          extended: {},
          hami: false,
        },
      ],
      devices: found.map((gpu) => ({
        driver: 'gpu.nvidia.com',
        pool: node,
        name: String(gpu.index),
        node,
        attributes: { 'gpu.nvidia.com': { type: 'gpu', productName: gpu.name, uuid: gpu.uuid } },
        capacity: { 'gpu.nvidia.com': { memory: String(gpu.memoryBytes) } },
        taints: [],
        claim: null,
        counters: [],
      })),
      counters: new Map(),
      faults: [],
    }
  }

  return {
    kind: 'LOCAL',
    name: 'This machine',
    context: null,
    tolerations: [],
    observe,
    inventory,
  }
}

/** RS-05: what each run holds by the queue's books; GPUs in use by the readings of its devices. */
export function runUses(held: readonly HeldByRun[], devices: readonly GpuReading[]): RunUse[] {
  const runs = new Map<string, HeldByRun[]>()
  for (const it of held) runs.set(it.runId, [...(runs.get(it.runId) ?? []), it])
  return [...runs].map(([runId, parts]) => {
    const own = devices.filter((device) => device.runId === runId)
    const plain = (of: (it: HeldByRun) => number): Amounts => {
      const total = parts.reduce((sum, it) => sum + of(it), 0)
      return { total, requested: total, used: null }
    }
    const gpus = gpuAmounts(own)
    const books = parts.reduce((sum, it) => sum + it.devices.length, 0)
    return {
      runId,
      gpus: {
        total: Math.max(books, gpus.total),
        requested: Math.max(books, gpus.requested),
        used: gpus.used,
      },
      cpu: plain((it) => it.cores),
      memory: plain((it) => it.memoryBytes),
    }
  })
}
