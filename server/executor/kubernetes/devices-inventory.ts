import type { Abilities, DeviceClassFacts, Toleration } from './devices.ts'
import type { CelAttribute, CelDevice } from './devices-cel.ts'
import { quantityNumber } from './devices-quantity.ts'

// The parts of Kubernetes' objects that are read here. Whatever is absent is absent on the wire too.
interface Meta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly deletionTimestamp?: string
}
export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}
type Quantities = Readonly<Record<string, string>>

export interface RawNode {
  readonly metadata: Meta
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[] }
  readonly status?: {
    readonly allocatable?: Quantities
    readonly capacity?: Quantities
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly message?: string
    }[]
  }
}
export interface RawContainer {
  readonly restartPolicy?: string
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities }
}
export interface RawPod {
  readonly metadata: Meta
  readonly spec?: {
    readonly nodeName?: string
    readonly containers?: readonly RawContainer[]
    readonly initContainers?: readonly RawContainer[]
    readonly overhead?: Quantities
    readonly resources?: { readonly requests?: Quantities }
  }
  readonly status?: { readonly phase?: string }
}
interface RawDevice {
  readonly name: string
  readonly attributes?: Readonly<
    Record<
      string,
      {
        readonly string?: string
        readonly bool?: boolean
        readonly int?: number
        readonly version?: string
      }
    >
  >
  readonly capacity?: Readonly<Record<string, { readonly value: string }>>
  readonly taints?: readonly Taint[]
  readonly nodeName?: string
  readonly allowMultipleAllocations?: boolean
  readonly consumesCounters?: readonly {
    readonly counterSet: string
    readonly counters: Readonly<Record<string, { readonly value: string }>>
  }[]
}
export interface RawSlice {
  readonly metadata: Meta
  readonly spec: {
    readonly driver: string
    readonly nodeName?: string
    readonly allNodes?: boolean
    readonly perDeviceNodeSelection?: boolean
    readonly nodeSelector?: unknown
    readonly pool: {
      readonly name: string
      readonly generation: number
      readonly resourceSliceCount: number
    }
    readonly devices?: readonly RawDevice[]
    readonly sharedCounters?: readonly {
      readonly name: string
      readonly counters: Readonly<Record<string, { readonly value: string }>>
    }[]
  }
}
export interface RawClass {
  readonly metadata: Meta
  readonly spec: {
    readonly selectors?: readonly { readonly cel?: { readonly expression: string } }[]
    readonly extendedResourceName?: string
  }
}
export interface RawClaim {
  readonly metadata: Meta
  readonly status?: {
    readonly reservedFor?: readonly { readonly resource: string; readonly name: string }[]
    readonly allocation?: {
      readonly devices?: {
        readonly results?: readonly {
          readonly driver: string
          readonly pool: string
          readonly device: string
          readonly adminAccess?: boolean
        }[]
      }
    }
  }
}

/** All that is read from a cluster at one moment. */
export interface RawCluster {
  readonly version: { readonly major: string; readonly minor: string }
  /** Served API groups. */
  readonly groups: readonly string[]
  readonly dra: boolean
  readonly nodes: readonly RawNode[]
  readonly pods: readonly RawPod[]
  readonly classes: readonly RawClass[]
  readonly slices: readonly RawSlice[]
  readonly claims: readonly RawClaim[]
}

export type NodeState = 'ACTIVE' | 'DRAIN' | 'DOWN'

export interface NodeFacts {
  readonly name: string
  readonly state: NodeState
  /** Why it is not ACTIVE, or under which pressure; empty when there is nothing to tell. */
  readonly message: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly cores: number
  readonly memoryBytes: number
  readonly pods: number
  readonly coresRequested: number
  readonly memoryRequested: number
  readonly podsRequested: number
  /** Device-plugin resources: allocatable and requested pieces. */
  readonly extended: Readonly<
    Record<string, { readonly total: number; readonly requested: number }>
  >
  /** HAMi manages its devices. */
  readonly hami: boolean
}

/** One device of a ResourceSlice. */
export interface DeviceFacts extends CelDevice {
  readonly pool: string
  readonly name: string
  /** null: reachable from more than one node. */
  readonly node: string | null
  readonly taints: readonly Taint[]
  /** The claim that holds it; null when it is free. */
  readonly claim: { readonly namespace: string; readonly name: string } | null
  /** It takes from what its siblings take from (MIG); `driver/pool/set`. */
  readonly counters: readonly {
    readonly set: string
    readonly name: string
    readonly amount: number
  }[]
}

