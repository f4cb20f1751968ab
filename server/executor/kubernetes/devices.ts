import type { Json, JsonObject } from '#schema/domain/canonical-json.ts'
import { DomainError } from '#schema/domain/errors.ts'
import { readQuantity } from '#schema/domain/quantity.ts'
import type { Resources } from '#schema/domain/spec.ts'

/** The driver whose devices we ask for, and the prefix of its extended resources and labels. */
export const gpuDriver = 'gpu.nvidia.com'
export const gpuResource = 'nvidia.com/gpu'

const mebibyte = 2 ** 20
/** Kubernetes' own bound on `firstAvailable`. */
const maxAlternatives = 8
const maxGpus = 1024
/** Product names in one expression: it has a length and a cost that the API server bounds. */
const maxNames = 32

// --- what a cluster can -------------------------------------------------------------------------

export interface DeviceClassFacts {
  readonly name: string
  /** CEL that a device of this class meets; all of them. */
  readonly selectors: readonly string[]
  /** The extended resource that the class answers through Dynamic Resource Allocation. */
  readonly extendedResourceName: string | null
}

/** What a cluster offers, as {@link readAbilities} (devices-discover.ts) found it. Plain data. */
export interface Abilities {
  /** Such as 1.36. */
  readonly version: { readonly major: number; readonly minor: number }
  /** resource.k8s.io/v1 is served. */
  readonly dra: boolean
  readonly classes: readonly DeviceClassFacts[]
  /** Product names and architectures that devices in ResourceSlices report, sorted. */
  readonly draProducts: readonly string[]
  readonly draArchitectures: readonly string[]
  /** MIG profiles that devices in ResourceSlices report, sorted. */
  readonly draProfiles: readonly string[]
  /** Extended resources in the nodes' capacity ("nvidia.com/gpu", "nvidia.com/mig-1g.10gb"), with the sum. */
  readonly extended: Readonly<Record<string, number>>
  /** Values of the GPU feature labels on the nodes, sorted. */
  readonly labels: {
    /** nvidia.com/gpu.product: "NVIDIA-A100-SXM4-80GB". */
    readonly products: readonly string[]
    /** nvidia.com/gpu.family: "ampere". */
    readonly families: readonly string[]
    /** Some node carries nvidia.com/gpu.memory. */
    readonly memory: boolean
    /** nvidia.com/gpu.sharing-strategy: "time-slicing", "mps". */
    readonly sharing: readonly string[]
  }
  readonly kueue: boolean
  readonly hami: boolean
}

// --- what a component wants ---------------------------------------------------------------------

export type GpuShare =
  | { readonly kind: 'full' }
  | { readonly kind: 'mig'; readonly profile: string }
  | { readonly kind: 'time_slice' }
  | { readonly kind: 'mps' }
  | { readonly kind: 'hami'; readonly memoryMib: number | null; readonly cores: number | null }

/** One acceptable kind of device. */
export interface DeviceKind {
  /** As written: "A100", "NVIDIA L4", "RTX 4090". */
  readonly type: string | null
  /** As the driver names it: "Hopper". */
  readonly architecture: string | null
}

/** The devices that a component asks for, read from its resources. */
export interface DeviceWish {
  readonly count: number
  /** At least this much memory per device, in MiB as the driver reports it; null: any. */
  readonly minMemoryMib: number | null
  /** As a person wrote it ("24GB"). */
  readonly minMemoryText: string | null
  readonly share: GpuShare
  /** In order of preference; at least one. */
  readonly kinds: readonly DeviceKind[]
}

const architectures = [
  'Kepler',
  'Maxwell',
  'Pascal',
  'Volta',
  'Turing',
  'Ampere',
  'Ada Lovelace',
  'Hopper',
  'Blackwell',
  'Rubin',
]

function refuse(message: string): never {
  throw new DomainError('BAD_INPUT', message)
}

/**
 * What "N GB" means on a device: cards report a little less than the figure on the box (a "24 GB" L4 says
 * 23,034 MiB), so N GB asks for floor(0.93 N) Gi. Binary units ("20Gi") are taken at their word.
 */
