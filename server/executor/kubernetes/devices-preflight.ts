import { DomainError } from '#schema/domain/errors.ts'
import type { Resources } from '#schema/domain/spec.ts'
import {
  compileDevices,
  deviceExpression,
  gpuDriver,
  isOfType,
  readWish,
  wishText,
  type CompiledDevices,
  type DeviceKind,
  type DeviceWish,
  type ExactRequest,
  type NodeSelectorRequirement,
  type NodeSelectorTerm,
  type Toleration,
} from './devices.ts'
import { compileCel, type CelVerdict } from './devices-cel.ts'
import {
  memoryBytesOf,
  productOf,
  tolerates,
  type ClusterInventory,
  type DeviceFacts,
  type NodeFacts,
} from './devices-inventory.ts'
import { quantityNumber } from './devices-quantity.ts'

export interface PreflightOptions {
  /** As for {@link compileDevices}: the cluster's own. */
  readonly tolerations?: readonly Toleration[]
  /** Labels that the node must have, such as those of the queue's pool. */
  readonly nodeSelector?: Readonly<Record<string, string>>
  /** What the pod needs beside the component: its sidecar. */
  readonly overhead?: { readonly cores: number; readonly memoryBytes: number }
  readonly form?: number
}

/** A device, or the like devices that a device plugin counts on one node. */
export interface PreflightDevice {
  readonly node: string | null
  readonly name: string
  readonly count: number
  readonly free: number
  /** The product as the driver or the node's label names it; empty where neither does. */
  readonly type: string
  readonly memoryMib: number | null
  readonly matches: boolean
  /** Why it does not match, a sentence; empty when it does. */
  readonly why: string
}

/** NOW: a node can take it. LATER: one could, were nothing else on it. NEVER: none could. */
export type PreflightVerdict = 'NOW' | 'LATER' | 'NEVER'

export interface Preflight {
  readonly verdict: PreflightVerdict
  /** What to tell a person: how many match, what is free, what is in the way. */
  readonly sentence: string
  /** Pieces, in all and free now. */
  readonly matching: number
  readonly free: number
  readonly devices: readonly PreflightDevice[]
  /** Nodes that can take it now. */
  readonly nodes: readonly string[]
  /** Why each other node cannot, a sentence by node. */
  readonly nodeReasons: ReadonlyMap<string, string>
}

const gib = (mib: number) => `${Number((mib / 1024).toFixed(1))} GiB`

function meets(node: NodeFacts, { key, operator, values = [] }: NodeSelectorRequirement): boolean {
  const value = node.labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
    case 'Lt': {
      // Kubernetes reads both as int64; anything else is no match.
      if (value === undefined || !/^[+-]?\d{1,18}$/.test(value)) return false
      return operator === 'Gt'
        ? Number(value) > Number(values[0])
        : Number(value) < Number(values[0])
    }
  }
}

const meetsTerm = (node: NodeFacts, term: NodeSelectorTerm) =>
  term.matchExpressions.every((it) => meets(node, it))

function requirementText(
  node: NodeFacts,
  { key, operator, values = [] }: NodeSelectorRequirement,
): string {
  const value = node.labels[key]
  if (value === undefined) return `its node has no label ${key}`
  if (key === 'nvidia.com/gpu.memory' && operator === 'Gt')
    return `it has ${gib(Number(value))} of memory, at least ${gib(Number(values[0]) + 1)} are asked for`
  if (key === 'nvidia.com/gpu.product') return `it is a ${value}, not what is asked for`
  if (operator === 'NotIn') return `its node hands out slices (${key} is ${value})`
  return `its node's ${key} is ${value}, not ${values.join(' or ')}`
}

