import type { Id } from './id.ts'
import type { Priority } from './request.ts'
import type { AttemptState, RunState, StepState } from './run-state.ts'
import type { StepFault } from './step-fault.ts'

/** Why something failed, for a person: what happened, why, and what to do next. */
export interface Failure {
  readonly code: FailureCode
  readonly sentence: string
  readonly cause: string
  readonly fix: string
  /** The component's own account, where it gave one; `cause` says it in English. */
  readonly fault?: StepFault
}

/** The closed set of ways in which a step ends badly; the first ones are never the user's fault. */
export const failureCodes = [
  'PROCESS_LOST',
  'START_FAILED',
  'EVICTED',
  'NODE_LOST',
  'TRANSFER_FAILED',
  'DISK_FULL',
  'STORE_UNAVAILABLE',
  'ENVIRONMENT_UNAVAILABLE',
  'OUT_OF_MEMORY',
  'GPU_OUT_OF_MEMORY',
  'TIME_LIMIT',
  'OUTPUT_MISSING',
  'INPUT_MISSING',
  'BASE_MODEL_MISSING',
  'IMAGE_UNKNOWN',
  'IMAGE_PULL_FAILED',
  'RESOURCES_UNAVAILABLE',
  'SPEC_UNREADABLE',
  'APPROVAL_VOID',
  'COMMAND_FAILED',
  'STEP_FAILED',
] as const
export type FailureCode = (typeof failureCodes)[number]

/** One execution of a spec. */
export interface Run {
  readonly id: Id
  readonly projectId: Id
  readonly requestId: Id
  readonly specId: Id
  readonly state: RunState
  readonly priority: Priority
  readonly seed: number
  /** The number of its newest event. */
  readonly seq: number
  readonly failure: Failure | null
  readonly createdBy: Id
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

export interface Step {
  readonly id: Id
  readonly runId: Id
  readonly name: string
  readonly type: string
  readonly ordinal: number
  readonly dependsOn: readonly string[]
  readonly state: StepState
  /** 0 to 1. */
  readonly progress: number
  readonly message: string
  readonly cacheNote: string | null
  readonly failure: Failure | null
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

export interface Attempt {
  readonly id: Id
  readonly stepId: Id
  readonly runId: Id
  readonly ordinal: number
  readonly state: AttemptState
  /** Where it runs or ran; null while nobody knows, and on this machine. */
  readonly node: string | null
  readonly deviceType: string | null
  readonly deviceCount: number
  readonly exitCode: number | null
  readonly failure: Failure | null
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

/** A run's progress as one figure. */
export interface RunProgress {
  /** 0 to 1, steps weighted by how long their type usually takes. */
  readonly progress: number
  readonly message: string
  /** Null while there is nothing to judge by. */
  readonly secondsLeft: number | null
}

/** A piece of a step's log. Offsets are bytes; text never holds half a character. */
export interface LogChunk {
  readonly text: string
  readonly from: number
  readonly to: number
  readonly size: number
  /** Nothing will follow `to`. */
  readonly ended: boolean
  readonly attemptId: Id | null
}

export interface MetricPoint {
  readonly step: number
  /** Null stands for NaN. */
  readonly value: number | null
  readonly at: Date
}
export interface MetricSeries {
  readonly key: string
  readonly points: readonly MetricPoint[]
}

export interface NameValue {
  readonly name: string
  readonly value: string
}

/** A file that a run logged while it ran: a sample picture, a grid, anything else. */
export interface RunFile {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly kind: 'sample' | 'grid' | 'file'
  /** The training step that its name tells ("samples/step-000100-0.png"), or null. */
  readonly step: number | null
  readonly createdAt: Date
}

export const runEventKinds = [
  'RUN_STATE',
  'STEP_STATE',
  'ATTEMPT_STATE',
  'PROGRESS',
  'METRICS',
  'FILE',
  'MODEL',
] as const
export type RunEventKind = (typeof runEventKinds)[number]

export interface EventMetric {
  readonly key: string
  readonly value: number | null
  readonly step: number
}

/** What an event says; what does not apply is absent. */
export interface RunEventBody {
  readonly kind: RunEventKind
  /** The step's name. */
  readonly step?: string
  readonly stepState?: StepState
  readonly runState?: RunState
  readonly attempt?: number
  readonly attemptState?: AttemptState
  readonly progress?: number
  readonly message?: string
  readonly metrics?: readonly EventMetric[]
  readonly file?: Omit<RunFile, 'createdAt'>
  readonly failure?: Failure
  readonly modelVersionId?: Id
}

/** One event of a run's history; `seq` starts at 1 and has no gaps. */
export interface RunEvent extends RunEventBody {
  readonly seq: number
  readonly at: Date
}

export interface RunEventBatch {
  readonly events: readonly RunEvent[]
  readonly cursor: string
  /** The run has ended and these are its last events. */
  readonly ended: boolean
}

/** What a logged file is, by its path. */
export function runFileKind(path: string): RunFile['kind'] {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (/^grid.*\.(png|jpe?g|webp)$/i.test(name)) return 'grid'
  return /^(.*\/)?samples\//.test(path) && /\.(png|jpe?g|webp)$/i.test(name) ? 'sample' : 'file'
}

/** The training step that a sample's name tells, or null. */
export function runFileStep(path: string): number | null {
  const match = /(?:^|\/)step-(\d{1,12})(?:-\d+)?\.[a-z]+$/i.exec(path)
  return match === null ? null : Number(match[1])
}

// A long training dwarfs the steps around it; progress should tell time, not count steps.
const weights: Readonly<Record<string, number>> = {
  data_loader: 2,
  preprocessor: 5,
  trainer: 75,
  evaluator: 18,
}
const otherWeight = 20

type Timed = Pick<Step, 'name' | 'type' | 'state' | 'progress' | 'message' | 'startedAt'>

/** The progress of a run from its steps: weighted by type, with the time left judged by the steps that run. */
export function progressOfRun(steps: readonly Timed[], now: Date): RunProgress {
  let whole = 0
  let done = 0
  let seconds = 0
  let earned = 0
  let message = ''
  for (const step of steps) {
    const weight = weights[step.type] ?? otherWeight
    whole += weight
    if (step.state === 'SUCCEEDED' || step.state === 'CACHED') done += weight
    else if (step.state === 'RUNNING') {
      done += weight * step.progress
      message = step.message === '' ? step.name : `${step.name}: ${step.message}`
      if (step.startedAt !== null && step.progress >= 0.02) {
        seconds += Math.max(0, (now.getTime() - step.startedAt.getTime()) / 1000)
        earned += weight * step.progress
      }
    }
  }
  if (message === '') {
    const waiting = steps.find((step) => step.state === 'PENDING' || step.state === 'READY')
    if (waiting !== undefined) message = waiting.message
  }
  return {
    progress: whole === 0 ? 0 : done / whole,
    message,
    secondsLeft: earned === 0 ? null : ((whole - done) * seconds) / earned,
  }
}