export function minMemoryMib(text: string): number {
  const { bytes } = readQuantity(text)
  if (!Number.isFinite(bytes) || bytes < 1)
    refuse(`"${text.slice(0, 40)}" is not an amount of GPU memory: write it as "24GB".`)
  if (/i[bB]?$/.test(text.trim())) return Math.ceil(bytes / mebibyte)
  const gib = Math.floor(0.93 * (bytes / 1e9) + 1e-9)
  return gib > 0 ? gib * 1024 : Math.max(1, Math.floor((0.93 * bytes) / mebibyte))
}

function readShare(share: Json | undefined): GpuShare {
  if (share === undefined || share === 'full') return { kind: 'full' }
  if (share === 'time_slice' || share === 'mps') return { kind: share }
  if (typeof share === 'string' && /^mig:\d+g\.\d+gb$/.test(share))
    return { kind: 'mig', profile: share.slice(4) }
  let memory: Json | undefined
  let cores: Json | undefined
  if (typeof share === 'string' && share.startsWith('hami:'))
    [memory, cores] = share.slice(5).split(',')
  else if (share !== null && typeof share === 'object' && !Array.isArray(share)) {
    const hami = (share as JsonObject)['hami']
    if (hami !== null && typeof hami === 'object' && !Array.isArray(hami))
      ({ memory, cores } = hami as JsonObject)
  }
  const percent = cores === undefined || cores === null ? null : Number(cores)
  const bytes = typeof memory === 'string' ? readQuantity(memory).bytes : Number.NaN
  if (
    !(bytes >= 1) ||
    (percent !== null && !(Number.isInteger(percent) && percent >= 1 && percent <= 100))
  )
    refuse(
      `The GPU share ${JSON.stringify(share).slice(0, 60)} cannot be read: use "full", "time_slice", "mps", "mig:1g.10gb", or hami with memory ("8GB") and cores (1 to 100).`,
    )
  return { kind: 'hami', memoryMib: Math.ceil(bytes / mebibyte), cores: percent }
}

function readKind(text: string): DeviceKind {
  const architecture = architectures.find((name) => name.toLowerCase() === text.toLowerCase())
  return architecture === undefined
    ? { type: text, architecture: null }
    : { type: null, architecture }
}

/**
 * The devices that a component's resources ask for; null when it asks for none. Several types may stand in
 * order of preference ("H100 or A100"), and an architecture ("Hopper") is as good as a type.
 *
 * @throws DomainError BAD_INPUT naming what cannot be read
 */
export function readWish(resources: Resources): DeviceWish | null {
  const { gpuCount, gpuType, gpuMemory, gpuShare } = resources
  const count =
    gpuCount ?? (gpuType !== undefined || gpuMemory !== undefined || gpuShare !== undefined ? 1 : 0)
  if (!Number.isSafeInteger(count) || count < 0 || count > maxGpus)
    refuse(`The GPU count must be a whole number from 0 to ${maxGpus}, not ${count}.`)
  if (count === 0) return null
  const types = (gpuType ?? '').trim() === '' ? [] : gpuType!.trim().split(/\s+or\s+/i)
  if (types.length > maxAlternatives)
    refuse(
      `"${gpuType!.slice(0, 60)}" names ${types.length} GPU types: at most ${maxAlternatives} can stand in for each other.`,
    )
  for (const type of types)
    if (!/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/.test(type))
      refuse(`"${type.slice(0, 60)}" is not the name of a GPU type.`)
  return {
    count,
    minMemoryMib: gpuMemory === undefined ? null : minMemoryMib(gpuMemory.text),
    minMemoryText: gpuMemory?.text ?? null,
    share: readShare(gpuShare),
    kinds: types.length === 0 ? [{ type: null, architecture: null }] : types.map(readKind),
  }
}

/** A wish in words: "2 x A100 with at least 40GB". */
export function wishText(wish: DeviceWish): string {
  const kinds = wish.kinds.map((kind) => kind.type ?? kind.architecture ?? 'GPU').join(' or ')
  const memory = wish.minMemoryText === null ? '' : ` with at least ${wish.minMemoryText}`
  const share = {
    full: '',
    time_slice: ', shared by time slices',
    mps: ', shared by MPS',
    mig: wish.share.kind === 'mig' ? `, as MIG ${wish.share.profile}` : '',
    hami: wish.share.kind === 'hami' ? `, as a slice of ${wish.share.memoryMib} MiB by HAMi` : '',
  }[wish.share.kind]
  return `${wish.count} x ${kinds}${memory}${share}`
}