/** Why a device of a ResourceSlice is not of a kind; empty when it is. Says the same as the expression, in words. */
export function deviceReason(device: DeviceFacts, wish: DeviceWish, kind: DeviceKind): string {
  if (device.driver !== gpuDriver) return `its driver is ${device.driver}`
  const attributes = device.attributes[gpuDriver] ?? {}
  const capacity = device.capacity[gpuDriver] ?? {}
  const own = (name: string) => (Object.hasOwn(attributes, name) ? attributes[name] : undefined)
  if (kind.architecture !== null) {
    const value = own('architecture')
    if (value === undefined) return 'its driver does not tell its architecture'
    if (value !== kind.architecture)
      return `its architecture is ${plain(value)}, not ${kind.architecture}`
  }
  if (kind.type !== null) {
    const value = own('productName')
    if (value === undefined) return 'its driver does not tell its type'
    if (typeof value !== 'string' || !isOfType(value, kind.type))
      return `it is a ${plain(value)}, not a ${kind.type}`
  }
  if (wish.share.kind === 'mig') {
    const value = own('profile')
    if (value === undefined) return 'it is not a MIG slice'
    if (value !== wish.share.profile)
      return `its MIG profile is ${plain(value)}, not ${wish.share.profile}`
  }
  if (wish.minMemoryMib !== null) {
    const memory = Object.hasOwn(capacity, 'memory') ? capacity['memory'] : undefined
    if (memory === undefined) return 'its driver does not tell its memory'
    const mib = quantityNumber(memory) / 2 ** 20
    if (mib < wish.minMemoryMib)
      return `it has ${gib(mib)} of memory, at least ${gib(wish.minMemoryMib)} are asked for (${wish.minMemoryText})`
  }
  return ''
}

function plain(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'object' && value !== null && 'version' in value
      ? String(value.version)
      : String(value)
}

function memoryOf(device: DeviceFacts): number | null {
  const bytes = memoryBytesOf(device)
  return bytes === null ? null : Math.round(bytes / 2 ** 20)
}

type Judge = (device: DeviceFacts) => CelVerdict

const matched: CelVerdict = { kind: 'match' }

function judgeOf(selectors: readonly string[], what: string): Judge {
  const compiled = selectors.map((source) => {
    const selector = compileCel(source)
    if (selector === null)
      throw new DomainError(
        'UNAVAILABLE',
        `${what} selects devices by an expression that the preview cannot read: "${source.slice(0, 120)}". The scheduler alone can tell which match.`,
      )
    return selector
  })
  return (device) => {
    for (const selector of compiled) {
      const verdict = selector(device)
      if (verdict.kind !== 'match') return verdict
    }
    return matched
  }
}

/** Each device is looked at for its node now, for its node empty, and for itself. */
function remembered(judge: Judge): Judge {
  const known = new Map<DeviceFacts, CelVerdict>()
  return (device) => {
    let verdict = known.get(device)
    if (verdict === undefined) known.set(device, (verdict = judge(device)))
    return verdict
  }
}

/** What one form of the request asks of a node. */
interface Ask {
  readonly count: number
  readonly judge: Judge
  readonly kind: DeviceKind | null
}

interface Shape {
  readonly wish: DeviceWish
  readonly compiled: CompiledDevices
  /** Of the claim, in order of preference; empty when it asks by extended resources only. */
  readonly claim: readonly Ask[]
  readonly extended: readonly {
    readonly name: string
    readonly count: number
    readonly asDra: Ask | null
  }[]
}

/** Pieces that HAMi's own scheduler counts, not Kubernetes'. */
const beside = new Set(['nvidia.com/gpumem', 'nvidia.com/gpucores'])