export interface ClusterInventory {
  readonly abilities: Abilities
  readonly nodes: readonly NodeFacts[]
  /** Devices that the scheduler would hand out: of each pool the newest, complete generation. */
  readonly devices: readonly DeviceFacts[]
  /** What shared counters hold in all, by `driver/pool/set/name`. */
  readonly counters: ReadonlyMap<string, number>
  /** Sentences about pools that cannot be used, and so on. */
  readonly faults: readonly string[]
}

/** What a scheduled pod holds: the greater of its containers with sidecars and of each init container in its turn. */
export function podRequests(pod: RawPod): Record<string, number> {
  const total: Record<string, number> = {}
  const peak: Record<string, number> = {}
  const sidecars: Record<string, number> = {}
  const add = (into: Record<string, number>, from: Quantities | undefined) => {
    for (const [name, value] of Object.entries(from ?? {}))
      into[name] = (into[name] ?? 0) + quantityNumber(value)
  }
  // Limits stand in for requests that were left away.
  const asked = ({ resources }: RawContainer) => ({ ...resources?.limits, ...resources?.requests })
  for (const container of pod.spec?.containers ?? []) add(total, asked(container))
  for (const container of pod.spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') add(sidecars, asked(container))
    const turn = { ...sidecars }
    if (container.restartPolicy !== 'Always') add(turn, asked(container))
    for (const [name, value] of Object.entries(turn)) peak[name] = Math.max(peak[name] ?? 0, value)
  }
  for (const [name, value] of Object.entries(sidecars)) total[name] = (total[name] ?? 0) + value
  for (const [name, value] of Object.entries(peak)) total[name] = Math.max(total[name] ?? 0, value)
  for (const [name, value] of Object.entries(pod.spec?.resources?.requests ?? {}))
    total[name] = quantityNumber(value)
  add(total, pod.spec?.overhead)
  return total
}

const drainTaint = 'node.kubernetes.io/unschedulable'

function nodeState(node: RawNode): { state: NodeState; message: string } {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')
  const taints = node.spec?.taints ?? []
  if (ready !== undefined && ready.status !== 'True')
    return {
      state: 'DOWN',
      message:
        ready.status === 'Unknown'
          ? 'Its kubelet does not report any more.'
          : (ready.message ?? 'It is not ready.'),
    }
  const gone = taints.find(
    (taint) =>
      taint.key === 'node.kubernetes.io/unreachable' ||
      taint.key === 'node.kubernetes.io/not-ready',
  )
  if (gone !== undefined) return { state: 'DOWN', message: `It is tainted ${gone.key}.` }
  if (
    node.spec?.unschedulable === true ||
    taints.some((taint) => taint.key === drainTaint) ||
    node.metadata.deletionTimestamp !== undefined
  )
    return { state: 'DRAIN', message: 'It is cordoned: what runs ends there, nothing new begins.' }
  const pressure = (node.status?.conditions ?? [])
    .filter((condition) => condition.type !== 'Ready' && condition.status === 'True')
    .map((condition) => condition.type)
  return {
    state: 'ACTIVE',
    message: pressure.length === 0 ? '' : `Under ${pressure.join(', ')}.`,
  }
}

const finished = (pod: RawPod) =>
  pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

const native = /^(cpu|memory|pods|ephemeral-storage|hugepages-.*|attachable-volumes-.*)$/