// --- what it becomes ----------------------------------------------------------------------------

export interface NodeSelectorRequirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
  readonly values?: readonly string[]
}
export interface NodeSelectorTerm {
  readonly matchExpressions: readonly NodeSelectorRequirement[]
}
export interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: {
    readonly nodeSelectorTerms: readonly NodeSelectorTerm[]
  }
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly weight: number
    readonly preference: NodeSelectorTerm
  }[]
}
export interface Toleration {
  readonly key?: string
  readonly operator: 'Exists' | 'Equal'
  readonly value?: string
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

export interface CelSelector {
  readonly cel: { readonly expression: string }
}
export interface ExactRequest {
  readonly deviceClassName: string
  readonly count: number
  readonly selectors: readonly CelSelector[]
}
export interface DeviceRequest {
  readonly name: string
  readonly exactly?: ExactRequest
  readonly firstAvailable?: readonly (ExactRequest & { readonly name: string })[]
}
export interface ResourceClaimTemplate {
  readonly apiVersion: 'resource.k8s.io/v1'
  readonly kind: 'ResourceClaimTemplate'
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> }
    readonly spec: { readonly devices: { readonly requests: readonly DeviceRequest[] } }
  }
}

/** Objects and pieces of the pod that job-manifest.ts merges; empty parts are empty, never absent. */
export interface CompiledDevices {
  /**
   * Of the user's container: `limits` (extended resources; requests follow from them) and `claims`.
   */
  readonly podResources: {
    readonly limits: Readonly<Record<string, string>>
    readonly claims: readonly { readonly name: string }[]
  }
  /** Of the pod's `spec.resourceClaims`. */
  readonly resourceClaims: readonly {
    readonly name: string
    readonly resourceClaimTemplateName: string
  }[]
  /** To be created before the Job, in its namespace; ours to delete with it. */
  readonly resourceClaimTemplates: readonly ResourceClaimTemplate[]
  /** Of the pod's `spec.affinity.nodeAffinity`; null: no wish about nodes. */
  readonly nodeAffinity: NodeAffinity | null
  readonly tolerations: readonly Toleration[]
  readonly podAnnotations: Readonly<Record<string, string>>
  /** How many forms there are to try one after the other (Kueue takes one exact form per attempt). */
  readonly forms: number
}

export interface CompileOptions {
  /** A DNS label of at most 63 characters, such as the Job's; its claim template has the same name. */
  readonly name: string
  readonly namespace: string
  readonly labels?: Readonly<Record<string, string>>
  /** Which alternative to take where only one can be told (Kueue); counts round. 0: the first. */
  readonly form?: number
  /** The cluster's own, such as those of its GPU pool. */
  readonly tolerations?: readonly Toleration[]
}

const noDevices: CompiledDevices = {
  podResources: { limits: {}, claims: [] },
  resourceClaims: [],
  resourceClaimTemplates: [],
  nodeAffinity: null,
  tolerations: [],
  podAnnotations: {},
  forms: 1,
}

/** The name of the claim in the pod. */
const claimName = 'gpu'

/**
 * Whether a product name or label is of the type: has its words, in order, as whole words. So "L4" is not an
 * L40S, and "A100 80GB" is an "NVIDIA A100-SXM4-80GB".
 */
export function isOfType(product: string, type: string): boolean {
  const words = (text: string) =>
    text
      .toLowerCase()
      .split(/[^a-z0-9.]+/)
      .filter((word) => word !== '')
  const wanted = words(type)
  let at = 0
  for (const word of words(product)) if (word === wanted[at]) at += 1
  return at === wanted.length
}

const text = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** Mi that are whole Gi are written as Gi. */
export function quantityText(mib: number): string {
  return mib % 1024 === 0 ? `${mib / 1024}Gi` : `${mib}Mi`
}

