import type { Failure, FailureCode } from '#schema/domain/run.ts'
import { stepFaultOf, type StepFault, type StepFaultCode } from '#schema/domain/step-fault.ts'
import type { Exit, ExitCause } from '../executor/executor.ts'

/** Whose fault a failure is decides what is spent on it: the spec's retries, or the budget for infrastructure. */
export interface Verdict {
  readonly failure: Failure
  readonly fault: 'user' | 'infrastructure'
}

/** How many further attempts broken infrastructure gets (design 03). */
export const infrastructureBudget = 3

const infrastructure: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'PROCESS_LOST',
  'START_FAILED',
  'EVICTED',
  'NODE_LOST',
  'TRANSFER_FAILED',
  'DISK_FULL',
  'STORE_UNAVAILABLE',
])

export function verdict(code: FailureCode, sentence: string, cause: string, fix: string): Verdict {
  return {
    failure: { code, sentence, cause, fix },
    fault: infrastructure.has(code) ? 'infrastructure' : 'user',
  }
}

const maxCause = 500

// Terminals colour their last words.
const ansi = /\u001b\[[0-9;]*[A-Za-z]/g

/** The line that tells most: our components' `error: ...`, a Python exception, else the last one. */
export function tellingLine(log: string): string {
  const lines = log
    .replaceAll(ansi, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('progress:') && !line.startsWith('{"'))
  const error = lines.findLast((line) => line.startsWith('error: '))
  if (error !== undefined) return error.slice('error: '.length).slice(0, maxCause)
  const exception = lines.findLast((line) => /^[A-Za-z_.]*(Error|Exception|Interrupt)\b/.test(line))
  return (exception ?? lines.at(-1) ?? '').slice(0, maxCause)
}

/** The component's own account of the sentence that `tellingLine` found, as data. */
function faultOf(log: string, sentence: string): StepFault | null {
  if (sentence === '') return null
  const line = log
    .split('\n')
    .map((it) => it.trim())
    .findLast((it) => it.startsWith('{"') && it.includes('"code"'))
  return line === undefined ? null : stepFaultOf(line, sentence)
}

/** The base model is not there, or not whole. */
const baseModelMissing: ReadonlySet<StepFaultCode> = new Set<StepFaultCode>([
  'BASE_MODEL_GATED',
  'BASE_MODEL_INCOMPLETE',
  'BASE_MODEL_NOT_FETCHED',
  'BASE_MODEL_NOT_FOUND',
])

const newDataset = 'Make the data set anew from the review, then start again.'
const otherBaseModel = 'Choose another base model in the plan, then start again.'
const otherResolution = 'Change the resolution in the plan, then start again.'

/** What mends a fault that names no setting. */
const fixes: Partial<Record<StepFaultCode, string>> = {
  DIVERGED: 'Lower the learning rate in the plan, then start again.',
  RESOLUTION_NO_MULTIPLE: otherResolution,
  BUCKET_STEP_TOO_LARGE: otherResolution,
  DATASET_EMPTY: newDataset,
  DATASET_LIST_MISSING: newDataset,
  DATASET_OTHER_VERSION: newDataset,
  DATASET_FORMAT_UNKNOWN: newDataset,
  PICTURE_CHANGED: newDataset,
  PICTURE_MISSING: newDataset,
  PICTURE_NAME_INVALID: newDataset,
  PICTURE_UNREADABLE: newDataset,
  BASE_MODEL_KIND_UNKNOWN: otherBaseModel,
  BASE_MODEL_NAME_INVALID: otherBaseModel,
  PREDICTION_UNKNOWN: otherBaseModel,
}

function fixOf({ code, facts }: StepFault): string {
  return facts['setting'] === undefined
    ? (fixes[code] ?? 'Mend what it names in the plan, then start again.')
    : `Change the setting "${facts['setting']}" in the plan, then start again.`
}

function failedByFault(step: string, line: string, fault: StepFault): Verdict {
  const missing = baseModelMissing.has(fault.code)
  const { failure, ...rest } = missing
    ? verdict(
        'BASE_MODEL_MISSING',
        `The step "${step}" did not find its base model.`,
        line,
        baseModelFix,
      )
    : verdict('STEP_FAILED', `The step "${step}" failed.`, line, fixOf(fault))
  return { failure: { ...failure, fault }, ...rest }
}

const baseModelFix =
  'Put the model into a folder named in AUTODIDACT_BASE_MODELS, connect to the internet, or choose the base model that ships with the platform.'

/** What the executor knows of the cause; null: the exit code and the log say more. */
const causes: Readonly<Record<ExitCause, (step: string, exit: Exit) => Verdict | null>> = {
  out_of_memory: () => null,
  image_pull: (step, exit) =>
    verdict(
      'IMAGE_PULL_FAILED',
      `The image of the step "${step}" could not be pulled.`,
      exit.detail,
      'Check the image’s name and tag in the plan, and that the cluster may pull from its registry; then start the run again.',
    ),
  evicted: (step, exit) =>
    verdict(
      'EVICTED',
      `The step "${step}" was moved off its node.`,
      exit.detail === '' ? 'The node was short of something, or is being drained.' : exit.detail,
      'It goes on from its last checkpoint on another node by itself.',
    ),
  preempted: (step, exit) =>
    verdict(
      'EVICTED',
      `The step "${step}" had to make room for work that the cluster finds more important.`,
      exit.detail,
      'It goes on from its last checkpoint by itself when there is room.',
    ),
  node_lost: (step, exit) =>
    verdict(
      'NODE_LOST',
      `The node on which the step "${step}" ran is gone.`,
      exit.detail === '' ? 'It stopped answering.' : exit.detail,
      'It goes on from its last checkpoint on another node by itself.',
    ),
  deleted: (step, exit) =>
    verdict(
      'PROCESS_LOST',
      `The step "${step}" was removed from the cluster by somebody else.`,
      exit.detail,
      'It goes on from its last checkpoint by itself.',
    ),
  disk_limit: (step, exit) => ({
    ...verdict(
      'DISK_FULL',
      `The step "${step}" filled the disk that its pod was given.`,
      exit.detail,
      'Ask for more disk or write less; the limit is AUTODIDACT_KUBERNETES_SCRATCH, which an administrator sets.',
    ),
    // It would fill the next one just so.
    fault: 'user',
  }),
  courier: (step, exit) =>
    verdict(
      'TRANSFER_FAILED',
      `The files of the step "${step}" could not be moved.`,
      exit.detail,
      'Check that pods reach AUTODIDACT_PUBLIC_URL and the store; it is tried again by itself.',
    ),
}

/** What a failed attempt died of, from how it ended and the end of its log. */
export function classifyExit(step: string, exit: Exit, logEnd: string): Verdict {
  const line = tellingLine(logEnd)
  const code = exit.exitCode
  const byCause = exit.cause === undefined ? null : causes[exit.cause](step, exit)
  if (byCause !== null) return byCause
  if (exit.reason === 'time_limit') {
    return verdict(
      'TIME_LIMIT',
      `The step "${step}" reached its time limit and was stopped.`,
      line === '' ? 'It was still running when its time was over.' : `Its last words: ${line}`,
      'Allow it more time in the plan, or give it less to do (fewer steps, a smaller resolution).',
    )
  }
  if (exit.reason === 'stopped') {
    return verdict(
      'PROCESS_LOST',
      `The step "${step}" was stopped from outside.`,
      'The machine shut down, or somebody ended its process.',
      'It goes on from its last checkpoint by itself.',
    )
  }
  if (exit.reason === 'not_started') {
    return verdict(
      'START_FAILED',
      `The step "${step}" could not be started.`,
      exit.detail,
      "Remove the components' Python environment (its cache folder); it is made anew at the next start.",
    )
  }
  if (exit.diskFull || /No space left on device|disk is full|ENOSPC/i.test(logEnd)) {
    return verdict(
      'DISK_FULL',
      `The disk is full: the step "${step}" could not write its results.`,
      line === '' ? 'No space is left on the disk that holds the data folder.' : line,
      'Free some space on the disk that holds the data folder, then start the run again.',
    )
  }
  if (/CUDA out of memory|torch\.(cuda\.)?OutOfMemoryError|GPU ran out of memory/.test(logEnd)) {
    return verdict(
      'GPU_OUT_OF_MEMORY',
      `The GPU ran out of memory in the step "${step}".`,
      line,
      'Choose a smaller batch size or resolution, or a GPU with more memory.',
    )
  }
  if (
    exit.signal === 'SIGKILL' ||
    code === 137 ||
    /^MemoryError\b|not enough memory|Cannot allocate memory/im.test(logEnd)
  ) {
    return verdict(
      'OUT_OF_MEMORY',
      `The step "${step}" ran out of memory.`,
      exit.signal === 'SIGKILL' || code === 137
        ? 'The operating system ended its process, as it does when memory is short.'
        : line,
      'Choose a smaller batch size or resolution, close other programs, or use a machine with more memory.',
    )
  }
  const fault = faultOf(logEnd, line)
  if (fault !== null) return failedByFault(step, line, fault)
  if (/base model/i.test(line) && /not|missing|no folder|cannot|could/i.test(line)) {
    return verdict(
      'BASE_MODEL_MISSING',
      `The step "${step}" did not find its base model.`,
      line,
      baseModelFix,
    )
  }
  if (/ModuleNotFoundError|ImportError/.test(line)) {
    return verdict(
      'ENVIRONMENT_UNAVAILABLE',
      `The step "${step}" misses a Python package.`,
      line,
      "Remove the components' Python environment (its cache folder); it is made anew at the next start.",
    )
  }
  const how = exit.signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${exit.signal}`
  return verdict(
    'STEP_FAILED',
    line === ''
      ? `The step "${step}" failed with ${how} and said nothing.`
      : `The step "${step}" failed (${how}).`,
    line === '' ? `Its process ended with ${how}.` : line,
    'Read the end of its log, change the setting that it names, and start again.',
  )
}

export function lost(step: string): Verdict {
  return verdict(
    'PROCESS_LOST',
    `The process of the step "${step}" is gone.`,
    'It ended without a trace: the machine was restarted, or somebody ended it.',
    'It goes on from its last checkpoint by itself.',
  )
}

export function outputMissing(step: string, names: readonly string[]): Verdict {
  const list = names.map((name) => `"${name}"`).join(', ')
  return verdict(
    'OUTPUT_MISSING',
    `The step "${step}" ended well but did not write its output ${list}.`,
    `Nothing lies in ${names.map((name) => `out/${name}`).join(', ')}.`,
    'Let the component write every output that the plan declares, or remove the output from the plan.',
  )
}

/** An error of our own while starting an attempt or storing its outputs. */
export function ownFault(step: string, doing: 'start' | 'store', error: unknown): Verdict {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'STORAGE_FULL') {
    return verdict(
      'DISK_FULL',
      `The disk is full: the step "${step}" could not ${doing === 'start' ? 'be prepared' : 'store its results'}.`,
      'No space is left on the disk that holds the data folder.',
      'Free some space, then start the run again.',
    )
  }
  const cause = error instanceof Error ? error.message.slice(0, maxCause) : 'unknown'
  return doing === 'start'
    ? verdict(
        'START_FAILED',
        `The step "${step}" could not be started.`,
        cause,
        'It is tried again by itself.',
      )
    : verdict(
        'STORE_UNAVAILABLE',
        `The results of the step "${step}" could not be stored.`,
        cause,
        'It is tried again by itself; check the disk that holds the data folder.',
      )
}

/** Milliseconds before the next attempt: doubling from `base`, at most a minute. */
export function backoff(failures: number, base: number): number {
  return Math.min(60_000, base * 2 ** Math.max(0, failures - 1))
}
