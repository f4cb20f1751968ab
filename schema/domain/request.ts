import { canonicalJson, sha256Text, type Json } from './canonical-json.ts'
import type { CostQuote, Money } from './cost.ts'
import type { Problem } from './errors.ts'
import type { Id } from './id.ts'
import type { RequestState } from './run-state.ts'
import type { Resources, Spec } from './spec.ts'

export const priorities = ['HIGH', 'NORMAL', 'LOW'] as const
export type Priority = (typeof priorities)[number]

/** The queue's first sort key: the higher one goes first. */
export const priorityRank: Readonly<Record<Priority, number>> = { HIGH: 3, NORMAL: 2, LOW: 1 }

/** The priority that a run's stored number stands for. */
export function priorityOf(rank: number): Priority {
  return rank >= priorityRank.HIGH ? 'HIGH' : rank <= priorityRank.LOW ? 'LOW' : 'NORMAL'
}

/** The most that any one component may take; null: no cap on this figure. */
export interface ResourceCaps {
  readonly gpuType: string | null
  readonly gpuCount: number
  readonly gpuMemoryBytes: number | null
  /** Cores. */
  readonly cpu: number | null
  readonly memoryBytes: number | null
  /** The longest that one attempt of a component may run. */
  readonly maxSeconds: number | null
}

/** From how much on one component needs an administrator (AP-05). */
export interface Thresholds {
  readonly gpuCount: number
  readonly memoryBytes: number
}

/** A component that is over a threshold. */
export interface ThresholdMark {
  readonly component: string
  readonly what: 'GPU' | 'MEMORY'
  /** GPUs, or bytes. */
  readonly asked: number
  readonly threshold: number
}

/** "Run this spec with these resources and this priority." */
export interface Request {
  readonly id: Id
  readonly projectId: Id
  readonly specId: Id
  readonly specHash: string
  readonly state: RequestState
  readonly priority: Priority
  readonly queue: string
  readonly isTest: boolean
  readonly caps: ResourceCaps
  /** Component name -> the digest that its image stood for when the request was made. */
  readonly images: Readonly<Record<string, string>>
  readonly quote: CostQuote | null
  readonly marks: readonly ThresholdMark[]
  /** Which devices match, as the cluster was asked when the request was made; shown, never signed. */
  readonly devices: Json
  readonly citedRunId: Id | null
  readonly note: string
  /** sha256 of what an approval covers. */
  readonly signature: string
  readonly decidedBy: Id | null
  readonly decidedAt: Date | null
  readonly decisionComment: string
  readonly createdBy: Id
  readonly createdAt: Date
}

/** How many GPUs a component wants: a type or a memory without a count means one. */
export function gpusOf(resources: Resources): number {
  if (resources.gpuCount !== undefined) return resources.gpuCount
  return resources.gpuType !== undefined || resources.gpuMemory !== undefined ? 1 : 0
}

function most(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[]
  return known.length === 0 ? null : Math.max(...known)
}

/** WR-02: field by field the maximum over the components; the GPU type only where all that want one agree. */
export function capsOfSpec(spec: Spec): ResourceCaps {
  const asked = spec.components.map((component) => component.resources)
  const types = new Set(asked.flatMap(({ gpuType }) => (gpuType === undefined ? [] : [gpuType])))
  return {
    gpuType: types.size === 1 ? [...types][0]! : null,
    gpuCount: Math.max(0, ...asked.map(gpusOf)),
    gpuMemoryBytes: most(asked.map(({ gpuMemory }) => gpuMemory?.bytes)),
    cpu: most(asked.map(({ cpu }) => cpu?.cores)),
    memoryBytes: most(asked.map(({ memory }) => memory?.bytes)),
    maxSeconds: most(spec.components.map(({ timeout }) => timeout?.seconds)),
  }
}

const limits = { gpuCount: 1024, bytes: 2 ** 50, cpu: 4096, seconds: 31_536_000 }