/**
 * CEL for one kind of device. Every attribute is guarded: a selector that reads a missing one makes the pod
 * unschedulable on every node, not unmatched on one. The literal stands on the left of `==`: a version there
 * ("no such overload") would be as bad, and so would `matches` on one. So a type becomes the product names that
 * the cluster has. `type(...)` as a guard exceeds the API server's cost limit.
 */
export function deviceExpression(
  wish: DeviceWish,
  kind: DeviceKind,
  products: readonly string[] = [],
): string {
  const attributes = `device.attributes['${gpuDriver}']`
  const capacity = `device.capacity['${gpuDriver}']`
  const guarded = (name: string, condition: (value: string) => string) =>
    `'${name}' in ${attributes} && ${condition(`${attributes}.${name}`)}`
  const parts = [`device.driver == '${gpuDriver}'`]
  if (kind.architecture !== null)
    parts.push(guarded('architecture', (value) => `${text(kind.architecture!)} == ${value}`))
  if (kind.type !== null) {
    const known = products.filter((name) => isOfType(name, kind.type!)).slice(0, maxNames)
    // What the cluster has not yet may still come, under one of these names.
    const names = (known.length > 0 ? known : [kind.type, `NVIDIA ${kind.type}`]).map(text)
    parts.push(
      guarded('productName', (value) =>
        names.length === 1 ? `${names[0]} == ${value}` : `${value} in [${names.join(', ')}]`,
      ),
    )
  }
  if (wish.share.kind === 'mig') {
    const { profile } = wish.share
    parts.push(guarded('profile', (value) => `${text(profile)} == ${value}`))
  }
  if (wish.minMemoryMib !== null)
    parts.push(
      `'memory' in ${capacity} && ${capacity}.memory.compareTo(quantity('${quantityText(wish.minMemoryMib)}')) >= 0`,
    )
  return parts.join(' && ')
}

const anyKind = (kind: DeviceKind) => kind.type === null && kind.architecture === null

function claimsOf(
  wish: DeviceWish,
  className: string,
  abilities: Abilities,
  options: CompileOptions,
): CompiledDevices {
  const exact = (kind: DeviceKind): ExactRequest => ({
    deviceClassName: className,
    count: wish.count,
    selectors: [{ cel: { expression: deviceExpression(wish, kind, abilities.draProducts) } }],
  })
  // Prioritised lists are on by default from 1.34. Kueue admits exact requests only.
  const listed = !abilities.kueue && (abilities.version.major > 1 || abilities.version.minor >= 34)
  const chosen = wish.kinds[(options.form ?? 0) % wish.kinds.length]!
  const request: DeviceRequest =
    wish.kinds.length > 1 && listed
      ? {
          name: claimName,
          firstAvailable: wish.kinds.map((kind, index) => ({
            name: `choice-${index + 1}`,
            ...exact(kind),
          })),
        }
      : { name: claimName, exactly: exact(chosen) }
  const labels = options.labels ?? {}
  return {
    ...noDevices,
    podResources: { limits: {}, claims: [{ name: claimName }] },
    resourceClaims: [{ name: claimName, resourceClaimTemplateName: options.name }],
    resourceClaimTemplates: [
      {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceClaimTemplate',
        metadata: { name: options.name, namespace: options.namespace, labels },
        spec: { metadata: { labels }, spec: { devices: { requests: [request] } } },
      },
    ],
    forms: listed ? 1 : wish.kinds.length,
  }
}

const productLabel = 'nvidia.com/gpu.product'
const familyLabel = 'nvidia.com/gpu.family'
const memoryLabel = 'nvidia.com/gpu.memory'
const sharingLabel = 'nvidia.com/gpu.sharing-strategy'

/** Products of nodes that hand out slices under the name of the whole: MIG "single", renamed shares. */
const isSlice = (product: string) => /-MIG-|-SHARED$/i.test(product)