function readNodes(raw: RawCluster): NodeFacts[] {
  const held = new Map<string, Record<string, number>>()
  for (const pod of raw.pods) {
    const node = pod.spec?.nodeName
    if (node === undefined || finished(pod)) continue
    const sum = held.get(node) ?? {}
    held.set(node, sum)
    for (const [name, value] of Object.entries(podRequests(pod)))
      sum[name] = (sum[name] ?? 0) + value
    sum['pods'] = (sum['pods'] ?? 0) + 1
  }
  return raw.nodes.map((node) => {
    const allocatable = node.status?.allocatable ?? {}
    const requested = held.get(node.metadata.name) ?? {}
    return {
      name: node.metadata.name,
      ...nodeState(node),
      labels: node.metadata.labels ?? {},
      taints: node.spec?.taints ?? [],
      cores: quantityNumber(allocatable['cpu']),
      memoryBytes: quantityNumber(allocatable['memory']),
      pods: quantityNumber(allocatable['pods']),
      coresRequested: requested['cpu'] ?? 0,
      memoryRequested: requested['memory'] ?? 0,
      podsRequested: requested['pods'] ?? 0,
      extended: Object.fromEntries(
        Object.entries(allocatable)
          .filter(([name]) => !native.test(name))
          .map(([name, total]) => [
            name,
            { total: quantityNumber(total), requested: requested[name] ?? 0 },
          ]),
      ),
      hami: Object.keys(node.metadata.annotations ?? {}).some((key) =>
        key.startsWith('hami.io/node-'),
      ),
    }
  })
}

function readAttribute(value: {
  string?: string
  bool?: boolean
  int?: number
  version?: string
}): CelAttribute | null {
  if (value.string !== undefined) return value.string
  if (value.bool !== undefined) return value.bool
  if (value.int !== undefined) return value.int
  if (value.version !== undefined) return { version: value.version }
  return null
}

/** Names without a domain belong to the driver's. */
function byDomain<From, To>(
  driver: string,
  values: Readonly<Record<string, From>> | undefined,
  read: (value: From) => To | null,
): Record<string, Record<string, To>> {
  const found: Record<string, Record<string, To>> = {}
  for (const [name, value] of Object.entries(values ?? {})) {
    const slash = name.lastIndexOf('/')
    const domain = slash < 0 ? driver : name.slice(0, slash)
    const meant = read(value)
    if (meant !== null) (found[domain] ??= {})[name.slice(slash + 1)] = meant
  }
  return found
}

const poolKey = (driver: string, pool: string) => `${driver}/${pool}`

/** The slices that the scheduler uses; a pool that is incomplete or doubled is told and left out. */
function usablePools(raw: RawCluster, faults: string[]): RawSlice[] {
  const pools = new Map<string, RawSlice[]>()
  for (const slice of raw.slices) {
    const key = poolKey(slice.spec.driver, slice.spec.pool.name)
    const known = pools.get(key)
    const generation = known?.[0]?.spec.pool.generation ?? -1
    if (known === undefined || slice.spec.pool.generation > generation) pools.set(key, [slice])
    else if (slice.spec.pool.generation === generation) known.push(slice)
  }
  const usable: RawSlice[] = []
  for (const [key, slices] of pools) {
    const wanted = slices[0]!.spec.pool.resourceSliceCount
    const names = slices.flatMap((slice) => (slice.spec.devices ?? []).map((it) => it.name))
    if (slices.length !== wanted)
      faults.push(
        `The driver has published ${slices.length} of ${wanted} slices of the pool ${key}: its devices cannot be used yet.`,
      )
    else if (new Set(names).size !== names.length)
      faults.push(`The pool ${key} names a device twice: the scheduler refuses it.`)
    else usable.push(...slices)
  }
  return usable
}

function readDevices(raw: RawCluster, slices: readonly RawSlice[]): DeviceFacts[] {
  const holders = new Map<string, { namespace: string; name: string }>()
  for (const claim of raw.claims)
    for (const result of claim.status?.allocation?.devices?.results ?? [])
      if (result.adminAccess !== true)
        holders.set(`${poolKey(result.driver, result.pool)}/${result.device}`, {
          namespace: claim.metadata.namespace ?? '',
          name: claim.metadata.name,
        })
  return slices.flatMap((slice) =>
    (slice.spec.devices ?? []).map((device) => {
      const facts = factsOf(slice, device)
      const claim = holders.get(`${poolKey(facts.driver, facts.pool)}/${facts.name}`)
      return { ...facts, claim: claim ?? null }
    }),
  )
}

type LastingFacts = Omit<DeviceFacts, 'claim'>

/** Slices hardly ever change: 8,000 devices are read once, and not every 15 s. */
const known = new WeakMap<RawDevice, LastingFacts>()