/** Faults in the caps themselves: each names its field. */
export function checkCaps(caps: ResourceCaps): Problem[] {
  const problems: Problem[] = []
  const add = (field: string, message: string) =>
    problems.push({ path: `resources.${field}`, code: 'RESOURCES', message })
  const { gpuType, gpuCount, gpuMemoryBytes, cpu, memoryBytes, maxSeconds } = caps
  if (gpuType !== null && !/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/.test(gpuType))
    add('gpuType', `"${gpuType.slice(0, 60)}" is not the name of a GPU type.`)
  if (!Number.isSafeInteger(gpuCount) || gpuCount < 0 || gpuCount > limits.gpuCount)
    add(
      'gpuCount',
      `The GPU count must be a whole number from 0 to ${limits.gpuCount}, not ${gpuCount}.`,
    )
  const bytes = (field: string, what: string, value: number | null) => {
    if (value === null || (Number.isFinite(value) && value >= 1 && value <= limits.bytes)) return
    add(field, `The ${what} must be more than nothing and at most 1 PiB, not ${value} bytes.`)
  }
  bytes('gpuMemory', 'GPU memory', gpuMemoryBytes)
  bytes('memory', 'memory', memoryBytes)
  if (cpu !== null && !(cpu > 0 && cpu <= limits.cpu))
    add('cpu', `The CPU must be more than 0 and at most ${limits.cpu} cores, not ${cpu}.`)
  if (maxSeconds !== null && !(maxSeconds >= 1 && maxSeconds <= limits.seconds))
    add(
      'maxSeconds',
      `The longest run time must be one second to one year, not ${maxSeconds} seconds.`,
    )
  return problems
}

/** Components that ask for more than the caps allow, each by name. */
export function overCaps(spec: Spec, caps: ResourceCaps): Problem[] {
  const problems: Problem[] = []
  for (const [index, { name, resources, timeout }] of spec.components.entries()) {
    const over = (field: string, what: string, asked: string | number, cap: string | number) =>
      problems.push({
        path: `components[${index}].${field}`,
        code: 'OVER_CAP',
        message: `The component "${name}" asks for ${asked} ${what}, but this request allows ${cap}: raise it, or lower the component.`,
      })
    const gpus = gpusOf(resources)
    if (gpus > caps.gpuCount) over('resources.gpu_count', 'GPUs', gpus, caps.gpuCount)
    if (
      caps.gpuType !== null &&
      resources.gpuType !== undefined &&
      resources.gpuType.toLowerCase() !== caps.gpuType.toLowerCase()
    )
      over('resources.gpu_type', 'as GPU type', resources.gpuType, caps.gpuType)
    const { gpuMemory, memory, cpu } = resources
    if (
      gpuMemory !== undefined &&
      caps.gpuMemoryBytes !== null &&
      gpuMemory.bytes > caps.gpuMemoryBytes
    )
      over('resources.gpu_memory', 'of GPU memory', gpuMemory.text, inGb(caps.gpuMemoryBytes))
    if (memory !== undefined && caps.memoryBytes !== null && memory.bytes > caps.memoryBytes)
      over('resources.memory', 'of memory', memory.text, inGb(caps.memoryBytes))
    if (cpu !== undefined && caps.cpu !== null && cpu.cores > caps.cpu)
      over('resources.cpu', 'CPU cores', cpu.cores, caps.cpu)
    if (timeout !== undefined && caps.maxSeconds !== null && timeout.seconds > caps.maxSeconds)
      over('timeout', 'seconds of run time', timeout.seconds, caps.maxSeconds)
  }
  return problems
}

function inGb(bytes: number): string {
  return `${Number((bytes / 1e9).toPrecision(4))}GB`
}

/** AP-05: thresholds are judged per component, at or above them an administrator is needed. */
export function thresholdMarks(spec: Spec, thresholds: Thresholds): ThresholdMark[] {
  return spec.components.flatMap(({ name, resources }) => {
    const marks: ThresholdMark[] = []
    const gpus = gpusOf(resources)
    if (gpus >= thresholds.gpuCount)
      marks.push({ component: name, what: 'GPU', asked: gpus, threshold: thresholds.gpuCount })
    const bytes = resources.memory?.bytes ?? 0
    if (bytes >= thresholds.memoryBytes)
      marks.push({
        component: name,
        what: 'MEMORY',
        asked: bytes,
        threshold: thresholds.memoryBytes,
      })
    return marks
  })
}

/** What an approval covers; nothing else is signed (design 05). */
export interface Signed {
  readonly specHash: string
  readonly images: Readonly<Record<string, string>>
  readonly caps: ResourceCaps
  readonly costBound: readonly Money[]
}

/** sha256 of the canonical JSON of {spec hash, image digests, resource caps, cost bound}. */
export function approvalSignature({ specHash, images, caps, costBound }: Signed): string {
  return sha256Text(
    canonicalJson({
      spec: specHash,
      images,
      resources: { ...caps },
      cost: [...costBound]
        .sort((a, b) => (a.currency < b.currency ? -1 : 1))
        .map(({ currency, amount }) => ({ currency, amount })),
    }),
  )
}