function labelTerm(wish: DeviceWish, kind: DeviceKind, abilities: Abilities): NodeSelectorTerm {
  const found: NodeSelectorRequirement[] = []
  const { labels } = abilities
  const { share } = wish
  const whole = share.kind === 'full'
  if (kind.type !== null) {
    const values = labels.products.filter(
      (product) => isOfType(product, kind.type!) && !(whole && isSlice(product)),
    )
    if (values.length === 0)
      throw new DomainError(
        'UNAVAILABLE',
        `No node of this cluster has a GPU of type "${kind.type}": ${
          labels.products.length === 0
            ? 'its nodes do not say which GPUs they have (GPU feature discovery is missing)'
            : `it has ${labels.products.join(', ')}`
        }.`,
      )
    found.push({ key: productLabel, operator: 'In', values })
  }
  if (kind.architecture !== null) {
    const family = kind.architecture.toLowerCase().replaceAll(' ', '-')
    const values = labels.families.filter(
      (label) => label.toLowerCase() === family || family.startsWith(`${label.toLowerCase()}-`),
    )
    if (values.length === 0)
      throw new DomainError(
        'UNAVAILABLE',
        `No node of this cluster has a GPU of the architecture ${kind.architecture}: it has ${labels.families.join(', ') || 'none that says so'}.`,
      )
    found.push({ key: familyLabel, operator: 'In', values })
  }
  if (wish.minMemoryMib !== null && share.kind !== 'hami') {
    if (!labels.memory)
      throw new DomainError(
        'UNAVAILABLE',
        `A GPU with at least ${wish.minMemoryText} cannot be asked of this cluster: it has neither Dynamic Resource Allocation nor the node label ${memoryLabel}. Ask for a GPU type instead.`,
      )
    // Gt is strict and takes whole numbers.
    found.push({ key: memoryLabel, operator: 'Gt', values: [String(wish.minMemoryMib - 1)] })
  }
  if (whole && labels.sharing.some((value) => value !== 'none'))
    found.push({
      key: sharingLabel,
      operator: 'NotIn',
      values: labels.sharing.filter((value) => value !== 'none'),
    })
  if (whole && kind.type === null && labels.products.some(isSlice))
    found.push({ key: productLabel, operator: 'NotIn', values: labels.products.filter(isSlice) })
  return { matchExpressions: found }
}

function extendedOf(
  wish: DeviceWish,
  limits: Readonly<Record<string, string>>,
  abilities: Abilities,
  more: readonly NodeSelectorRequirement[] = [],
): CompiledDevices {
  const reached: NodeSelectorTerm[] = []
  let missing: unknown = null
  for (const kind of wish.kinds) {
    try {
      const term = labelTerm(wish, kind, abilities)
      reached.push({ matchExpressions: [...term.matchExpressions, ...more] })
    } catch (error) {
      missing ??= error
    }
  }
  // Of alternatives one is enough.
  if (reached.length === 0) throw missing
  const free = reached.some((term) => term.matchExpressions.length === 0)
  return {
    ...noDevices,
    podResources: { limits, claims: [] },
    nodeAffinity: free
      ? null
      : {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: reached },
          ...(reached.length < 2
            ? {}
            : {
                preferredDuringSchedulingIgnoredDuringExecution: reached
                  .slice(0, -1)
                  .map((preference, index) => ({
                    weight: Math.round(100 / 2 ** index),
                    preference,
                  })),
              }),
        },
  }
}

/** The class that hands out whole devices, or the one for MIG slices. */
function classFor(wish: DeviceWish, abilities: Abilities): DeviceClassFacts | null {
  if (!abilities.dra) return null
  const name = wish.share.kind === 'mig' ? 'mig.nvidia.com' : gpuDriver
  return abilities.classes.find((it) => it.name === name) ?? null
}

/** Whether devices in ResourceSlices are of one of the kinds. */
function draHas(wish: DeviceWish, abilities: Abilities): boolean {
  return wish.kinds.some(
    (kind) =>
      (kind.type === null || abilities.draProducts.some((name) => isOfType(name, kind.type!))) &&
      (kind.architecture === null || abilities.draArchitectures.includes(kind.architecture)),
  )
}

/** What the extended resource may be asked for: nodes have it, or a DeviceClass answers for it. */
function offers(abilities: Abilities, resource: string): boolean {
  return (
    (abilities.extended[resource] ?? 0) > 0 ||
    (abilities.dra && abilities.classes.some((it) => it.extendedResourceName === resource))
  )
}