function shapeOf(wish: DeviceWish, compiled: CompiledDevices, inventory: ClusterInventory): Shape {
  const classes = new Map<string, Judge>()
  const classJudge = (name: string): Judge => {
    const known = classes.get(name)
    if (known !== undefined) return known
    const found = inventory.abilities.classes.find((it) => it.name === name)
    if (found === undefined)
      throw new DomainError('UNAVAILABLE', `This cluster has no DeviceClass ${name}.`)
    const judge = remembered(judgeOf(found.selectors, `The DeviceClass ${name}`))
    classes.set(name, judge)
    return judge
  }
  const exact = (request: ExactRequest, kind: DeviceKind): Ask => {
    const ofClass = classJudge(request.deviceClassName)
    const ofRequest = judgeOf(
      request.selectors.map((it) => it.cel.expression),
      'The request',
    )
    return {
      count: request.count,
      kind,
      judge: remembered((device) => {
        const verdict = ofClass(device)
        return verdict.kind === 'match' ? ofRequest(device) : verdict
      }),
    }
  }
  const kindOf = (request: ExactRequest) =>
    wish.kinds.find(
      (kind) =>
        request.selectors[0]?.cel.expression ===
        deviceExpression(wish, kind, inventory.abilities.draProducts),
    ) ?? wish.kinds[0]!
  const request = compiled.resourceClaimTemplates[0]?.spec.spec.devices.requests[0]
  const requests = request?.firstAvailable ?? (request?.exactly ? [request.exactly] : [])
  return {
    wish,
    compiled,
    claim: requests.map((it) => exact(it, kindOf(it))),
    extended: Object.entries(compiled.podResources.limits)
      .filter(([name]) => !beside.has(name))
      .map(([name, count]) => {
        const answering = inventory.abilities.classes.find((it) => it.extendedResourceName === name)
        return {
          name,
          count: Number(count),
          asDra:
            answering === undefined
              ? null
              : { count: Number(count), kind: null, judge: classJudge(answering.name) },
        }
      }),
  }
}

/** Devices by node, in the order in which the scheduler tries them, and those that any node may reach. */
interface Reach {
  readonly byNode: ReadonlyMap<string, readonly DeviceFacts[]>
  readonly anywhere: readonly DeviceFacts[]
}

function reachOf(devices: readonly DeviceFacts[]): Reach {
  const byNode = new Map<string, DeviceFacts[]>()
  const anywhere: DeviceFacts[] = []
  for (const device of devices) {
    if (device.node === null) {
      anywhere.push(device)
      continue
    }
    const known = byNode.get(device.node)
    if (known === undefined) byNode.set(device.node, [device])
    else known.push(device)
  }
  return { byNode, anywhere }
}

const usableBy = (device: DeviceFacts) =>
  !device.taints.some((taint) => taint.effect === 'NoSchedule' || taint.effect === 'NoExecute')

type Taken = { readonly taken: number } | { readonly error: string }

/** How many devices the scheduler could take for an ask; `busy`: as if nothing held any. */
function take(
  devices: readonly DeviceFacts[],
  ask: Ask,
  inventory: ClusterInventory,
  ignoreUse: boolean,
): Taken {
  const left = new Map<string, number>()
  const remaining = (key: string) => left.get(key) ?? inventory.counters.get(key) ?? 0
  const consume = (device: DeviceFacts) => {
    for (const { set, name, amount } of device.counters)
      left.set(`${set}/${name}`, remaining(`${set}/${name}`) - amount)
  }
  if (!ignoreUse) for (const device of devices) if (device.claim !== null) consume(device)
  let taken = 0
  for (const device of devices) {
    if (!ignoreUse && device.claim !== null) continue
    const verdict = ask.judge(device)
    if (verdict.kind === 'error') return { error: `device ${device.name}: ${verdict.message}` }
    if (verdict.kind !== 'match' || !usableBy(device)) continue
    if (device.counters.some((it) => remaining(`${it.set}/${it.name}`) < it.amount)) continue
    consume(device)
    taken += 1
    if (taken === ask.count) break
  }
  return { taken }
}

interface Needs {
  readonly cores: number
  readonly memoryBytes: number
}

type NodeVerdict =
  | { readonly fits: true }
  | {
      readonly fits: false
      readonly why: string
      /** It would do, were it empty. */
      readonly later: boolean
      /** The scheduler fails on it and gives the pod up for all nodes. */
      readonly broken: boolean
    }

