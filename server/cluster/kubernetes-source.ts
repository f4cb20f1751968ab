import {
  countNodes,
  gpuAmounts,
  gpuAmountsByType,
  sumAmounts,
  type Amounts,
  type GpuReading,
  type NodeReading,
} from '#schema/domain/cluster.ts'
import type { Toleration } from '../executor/kubernetes/devices.ts'
import { readCluster, type KubernetesApi } from '../executor/kubernetes/devices-discover.ts'
import {
  memoryBytesOf,
  productOf,
  readInventory,
  type ClusterInventory,
  type NodeFacts,
  type RawCluster,
  type RawPod,
} from '../executor/kubernetes/devices-inventory.ts'
import { quantityNumber } from '../executor/kubernetes/devices-quantity.ts'
import type { ClusterSource, HeldByRun, Observed } from './cluster-source.ts'
import { runUses } from './local-source.ts'
import type { DcgmGpu, Prometheus } from './prometheus.ts'

export interface KubernetesSourceDeps {
  readonly name: string
  readonly context: string
  readonly api: KubernetesApi
  /** null: not configured. */
  readonly prometheus: Prometheus | null
  readonly tolerations?: readonly Toleration[]
  /** The label of a run's pods that holds the run's id. */
  readonly runLabel: string
  /** The name by which attempts say where they run. */
  readonly executor: string
}

interface Usage {
  readonly cores: number
  readonly memoryBytes: number
}

const timeoutMs = 15_000
/** Kubelets are asked one by one where there is no metrics server: of few nodes only. */
const maxAsked = 20

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(
      () => fail(new Error(`${what} did not answer within ${timeoutMs / 1_000} s`)),
      timeoutMs,
    )
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** CPU and memory really used, by node: from the metrics server, else from the kubelets. */
async function readUsage(api: KubernetesApi, raw: RawCluster): Promise<Map<string, Usage>> {
  const found = new Map<string, Usage>()
  if (raw.groups.includes('metrics.k8s.io')) {
    const items = await api.list('/apis/metrics.k8s.io/v1beta1/nodes').catch(() => null)
    for (const item of (items ?? []) as {
      metadata: { name: string }
      usage: { cpu: string; memory: string }
    }[])
      found.set(item.metadata.name, {
        cores: quantityNumber(item.usage.cpu),
        memoryBytes: quantityNumber(item.usage.memory),
      })
    if (found.size > 0) return found
  }
  // Simulated nodes have no kubelet to ask.
  const asked = raw.nodes
    .filter((node) => node.metadata.annotations?.['kwok.x-k8s.io/node'] === undefined)
    .slice(0, maxAsked)
  await Promise.all(
    asked.map(async ({ metadata }) => {
      const summary = (await api
        .get(`/api/v1/nodes/${metadata.name}/proxy/stats/summary?only_cpu_and_memory=true`)
        .catch(() => null)) as {
        node?: { cpu?: { usageNanoCores?: number }; memory?: { workingSetBytes?: number } }
      } | null
      const { cpu, memory } = summary?.node ?? {}
      if (cpu?.usageNanoCores !== undefined && memory?.workingSetBytes !== undefined)
        found.set(metadata.name, {
          cores: cpu.usageNanoCores / 1e9,
          memoryBytes: memory.workingSetBytes,
        })
    }),
  )
  return found
}