function compileShare(
  wish: DeviceWish,
  abilities: Abilities,
  options: CompileOptions,
): CompiledDevices {
  const { share } = wish
  const count = String(wish.count)
  const claims = classFor(wish, abilities)
  const plugin = (abilities.extended[gpuResource] ?? 0) > 0
  switch (share.kind) {
    case 'full': {
      const plain = wish.kinds.every(anyKind) && wish.minMemoryMib === null
      const gpus = { [gpuResource]: count }
      if (plain && offers(abilities, gpuResource)) return extendedOf(wish, gpus, abilities)
      if (claims !== null && (draHas(wish, abilities) || !plugin))
        return claimsOf(wish, claims.name, abilities, options)
      if (plugin) return extendedOf(wish, gpus, abilities)
      break
    }
    case 'mig': {
      const resource = `nvidia.com/mig-${share.profile}`
      if ((abilities.extended[resource] ?? 0) > 0)
        return extendedOf(wish, { [resource]: count }, abilities)
      const single = abilities.labels.products.filter((product) =>
        product.toLowerCase().endsWith(`-mig-${share.profile}`),
      )
      if (plugin && single.length > 0)
        return extendedOf(wish, { [gpuResource]: count }, abilities, [
          { key: productLabel, operator: 'In', values: single },
        ])
      if (claims !== null) return claimsOf(wish, claims.name, abilities, options)
      throw new DomainError(
        'UNAVAILABLE',
        `This cluster has no MIG slices of ${share.profile}: ask for a whole GPU, or have an administrator partition one.`,
      )
    }
    case 'time_slice':
    case 'mps': {
      const strategy = share.kind === 'mps' ? 'mps' : 'time-slicing'
      if ((abilities.extended['nvidia.com/gpu.shared'] ?? 0) > 0)
        return extendedOf(wish, { 'nvidia.com/gpu.shared': count }, abilities)
      if (plugin && abilities.labels.sharing.includes(strategy))
        return extendedOf(wish, { [gpuResource]: count }, abilities, [
          { key: sharingLabel, operator: 'In', values: [strategy] },
        ])
      throw new DomainError(
        'UNAVAILABLE',
        `This cluster shares no GPU by ${strategy}: ask for a whole GPU or a MIG slice, or have an administrator configure the device plugin's sharing.`,
      )
    }
    case 'hami': {
      if (!abilities.hami)
        throw new DomainError(
          'UNAVAILABLE',
          'This cluster has no HAMi: ask for a whole GPU, a MIG slice or "time_slice".',
        )
      const types = wish.kinds.flatMap((kind) => (kind.type === null ? [] : [kind.type]))
      return {
        ...noDevices,
        podResources: {
          limits: {
            [gpuResource]: count,
            ...(share.memoryMib === null ? {} : { 'nvidia.com/gpumem': String(share.memoryMib) }),
            ...(share.cores === null ? {} : { 'nvidia.com/gpucores': String(share.cores) }),
          },
          claims: [],
        },
        podAnnotations: types.length === 0 ? {} : { 'nvidia.com/use-gputype': types.join(',') },
      }
    }
  }
  throw new DomainError(
    'UNAVAILABLE',
    'This cluster has no GPUs that it can hand out: neither a device plugin (nvidia.com/gpu) nor the DeviceClass gpu.nvidia.com.',
  )
}

/**
 * What a component's GPU wish becomes on a cluster (design 05, Devices): counts as the extended resource, types
 * by node affinity or claim, memory and architecture by a claim with guarded CEL, alternatives by `firstAvailable`.
 *
 * @throws DomainError BAD_INPUT for what cannot be read, UNAVAILABLE for what this cluster has no words for
 */
export function compileDevices(
  resources: Resources,
  abilities: Abilities,
  options: CompileOptions,
): CompiledDevices {
  const wish = readWish(resources)
  if (wish === null) return noDevices
  return {
    ...compileShare(wish, abilities, options),
    tolerations: [
      { key: gpuResource, operator: 'Exists', effect: 'NoSchedule' },
      ...(options.tolerations ?? []),
    ],
  }
}