/** Why a node is out of the question whatever is free on it; empty when it is not. */
function closed(node: NodeFacts, shape: Shape, options: PreflightOptions): string {
  if (node.state === 'DOWN')
    return `it is down: ${node.message.replace(/^It /, 'it ').replace(/^Its /, 'its ').replace(/\.$/, '')}`
  if (node.state === 'DRAIN') return 'it is drained: nothing new begins there'
  const taint = node.taints.find(
    (it) =>
      (it.effect === 'NoSchedule' || it.effect === 'NoExecute') &&
      !tolerates(shape.compiled.tolerations, it),
  )
  if (taint !== undefined)
    return `its taint ${taint.key}${taint.value === undefined ? '' : `=${taint.value}`} keeps runs off`
  for (const [key, value] of Object.entries(options.nodeSelector ?? {}))
    if (node.labels[key] !== value) return `it does not belong to the pool ${key}=${value}`
  const terms =
    shape.compiled.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (terms !== undefined && !terms.some((term) => meetsTerm(node, term))) {
    const missed = terms[0]!.matchExpressions.find((it) => !meets(node, it))!
    return requirementText(node, missed)
  }
  return ''
}

function judgeNode(
  node: NodeFacts,
  shape: Shape,
  needs: Needs,
  reach: Reach,
  inventory: ClusterInventory,
  options: PreflightOptions,
): NodeVerdict {
  const never = (why: string, broken = false): NodeVerdict => ({
    fits: false,
    why,
    later: false,
    broken,
  })
  const shut = closed(node, shape, options)
  if (shut !== '') return never(shut)
  // Billionths, as quantities are: 0.1 + 0.2 must fit into 0.3.
  const exceeds = (asked: number, had: number) => asked - had > 1e-9 * Math.max(1, had)
  if (exceeds(needs.cores, node.cores))
    return never(`it has ${node.cores} cores, ${needs.cores} are asked for`)
  if (exceeds(needs.memoryBytes, node.memoryBytes))
    return never(
      `it has ${gib(node.memoryBytes / 2 ** 20)} of memory, ${gib(needs.memoryBytes / 2 ** 20)} are asked for`,
    )
  let later = ''
  if (exceeds(needs.cores, node.cores - node.coresRequested))
    later = `${Number((node.cores - node.coresRequested).toFixed(2))} of its ${node.cores} cores are free, ${needs.cores} are asked for`
  else if (exceeds(needs.memoryBytes, node.memoryBytes - node.memoryRequested))
    later = `${gib((node.memoryBytes - node.memoryRequested) / 2 ** 20)} of its memory are free, ${gib(needs.memoryBytes / 2 ** 20)} are asked for`
  else if (node.podsRequested + 1 > node.pods) later = 'it holds as many pods as it may'
  const devices = [...(reach.byNode.get(node.name) ?? []), ...reach.anywhere]

  const judgeAsks = (asks: readonly Ask[]): NodeVerdict | null => {
    let most = 0
    let possible = false
    for (const ask of asks) {
      const now = take(devices, ask, inventory, false)
      if ('error' in now) return never(now.error, true)
      if (now.taken >= ask.count) return null
      most = Math.max(most, now.taken)
      const empty = take(devices, ask, inventory, true)
      possible ||= 'taken' in empty && empty.taken >= ask.count
    }
    const { count } = asks[0]!
    return possible
      ? {
          fits: false,
          why: `${most} of its matching devices are free, ${count} are asked for`,
          later: true,
          broken: false,
        }
      : never(
          `${most === 0 ? 'none' : `only ${most}`} of its devices match, ${count} are asked for`,
        )
  }

  for (const { name, count, asDra } of shape.extended) {
    const had = node.extended[name]
    if (had !== undefined && had.total > 0) {
      if (count > had.total) return never(`it has ${had.total} x ${name}, ${count} are asked for`)
      if (count > had.total - had.requested)
        later ||= `${had.total - had.requested} of its ${had.total} x ${name} are free, ${count} are asked for`
    } else if (asDra !== null) {
      const verdict = judgeAsks([asDra])
      if (verdict !== null && !verdict.fits) {
        if (!verdict.later) return verdict
        later ||= verdict.why
      }
    } else return never(`it has no ${name}`)
  }
  if (shape.claim.length > 0) {
    const verdict = judgeAsks(shape.claim)
    if (verdict !== null && !verdict.fits) {
      if (!verdict.later) return verdict
      later ||= verdict.why
    }
  }
  return later === '' ? { fits: true } : { fits: false, why: later, later: true, broken: false }
}

function sentenceCase(text: string): string {
  return text === '' ? '' : `${text[0]!.toUpperCase()}${text.slice(1)}.`
}