function factsOf({ spec }: RawSlice, device: RawDevice): LastingFacts {
  const before = known.get(device)
  if (before !== undefined) return before
  const pool = poolKey(spec.driver, spec.pool.name)
  const facts: LastingFacts = {
    driver: spec.driver,
    pool: spec.pool.name,
    name: device.name,
    node: spec.nodeName ?? (spec.perDeviceNodeSelection === true ? device.nodeName : null) ?? null,
    attributes: byDomain(spec.driver, device.attributes, readAttribute),
    capacity: byDomain(spec.driver, device.capacity, ({ value }) => value),
    taints: device.taints ?? [],
    counters: (device.consumesCounters ?? []).flatMap(({ counterSet, counters }) =>
      Object.entries(counters).map(([name, { value }]) => ({
        set: `${pool}/${counterSet}`,
        name,
        amount: quantityNumber(value),
      })),
    ),
  }
  known.set(device, facts)
  return facts
}

const sorted = (values: Iterable<string | undefined>) =>
  [
    ...new Set([...values].filter((value) => value !== undefined && value !== '')),
  ].sort() as string[]

function attributeTexts(devices: readonly DeviceFacts[], name: string): string[] {
  return sorted(
    devices.map((device) => {
      const value = device.attributes['gpu.nvidia.com']?.[name]
      return typeof value === 'string' ? value : undefined
    }),
  )
}

function readClasses(raw: RawCluster): DeviceClassFacts[] {
  return raw.classes.map(({ metadata, spec }) => ({
    name: metadata.name,
    selectors: (spec.selectors ?? []).flatMap(({ cel }) =>
      cel === undefined ? [] : [cel.expression],
    ),
    extendedResourceName: spec.extendedResourceName ?? null,
  }))
}

/** What the cluster can and has, from what it answered. Pure. */
export function readInventory(raw: RawCluster): ClusterInventory {
  const faults: string[] = []
  const nodes = readNodes(raw)
  const slices = usablePools(raw, faults)
  const devices = readDevices(raw, slices)
  const extended: Record<string, number> = {}
  for (const node of nodes)
    for (const [name, { total }] of Object.entries(node.extended))
      extended[name] = (extended[name] ?? 0) + total
  const label = (name: string) => sorted(nodes.map((node) => node.labels[name]))
  const holding = nodes.filter((node) => Object.keys(node.extended).length > 0)
  const heldLabel = (name: string) => sorted(holding.map((node) => node.labels[name]))
  return {
    abilities: {
      version: {
        major: Number.parseInt(raw.version.major, 10),
        minor: Number.parseInt(raw.version.minor, 10),
      },
      dra: raw.dra,
      classes: readClasses(raw),
      draProducts: attributeTexts(devices, 'productName'),
      draArchitectures: attributeTexts(devices, 'architecture'),
      draProfiles: attributeTexts(devices, 'profile'),
      extended,
      labels: {
        // Labels count where a device plugin hands out what they describe.
        products: heldLabel('nvidia.com/gpu.product'),
        families: heldLabel('nvidia.com/gpu.family'),
        memory: holding.some((node) => node.labels['nvidia.com/gpu.memory'] !== undefined),
        sharing: label('nvidia.com/gpu.sharing-strategy'),
      },
      kueue: raw.groups.includes('kueue.x-k8s.io'),
      hami: nodes.some((node) => node.hami),
    },
    nodes,
    devices,
    counters: new Map(
      slices.flatMap(({ spec }) =>
        (spec.sharedCounters ?? []).flatMap(({ name: set, counters }) =>
          Object.entries(counters).map(
            ([name, { value }]) =>
              [
                `${poolKey(spec.driver, spec.pool.name)}/${set}/${name}`,
                quantityNumber(value),
              ] as const,
          ),
        ),
      ),
    ),
    faults,
  }
}

/** What the driver calls the product; empty when it does not tell. */
export function productOf(device: DeviceFacts): string {
  const value = device.attributes['gpu.nvidia.com']?.['productName']
  return typeof value === 'string' ? value : ''
}

/** The memory that the driver reports; null when it does not. */
export function memoryBytesOf(device: DeviceFacts): number | null {
  const value = device.capacity['gpu.nvidia.com']?.['memory']
  return value === undefined ? null : quantityNumber(value)
}

/** Whether tolerations let a pod pass a taint, by Kubernetes' rule. */
export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(
    (it) =>
      (it.key === undefined ? it.operator === 'Exists' : it.key === taint.key) &&
      (it.effect === undefined || it.effect === taint.effect) &&
      (it.operator === 'Exists' || (it.value ?? '') === (taint.value ?? '')),
  )
}
