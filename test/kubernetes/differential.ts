import { setTimeout as sleep } from 'node:timers/promises'
import { readCpu, readQuantity } from '#schema/domain/quantity.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Resources } from '#schema/domain/spec.ts'
import { compileDevices } from '#server/executor/kubernetes/devices.ts'
import {
  readInventory,
  type RawClaim,
  type RawClass,
  type RawCluster,
  type RawNode,
  type RawPod,
  type RawSlice,
} from '#server/executor/kubernetes/devices-inventory.ts'
import { preflight } from '#server/executor/kubernetes/devices-preflight.ts'
import type { TestApi } from './api.ts'

/** Seeded: the same sets and wishes for the same seed (mulberry32). */
export function seeded(seed: number) {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    below: (bound: number) => Math.floor(next() * bound),
    chance: (share: number) => next() < share,
    of: <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)]!,
  }
}
type Dice = ReturnType<typeof seeded>

const products = [
  ['NVIDIA L4', 'Ada Lovelace', 23034],
  ['NVIDIA L40S', 'Ada Lovelace', 46068],
  ['NVIDIA GeForce RTX 4090', 'Ada Lovelace', 24564],
  ['NVIDIA A10', 'Ampere', 23028],
  ['NVIDIA A100-SXM4-40GB', 'Ampere', 40960],
  ['NVIDIA A100-SXM4-80GB', 'Ampere', 81920],
  ['NVIDIA H100 80GB HBM3', 'Hopper', 81559],
  ['Tesla T4', 'Turing', 15360],
] as const

interface Labels {
  readonly [name: string]: string
}
/** A made-up cluster: what is posted, and what the preflight reads. */
export interface SyntheticSet {
  readonly nodes: (RawNode & { metadata: { labels: Labels; annotations: Labels } })[]
  readonly slices: RawSlice[]
}

const driver = 'gpu.nvidia.com'
const simulated = { key: 'kwok.x-k8s.io/node', value: 'fake', effect: 'NoSchedule' }

function makeDevice(dice: Dice, index: number) {
  const [product, architecture, memory] = dice.of(products)
  const mig = dice.chance(0.15)
  const attributes: Record<string, object> = {
    type: { string: mig ? 'mig' : 'gpu' },
    productName: { string: product },
    architecture: { string: architecture },
    cudaComputeCapability: { version: '8.9.0' },
    'resource.kubernetes.io/pcieRoot': { string: `pci0000:${index}` },
  }
  const capacity: Record<string, { value: string }> = {
    memory: { value: mig ? '9856Mi' : dice.chance(0.1) ? `${memory * 1024}Ki` : `${memory}Mi` },
  }
  if (mig) attributes['profile'] = { string: dice.of(['1g.10gb', '2g.20gb', '3g.40gb']) }
  // Holes and nonsense, as drivers of other versions have them; `type` is what NVIDIA's own class reads.
  if (dice.chance(0.08)) delete attributes['productName']
  if (dice.chance(0.08)) delete attributes['architecture']
  if (dice.chance(0.08)) delete capacity['memory']
  if (dice.chance(0.03)) attributes['productName'] = { int: 4 }
  if (dice.chance(0.03)) attributes['architecture'] = { bool: true }
  if (dice.chance(0.02)) attributes['profile'] = { version: '1.0.0' }
  return {
    name: `gpu-${index}`,
    attributes,
    capacity,
    ...(dice.chance(0.05)
      ? { taints: [{ key: 'example.com/unhealthy', effect: dice.of(['NoSchedule', 'NoExecute']) }] }
      : {}),
  }
}