function describeDevices(
  shape: Shape,
  inventory: ClusterInventory,
  options: PreflightOptions,
): PreflightDevice[] {
  const nodes = new Map(inventory.nodes.map((node) => [node.name, node]))
  const shutOf = new Map(
    inventory.nodes.map((node) => [node.name, closed(node, shape, options)] as const),
  )
  const asks =
    shape.claim.length > 0
      ? shape.claim
      : shape.extended.flatMap(({ asDra }) => (asDra === null ? [] : [asDra]))
  const rows: PreflightDevice[] = inventory.devices.map((device) => {
    const node = device.node === null ? undefined : nodes.get(device.node)
    const why = deviceWhy(device, node, shape, asks, shutOf)
    return {
      node: device.node,
      name: device.name,
      count: 1,
      free: device.claim === null ? 1 : 0,
      type: productOf(device),
      memoryMib: memoryOf(device),
      matches: why === '',
      why: sentenceCase(why),
    }
  })
  for (const node of inventory.nodes)
    for (const [name, { total, requested }] of Object.entries(node.extended)) {
      if (!name.startsWith('nvidia.com/') || beside.has(name) || total === 0) continue
      const asked = shape.extended.find((it) => it.name === name)
      const shut = shutOf.get(node.name)!
      const why =
        asked === undefined
          ? shape.claim.length > 0
            ? 'its node hands it out by a device plugin, which cannot tell devices apart'
            : `it is handed out as ${name}`
          : shut
      rows.push({
        node: node.name,
        name,
        count: total,
        free: Math.max(0, total - requested),
        type: node.labels['nvidia.com/gpu.product'] ?? '',
        memoryMib: /^\d+$/.test(node.labels['nvidia.com/gpu.memory'] ?? '')
          ? Number(node.labels['nvidia.com/gpu.memory'])
          : null,
        matches: why === '',
        why: sentenceCase(why),
      })
    }
  return rows
}

function deviceWhy(
  device: DeviceFacts,
  node: NodeFacts | undefined,
  shape: Shape,
  asks: readonly Ask[],
  shutOf: ReadonlyMap<string, string>,
): string {
  if (asks.length === 0) return 'it is handed out by claims, which this request does not make'
  const verdicts = asks.map((ask) => ask.judge(device))
  if (!verdicts.some((it) => it.kind === 'match')) {
    const broken = verdicts.find((it) => it.kind === 'error')
    if (broken?.kind === 'error')
      return `the cluster cannot judge it (${broken.message}): its driver left something out that the DeviceClass reads`
    const reasons = asks.flatMap((ask) =>
      ask.kind === null ? [] : [deviceReason(device, shape.wish, ask.kind)],
    )
    const told = reasons.find((it) => it !== '')
    if (told !== undefined && !reasons.includes('')) return [...new Set(reasons)].join('; ')
    const kind = device.attributes[gpuDriver]?.['type']
    return kind === 'mig'
      ? 'it is a MIG slice, whole devices are asked for'
      : 'it is of another class'
  }
  if (!usableBy(device)) return `it is tainted ${device.taints[0]!.key}`
  if (device.node !== null) {
    if (node === undefined) return `its node ${device.node} is not there`
    const shut = shutOf.get(device.node)!
    if (shut !== '')
      return shut.replace(/^it (is|does)/, 'its node $1').replace(/^its taint/, "its node's taint")
  }
  return ''
}

/** The commonest reasons first, with how many devices each concerns. */
function commonReasons(devices: readonly PreflightDevice[]): string {
  const counts = new Map<string, number>()
  for (const device of devices)
    if (!device.matches) {
      const text = `${device.type === '' ? 'unnamed' : device.type}: ${device.why.replace(/\.$/, '')}`
      counts.set(text, (counts.get(text) ?? 0) + device.count)
    }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3)
    .map(([text, count]) => `${count} x ${text}`)
    .join('; ')
}