const podKey = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`

/** Devices one by one: those of ResourceSlices, then what device plugins count, joined with DCGM's figures. */
export function readDevices(
  raw: RawCluster,
  inventory: ClusterInventory,
  dcgm: readonly DcgmGpu[],
  runLabel: string,
): GpuReading[] {
  const pods = new Map(
    raw.pods.map((pod) => [podKey(pod.metadata.namespace, pod.metadata.name), pod] as const),
  )
  const runOfPod = (pod: RawPod | undefined) => pod?.metadata.labels?.[runLabel] ?? null
  const claimPods = new Map(
    raw.claims.map((claim) => [
      podKey(claim.metadata.namespace, claim.metadata.name),
      claim.status?.reservedFor?.find((it) => it.resource === 'pods')?.name,
    ]),
  )
  const byUuid = new Map(dcgm.map((gpu) => [gpu.uuid, gpu] as const))
  const byNode = new Map<string, DcgmGpu[]>()
  for (const gpu of dcgm) byNode.set(gpu.node, [...(byNode.get(gpu.node) ?? []), gpu])
  const states = new Map(inventory.nodes.map((node) => [node.name, node.state] as const))
  const measured = (gpu: DcgmGpu | undefined) => ({
    memoryUsedBytes: gpu?.memoryUsedBytes ?? null,
    utilisation: gpu?.utilisation ?? null,
    peak: gpu?.peak ?? null,
    celsius: gpu?.celsius ?? null,
    watts: gpu?.watts ?? null,
  })
  const found: GpuReading[] = []
  for (const device of inventory.devices) {
    if (device.driver !== 'gpu.nvidia.com' || device.node === null) continue
    const attributes = device.attributes['gpu.nvidia.com'] ?? {}
    const uuid = typeof attributes['uuid'] === 'string' ? attributes['uuid'] : ''
    const name = device.name
    const known = byUuid.get(uuid)
    // Drivers of simulated devices may give one uuid twice: the node decides.
    const gpu =
      known !== undefined && (known.node === device.node || known.node === '')
        ? known
        : byNode.get(device.node)?.find((it) => `gpu-${it.index}` === name)
    const pod =
      device.claim === null
        ? undefined
        : claimPods.get(podKey(device.claim.namespace, device.claim.name))
    found.push({
      key: `${device.node}/${name}`,
      node: device.node,
      name,
      type: productOf(device) || (gpu?.type ?? ''),
      memoryBytes: memoryBytesOf(device) ?? gpu?.memoryBytes ?? null,
      ...measured(gpu),
      requested: device.claim !== null,
      runId: pod === undefined ? null : runOfPod(pods.get(podKey(device.claim!.namespace, pod))),
      nodeState: states.get(device.node) ?? 'DOWN',
    })
  }
  for (const node of inventory.nodes)
    found.push(...pluginDevices(node, byNode.get(node.name) ?? []))
  return found

  function pluginDevices(node: NodeFacts, gpus: readonly DcgmGpu[]): GpuReading[] {
    const counted = node.extended['nvidia.com/gpu']
    if (counted === undefined || counted.total === 0) return []
    const label = node.labels['nvidia.com/gpu.product'] ?? ''
    const mib = node.labels['nvidia.com/gpu.memory']
    // The plugin tells how many are held, not which: those that DCGM sees in a pod come first.
    const rows = Array.from({ length: counted.total }, (_, at) => gpus[at])
    const inPods = rows.filter((gpu) => gpu?.pod != null).length
    let unknown = Math.max(0, counted.requested - inPods)
    return rows.map((gpu, at) => {
      const inPod = gpu?.pod != null
      const requested = inPod || unknown > 0
      if (!inPod && unknown > 0) unknown -= 1
      return {
        key: `${node.name}/${gpu?.index ?? at}`,
        node: node.name,
        name: `gpu-${gpu?.index ?? at}`,
        type: gpu?.type !== undefined && gpu.type !== '' ? gpu.type : label,
        memoryBytes:
          gpu?.memoryBytes ??
          (mib !== undefined && /^\d+$/.test(mib) ? Number(mib) * 2 ** 20 : null),
        ...measured(gpu),
        requested,
        runId:
          gpu?.pod == null ? null : runOfPod(pods.get(podKey(gpu.pod.namespace, gpu.pod.name))),
        nodeState: node.state,
      }
    })
  }
}

function nodeReading(
  node: NodeFacts,
  devices: readonly GpuReading[],
  usage: Usage | undefined,
): NodeReading {
  return {
    name: node.name,
    state: node.state,
    message: node.message,
    cpu: { total: node.cores, requested: node.coresRequested, used: usage?.cores ?? null },
    memory: {
      total: node.memoryBytes,
      requested: node.memoryRequested,
      used: usage?.memoryBytes ?? null,
    },
    gpus: gpuAmounts(devices),
    gpuTypes: [
      ...new Set(devices.map((device) => device.type).filter((type) => type !== '')),
    ].sort(),
  }
}

function abilityTexts({ abilities }: ClusterInventory): string[] {
  const { version } = abilities
  return [
    `Kubernetes ${version.major}.${version.minor}`,
    ...(abilities.dra ? ['Dynamic Resource Allocation'] : []),
    ...((abilities.extended['nvidia.com/gpu'] ?? 0) > 0 ? ['NVIDIA device plugin'] : []),
    ...(abilities.draProfiles.length > 0 ||
    Object.keys(abilities.extended).some((name) => name.startsWith('nvidia.com/mig-'))
      ? ['MIG']
      : []),
    ...abilities.labels.sharing.filter((it) => it !== 'none').map((it) => `GPU sharing: ${it}`),
    ...(abilities.hami ? ['HAMi'] : []),
    ...(abilities.kueue ? ['Kueue'] : []),
  ]
}

/** A Kubernetes cluster by its API and, where there is one, Prometheus with DCGM's metrics. */
export function createKubernetesSource(deps: KubernetesSourceDeps): ClusterSource {
  const { api } = deps

  async function observe(everywhere: readonly HeldByRun[]): Promise<Observed> {
    const raw = await within(readCluster(api), `The cluster "${deps.name}"`)
    const inventory = readInventory(raw)
    const notices = [...inventory.faults]
    const [usage, dcgm] = await Promise.all([
      within(readUsage(api, raw), 'Metrics').catch(() => new Map<string, Usage>()),
      readPrometheus(notices),
    ])
    const devices = readDevices(raw, inventory, dcgm, deps.runLabel)
    const byNode = new Map<string, GpuReading[]>()
    for (const device of devices) {
      const known = byNode.get(device.node)
      if (known === undefined) byNode.set(device.node, [device])
      else known.push(device)
    }
    const nodes = inventory.nodes.map((node) =>
      nodeReading(node, byNode.get(node.name) ?? [], usage.get(node.name)),
    )
    if (usage.size === 0)
      notices.push(
        'Used CPU and memory are not measured: the cluster has no metrics server, or its kubelets may not be asked.',
      )
    const up = nodes.filter((node) => node.state !== 'DOWN')
    const known = up.filter((node) => node.cpu.used !== null).length
    if (usage.size > 0 && known < up.length)
      notices.push(`Used CPU and memory are measured on ${known} of ${up.length} nodes.`)
    const shown = devices.filter((device) => device.nodeState !== 'DOWN')
    const seen = shown.filter((device) => device.peak !== null).length
    if (dcgm.length > 0 && seen < shown.length)
      notices.push(`Use is measured of ${seen} of ${shown.length} GPUs.`)
    const sum = (of: (node: NodeReading) => Amounts) => sumAmounts(up.map(of))
    const held = everywhere.filter((it) => it.executor === deps.executor)
    return {
      notices: notices.slice(0, 20),
      abilities: abilityTexts(inventory).slice(0, 20),
      gpus: gpuAmounts(devices),
      gpuTypes: gpuAmountsByType(devices),
      cpu: sum((node) => node.cpu),
      memory: sum((node) => node.memory),
      nodeCounts: countNodes(nodes),
      runs: runUses(held, devices),
      nodes,
      devices,
    }
  }

  async function readPrometheus(notices: string[]): Promise<DcgmGpu[]> {
    if (deps.prometheus === null) {
      notices.push(
        'Used GPUs are not measured: set AUTODIDACT_PROMETHEUS to a Prometheus with DCGM metrics.',
      )
      return []
    }
    try {
      const gpus = await deps.prometheus.gpus()
      if (gpus.length === 0)
        notices.push(
          'Used GPUs are not measured: Prometheus has no DCGM metrics (DCGM_FI_DEV_GPU_UTIL).',
        )
      return gpus
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      notices.push(
        `Used GPUs are not measured: Prometheus does not answer (${cause.slice(0, 120)}).`,
      )
      return []
    }
  }

  return {
    kind: 'KUBERNETES',
    name: deps.name,
    context: deps.context,
    tolerations: deps.tolerations ?? [],
    observe,
    inventory: async () =>
      readInventory(await within(readCluster(api), `The cluster "${deps.name}"`)),
  }
}