/** One to three nodes with what nodes may have: slices, a device plugin, holes, taints, incomplete pools. */
export function makeSet(dice: Dice, name: string): SyntheticSet {
  const nodes: SyntheticSet['nodes'] = []
  const slices: RawSlice[] = []
  const count = 1 + dice.below(3)
  for (let at = 0; at < count; at += 1) {
    const node = `${name}-${at}`
    const capacity: Record<string, string> = {
      cpu: dice.of(['4', '16', '64']),
      memory: dice.of(['16Gi', '64Gi', '256Gi']),
      pods: dice.chance(0.05) ? '1' : '110',
    }
    const labels: Record<string, string> = {
      'kubernetes.io/hostname': node,
      type: 'kwok',
      'd-set': name,
    }
    const plugin = dice.chance(0.35)
    if (plugin) {
      const [product, architecture, memory] = dice.of(products)
      capacity['nvidia.com/gpu'] = String(1 + dice.below(8))
      if (dice.chance(0.85))
        labels['nvidia.com/gpu.product'] = product.replace(/[^A-Za-z0-9.-]+/g, '-')
      if (dice.chance(0.85))
        labels['nvidia.com/gpu.family'] = architecture.toLowerCase().replaceAll(' ', '-')
      if (dice.chance(0.85)) labels['nvidia.com/gpu.memory'] = String(memory)
      if (dice.chance(0.1)) {
        labels['nvidia.com/gpu.sharing-strategy'] = 'time-slicing'
        labels['nvidia.com/gpu.replicas'] = '4'
      }
      if (dice.chance(0.1)) capacity['nvidia.com/mig-1g.10gb'] = String(1 + dice.below(4))
    }
    const taints = [simulated]
    if (dice.chance(0.08)) taints.push({ key: 'd-own', value: 'x', effect: 'NoSchedule' })
    if (dice.chance(0.2))
      taints.push({ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' })
    nodes.push({
      metadata: { name: node, labels, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
      spec: { taints, ...(dice.chance(0.05) ? { unschedulable: true } : {}) },
      status: { capacity, allocatable: capacity },
    })
    if (plugin && dice.chance(0.7)) continue
    const generation = 1 + dice.below(2)
    const parts = dice.chance(0.2) ? 2 : 1
    const devices = Array.from({ length: 1 + dice.below(8) }, (_, index) => makeDevice(dice, index))
    const incomplete = dice.chance(0.06)
    const slice = (suffix: string, of: number, list: typeof devices, made = driver) => ({
      metadata: { name: `${node}-${suffix}` },
      spec: {
        driver: made,
        nodeName: node,
        pool: { name: node, generation: of, resourceSliceCount: incomplete ? parts + 1 : parts },
        devices: list as unknown as NonNullable<RawSlice['spec']['devices']>,
      },
    })
    const half = Math.ceil(devices.length / parts)
    for (let part = 0; part < parts; part += 1)
      slices.push(slice(`s${part}`, generation, devices.slice(part * half, (part + 1) * half)))
    // What a newer generation has replaced.
    if (generation === 2 && dice.chance(0.5)) slices.push(slice('old', 1, [makeDevice(dice, 20)]))
    if (dice.chance(0.15))
      slices.push({
        ...slice('other', 1, [makeDevice(dice, 0)], 'other.example.com'),
        spec: {
          ...slice('other', 1, [makeDevice(dice, 0)], 'other.example.com').spec,
          pool: { name: node, generation: 1, resourceSliceCount: 1 },
        },
      })
  }
  return { nodes, slices }
}

export function makeWish(dice: Dice): Resources {
  const memory = dice.of([
    '12GB',
    '16GB',
    '20GB',
    '24GB',
    '40GB',
    '48GB',
    '80GB',
    '22Gi',
    '23034Mi',
  ])
  const type = dice.of([
    'L4',
    'A100',
    'A100 80GB',
    'NVIDIA H100 80GB HBM3',
    'T4',
    'RTX 4090',
    'Hopper',
    'Ampere',
    'Ada Lovelace',
    'H100 or A100',
    'L4 or T4 or A10',
    'B200',
  ])
  const share = dice.chance(0.15)
    ? { gpuShare: dice.of(['mig:1g.10gb', 'mig:3g.40gb', 'time_slice', 'full']) }
    : {}
  return {
    ...(dice.chance(0.75) ? { gpuCount: dice.of([1, 1, 1, 2, 2, 3, 4, 8]) } : { gpuCount: 1 }),
    ...(dice.chance(0.5) ? { gpuType: type } : {}),
    ...(dice.chance(0.4) ? { gpuMemory: readQuantity(memory) } : {}),
    ...(dice.chance(0.4) ? { cpu: readCpu(dice.of([1, 4, 8, 32, '500m', 100])) } : {}),
    ...(dice.chance(0.4)
      ? { memory: readQuantity(dice.of(['1GB', '16Gi', '32GB', '200Gi'])) }
      : {}),
    ...share,
  }
}

export interface Disagreement {
  readonly set: string
  readonly wish: Resources
  readonly foretold: string
  readonly seen: string
  /** Nodes of the set that are not Ready now: with one away, the scheduler judges another cluster than the preflight did. */
  readonly away: readonly string[]
}

export interface DifferentialReport {
  sets: number
  wishes: number
  agreed: number
  now: number
  later: number
  never: number
  /** Wishes that the compiler refuses on that cluster, so that there is nothing to schedule. */
  refused: number
  celErrors: number
  rejectedByApi: number
  disagreements: Disagreement[]
}

const tolerations = [
  { key: 'kwok.x-k8s.io/node', operator: 'Exists' as const, effect: 'NoSchedule' as const },
]

async function made(api: TestApi, path: string, body: unknown): Promise<any> {
  const answer = await api.call('POST', path, body)
  if (answer.status >= 300)
    throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 600)}`)
  return answer.body
}

/** Follows the pods of a namespace by reading them several times a second. */
function follow(api: TestApi, namespace: string) {
  let pods = new Map<string, any>()
  let stopped = false
  const loop = (async () => {
    while (!stopped) {
      const answer = await api.call('GET', `/api/v1/namespaces/${namespace}/pods`).catch(() => null)
      if (answer?.status === 200)
        pods = new Map(answer.body.items.map((pod: any) => [pod.metadata.name, pod]))
      await sleep(120)
    }
  })()
  return {
    pod: (name: string) => pods.get(name),
    async stop() {
      stopped = true
      await loop
    },
  }
}

interface Seen {
  readonly node: string | null
  readonly message: string
  readonly pod: any
}

/** A device freed a moment ago may reach the scheduler after the pod, and its own pause before it looks again is up to 10 s. */
const secondLookMs = 45_000
/** A scheduler that says nothing for so long is no verdict, whatever was foretold. */
const verdictMs = 180_000

/**
 * What the scheduler has decided: it bound the pod, or said (PodScheduled is False) why it does not. Where the pod is
 * expected to find a place, a refusal counts only when it stays.
 *
 * @throws Error when it says nothing at all: that is neither agreement nor disagreement
 */
async function observe(
  followed: ReturnType<typeof follow>,
  name: string,
  expected: boolean,
): Promise<Seen> {
  const begun = Date.now()
  let refusedAt: number | null = null
  for (;;) {
    const pod = followed.pod(name)
    const node = pod?.spec?.nodeName as string | undefined
    if (node !== undefined) return { node, message: '', pod }
    const condition = pod?.status?.conditions?.find((it: any) => it.type === 'PodScheduled')
    if (condition?.status === 'False') {
      refusedAt ??= Date.now()
      if (!expected || Date.now() - refusedAt > secondLookMs)
        return { node: null, message: condition.message ?? condition.reason, pod }
    }
    if (Date.now() - begun > verdictMs)
      throw new Error(`kube-scheduler said nothing of the pod ${name} for ${verdictMs / 1_000} s`)
    await sleep(40)
  }
}

/**
 * The nodes as the scheduler may use them: made Ready by kwok; a new one is tainted not-ready until then, and one whose
 * heartbeats come late is so again.
 *
 * @throws Error naming the node that does not become Ready
 */
async function untilReady(api: TestApi, names: readonly string[]): Promise<RawNode[]> {
  const nodes: RawNode[] = []
  for (const name of names)
    for (let turn = 0; ; turn += 1) {
      const node = (await api.get(`/api/v1/nodes/${name}`)) as RawNode | null
      if (node !== null && isReady(node)) {
        nodes.push(node)
        break
      }
      if (turn === 1_200) throw new Error(`the node ${name} is not Ready after two minutes`)
      await sleep(100)
    }
  return nodes
}

function isReady(node: RawNode): boolean {
  const ready = node.status?.conditions?.find((it) => it.type === 'Ready')?.status === 'True'
  const tainted = node.spec?.taints?.some(({ key }) =>
    /^node\.kubernetes\.io\/(not-ready|unreachable)$/.test(key ?? ''),
  )
  return ready && tainted !== true
}

/** Runs seeded sets against the scheduler of a real cluster and compares its verdicts with the preflight's. */
export async function runDifferential(
  api: TestApi,
  options: {
    readonly namespace: string
    readonly prefix: string
    readonly sets: number
    /** Number of the first set: a long series can be run in parts. */
    readonly from?: number
    readonly wishes: number
    readonly seed: number
    readonly parallel?: number
    tell?(line: string): void
  },
): Promise<DifferentialReport> {
  const { namespace, prefix } = options
  const report: DifferentialReport = {
    sets: 0,
    wishes: 0,
    agreed: 0,
    now: 0,
    later: 0,
    never: 0,
    refused: 0,
    celErrors: 0,
    rejectedByApi: 0,
    disagreements: [],
  }
  const classes = (await api.list('/apis/resource.k8s.io/v1/deviceclasses')) as RawClass[]
  const version = (await api.get('/version')) as RawCluster['version']
  await api.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  })
  // A namespace takes pods once its service account is there.
  for (let turn = 0; turn < 100; turn += 1) {
    if ((await api.get(`/api/v1/namespaces/${namespace}/serviceaccounts/default`)) !== null) break
    await sleep(100)
  }
  const followed = follow(api, namespace)
  const claimsPath = `/apis/resource.k8s.io/v1/namespaces/${namespace}/resourceclaims`

  const dropClaim = async (name: string) => {
    await api.call(
      'PATCH',
      `${claimsPath}/${name}`,
      { metadata: { finalizers: null } },
      'application/merge-patch+json',
    )
    await api.call('DELETE', `${claimsPath}/${name}`)
  }

  async function oneSet(index: number): Promise<void> {
    const dice = seeded(options.seed * 100_003 + index)
    const name = `${prefix}-${index}`
    const set = makeSet(dice, name)
    const pods: RawPod[] = []
    const held: { pod: string; claims: string[] }[] = []
    for (const node of set.nodes)
      await made(api, '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', ...node })
    for (const slice of set.slices)
      await made(api, '/apis/resource.k8s.io/v1/resourceslices', {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceSlice',
        ...slice,
      })
    try {
      const nodes = await untilReady(
        api,
        set.nodes.map(({ metadata }) => metadata.name),
      )
      await sleep(300)
      for (let turn = 0; turn < options.wishes; turn += 1) {
        const wish = makeWish(dice)
        const keep = dice.chance(0.3)
        const claims: RawClaim[] = []
        for (const one of held.flatMap((it) => it.claims)) {
          const claim = (await api.get(`${claimsPath}/${one}`)) as RawClaim | null
          if (claim !== null) claims.push(claim)
        }
        const inventory = readInventory({
          version,
          groups: [],
          dra: true,
          nodes,
          pods,
          classes,
          slices: set.slices,
          claims,
        })
        const foretold = preflight(wish, inventory, {
          tolerations,
          nodeSelector: { 'd-set': name },
        })!
        const podName = `${name}-${turn}`
        let compiled
        try {
          compiled = compileDevices(wish, inventory.abilities, {
            name: podName,
            namespace,
            tolerations,
          })
        } catch (error) {
          if (!(error instanceof DomainError) || error.code !== 'UNAVAILABLE') throw error
          report.wishes += 1
          report.refused += 1
          if (foretold.verdict === 'NEVER') report.agreed += 1
          continue
        }
        const requests = {
          ...(wish.cpu === undefined ? {} : { cpu: String(wish.cpu.cores) }),
          ...(wish.memory === undefined ? {} : { memory: String(wish.memory.bytes) }),
        }
        const spec = {
          nodeSelector: { 'd-set': name },
          tolerations: compiled.tolerations,
          ...(compiled.nodeAffinity === null
            ? {}
            : { affinity: { nodeAffinity: compiled.nodeAffinity } }),
          resourceClaims: compiled.resourceClaims.map((it) => ({
            name: it.name,
            resourceClaimName: podName,
          })),
          containers: [
            {
              name: 'main',
              image: 'localhost/busybox:1',
              resources: {
                requests,
                limits: compiled.podResources.limits,
                claims: compiled.podResources.claims,
              },
            },
          ],
        }
        const template = compiled.resourceClaimTemplates[0]
        const ownClaims: string[] = []
        try {
          if (template !== undefined) {
            await made(api, claimsPath, {
              apiVersion: 'resource.k8s.io/v1',
              kind: 'ResourceClaim',
              metadata: { name: podName },
              spec: template.spec.spec,
            })
            ownClaims.push(podName)
          }
          await made(api, `/api/v1/namespaces/${namespace}/pods`, {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: podName, annotations: { 'simulated/runs-for': '1h' } },
            spec,
          })
        } catch (error) {
          report.wishes += 1
          report.rejectedByApi += 1
          report.disagreements.push({
            set: name,
            wish,
            foretold: foretold.verdict,
            seen: String(error),
            away: [],
          })
          continue
        }
        const seen = await observe(followed, podName, foretold.verdict === 'NOW')
        if (/CEL runtime|no such key|no such overload/i.test(seen.message)) report.celErrors += 1
        const agree =
          (foretold.verdict === 'NOW') === (seen.node !== null) &&
          (seen.node === null || foretold.nodes.includes(seen.node))
        // Counted when judged: what is still asked is no disagreement.
        report.wishes += 1
        if (agree) report.agreed += 1
        else {
          const away: string[] = []
          for (const { metadata } of set.nodes) {
            const node = (await api.get(`/api/v1/nodes/${metadata.name}`)) as RawNode | null
            if (node === null || !isReady(node)) away.push(metadata.name)
          }
          report.disagreements.push({
            away,
            set: name,
            wish,
            foretold: `${foretold.verdict} ${foretold.sentence} [${foretold.nodes.join(', ')}] ${JSON.stringify([...foretold.nodeReasons])}`,
            seen: seen.node ?? seen.message,
          })
        }
        report[
          foretold.verdict === 'NOW' ? 'now' : foretold.verdict === 'LATER' ? 'later' : 'never'
        ] += 1
        const byScheduler = (
          (await api.get(`/api/v1/namespaces/${namespace}/pods/${podName}`)) as any
        )?.status?.extendedResourceClaimStatus?.resourceClaimName as string | undefined
        if (byScheduler !== undefined) ownClaims.push(byScheduler)
        if (seen.node !== null && keep) {
          pods.push({
            metadata: { name: podName, namespace },
            spec: { nodeName: seen.node, containers: spec.containers },
          })
          held.push({ pod: podName, claims: ownClaims })
        } else {
          await api.call(
            'DELETE',
            `/api/v1/namespaces/${namespace}/pods/${podName}?gracePeriodSeconds=0`,
          )
          for (const claim of ownClaims) await dropClaim(claim)
        }
      }
      report.sets += 1
      if (report.sets % 10 === 0)
        options.tell?.(`${report.sets} sets, ${report.agreed} of ${report.wishes} agreed`)
    } finally {
      for (const { pod, claims } of held) {
        await api.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${pod}?gracePeriodSeconds=0`)
        for (const claim of claims) await dropClaim(claim)
      }
      for (const slice of set.slices)
        await api.call('DELETE', `/apis/resource.k8s.io/v1/resourceslices/${slice.metadata.name}`)
      for (const node of set.nodes) await api.call('DELETE', `/api/v1/nodes/${node.metadata.name}`)
    }
  }

  let next = options.from ?? 0
  const end = next + options.sets
  try {
    await Promise.all(
      Array.from({ length: Math.min(options.parallel ?? 12, options.sets) }, async () => {
        for (let index = next++; index < end; index = next++) await oneSet(index)
      }),
    )
  } finally {
    await followed.stop()
    await api.call('DELETE', `/api/v1/namespaces/${namespace}`)
  }
  return report
}