function verdictSentence(
  shape: Shape,
  verdict: PreflightVerdict,
  facts: Pick<Preflight, 'matching' | 'free' | 'devices' | 'nodes' | 'nodeReasons'>,
  broken: string | null,
): string {
  const asked = wishText(shape.wish)
  if (broken !== null)
    return `The scheduler cannot place ${asked}: ${broken}. Have an administrator look at that device's driver.`
  if (verdict === 'NOW')
    return `${facts.free} of ${facts.matching} matching devices are free: ${facts.nodes.length} ${facts.nodes.length === 1 ? 'node' : 'nodes'} can take ${asked} now.`
  if (facts.matching === 0) {
    const reasons = commonReasons(facts.devices)
    return `No device matches ${asked}${reasons === '' ? ': there is none.' : ` (${reasons}).`}`
  }
  const holders = new Set(
    facts.devices.filter((it) => it.matches && it.node !== null).map((it) => it.node!),
  )
  const [node, why] =
    [...facts.nodeReasons].find(([name]) => holders.has(name)) ?? [...facts.nodeReasons][0] ?? []
  const example = node === undefined ? '' : ` (${node}: ${why})`
  return verdict === 'LATER'
    ? `${facts.free} of ${facts.matching} matching devices are free, but no node can take ${asked} now${example}.`
    : `${facts.matching} devices match, but no node can take ${asked}${example}.`
}

/**
 * Which devices of a cluster a component could use, why each other one not, and whether it could start now: the
 * scheduler's verdict, foretold. CPU and memory of the component count too.
 *
 * @throws DomainError BAD_INPUT for resources that cannot be read
 */
export function preflight(
  resources: Resources,
  inventory: ClusterInventory,
  options: PreflightOptions = {},
): Preflight | null {
  const wish = readWish(resources)
  if (wish === null) return null
  let shape: Shape
  try {
    const compiled = compileDevices(resources, inventory.abilities, {
      name: 'preflight',
      namespace: 'preflight',
      ...(options.form === undefined ? {} : { form: options.form }),
      ...(options.tolerations === undefined ? {} : { tolerations: options.tolerations }),
    })
    shape = shapeOf(wish, compiled, inventory)
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'UNAVAILABLE') throw error
    return impossible(error.message, inventory)
  }
  const needs: Needs = {
    cores: (resources.cpu?.cores ?? 0) + (options.overhead?.cores ?? 0),
    memoryBytes: (resources.memory?.bytes ?? 0) + (options.overhead?.memoryBytes ?? 0),
  }
  const reach = reachOf(inventory.devices)
  const nodes: string[] = []
  const nodeReasons = new Map<string, string>()
  let later = false
  let broken: string | null = null
  for (const node of inventory.nodes) {
    const verdict = judgeNode(node, shape, needs, reach, inventory, options)
    if (verdict.fits) {
      nodes.push(node.name)
      continue
    }
    nodeReasons.set(node.name, verdict.why)
    later ||= verdict.later
    if (verdict.broken) broken ??= `${node.name}, ${verdict.why}`
  }
  const devices = describeDevices(shape, inventory, options)
  const matching = devices.filter((it) => it.matches)
  const sum = (rows: readonly PreflightDevice[], key: 'count' | 'free') =>
    rows.reduce((total, row) => total + row[key], 0)
  const verdict: PreflightVerdict =
    broken !== null ? 'NEVER' : nodes.length > 0 ? 'NOW' : later ? 'LATER' : 'NEVER'
  const facts = {
    matching: sum(matching, 'count'),
    free: sum(matching, 'free'),
    devices,
    nodes: broken === null ? nodes : [],
    nodeReasons,
  }
  return { verdict, sentence: verdictSentence(shape, verdict, facts, broken), ...facts }
}

/** What the cluster has no words for: no device of it will do. */
function impossible(sentence: string, inventory: ClusterInventory): Preflight {
  return {
    verdict: 'NEVER',
    sentence,
    matching: 0,
    free: 0,
    devices: inventory.devices.map((device) => ({
      node: device.node,
      name: device.name,
      count: 1,
      free: device.claim === null ? 1 : 0,
      type: productOf(device),
      memoryMib: memoryOf(device),
      matches: false,
      why: sentence,
    })),
    nodes: [],
    nodeReasons: new Map(),
  }
}
