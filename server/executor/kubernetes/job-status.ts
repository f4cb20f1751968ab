import type { Exit, ExitCause, Observation } from '../executor.ts'
import type { KubernetesObject } from './api.ts'
import { annotation, courierContainer, mainContainer } from './job-manifest.ts'

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly running?: { readonly startedAt?: string }
  readonly terminated?: {
    readonly exitCode: number
    readonly signal?: number
    readonly reason?: string
    readonly message?: string
    readonly startedAt?: string
    readonly finishedAt?: string
  }
}

interface ContainerStatus {
  readonly name: string
  readonly state?: ContainerState
  readonly lastState?: ContainerState
  readonly restartCount?: number
}

export interface JobObject extends KubernetesObject {
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly resourceClaims?: readonly object[] } }
  }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly startTime?: string
    readonly completionTime?: string
    readonly active?: number
    readonly failed?: number
  }
}

export interface PodObject extends KubernetesObject {
  readonly spec?: { readonly nodeName?: string }
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly message?: string
    readonly startTime?: string
    readonly conditions?: readonly Condition[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

/** How long a pod may fail to get its image before that counts as the end: registries have bad minutes. */
const imagePatienceMs = 120_000
/** How long a pod that is being taken away may take to end by itself, and to deliver; longer is a node that is gone. */
const disruptionPatienceMs = 120_000
const date = (text: string | undefined): Date | null => (text === undefined ? null : new Date(text))
const condition = (object: JobObject | PodObject, type: string): Condition | undefined =>
  object.status?.conditions?.find((it) => it.type === type && it.status === 'True')

const badImage =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable)$/
const badConfig = /^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/

/** The kubelet's words for a volume, a container or a whole pod over its own limit. */
const overDisk =
  /^(Usage of EmptyDir volume|Pod ephemeral local storage usage exceeds|Container \S+ exceeded its local ephemeral storage limit)/

function statusesOf(pod: PodObject): readonly ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
}

/** The last pod that the Job made; there is one, but for what somebody made by hand. */
function newest(pods: readonly PodObject[]): PodObject | null {
  return (
    [...pods]
      .sort((a, b) =>
        (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''),
      )
      .at(-1) ?? null
  )
}

/** What took the pod away, from the condition that the scheduler, the kubelet or a controller set; null: nothing did. */
function disruption(pod: PodObject): { cause: ExitCause; detail: string } | null {
  const target = condition(pod, 'DisruptionTarget')
  const detail = target?.message ?? pod.status?.message ?? ''
  switch (target?.reason) {
    case 'PreemptionByScheduler':
      return { cause: 'preempted', detail }
    case 'DeletionByTaintManager':
    case 'DeletionByPodGC':
      return { cause: 'node_lost', detail }
    case 'EvictionByEvictionAPI':
    case 'TerminationByKubelet':
      return { cause: 'evicted', detail }
    case undefined:
      break
    default:
      return { cause: 'evicted', detail: `${target?.reason ?? ''} ${detail}`.trim() }
  }
  switch (pod.status?.reason) {
    case 'Evicted':
      // The node has room: it is this pod that wrote more than it was given.
      if (overDisk.test(detail)) return { cause: 'disk_limit', detail }
      return { cause: 'evicted', detail }
    case 'Preempting':
      return { cause: 'evicted', detail }
    case 'NodeLost':
    case 'NodeShutdown':
    case 'Shutdown':
    case 'Terminated':
      return { cause: 'node_lost', detail }
    // The node refused what the scheduler had placed there: another placement may do.
    case 'UnexpectedAdmissionError':
    case 'NodeAffinity':
    case 'OutOfcpu':
    case 'OutOfmemory':
    case 'OutOfpods':
      return { cause: 'evicted', detail: `${pod.status.reason}: ${detail}` }
    case undefined:
    default:
      return null
  }
}

/** When the Job got its last condition. */
function lastChange(job: JobObject): Date {
  const times = (job.status?.conditions ?? []).map((it) => it.lastTransitionTime ?? '')
  return new Date(times.sort().at(-1) || (job.metadata.creationTimestamp ?? 0))
}

function exitOf(job: JobObject, pod: PodObject | null, extra: Partial<Exit>): Exit {
  const main = pod?.status?.containerStatuses?.find((it) => it.name === mainContainer)
  const ended = main?.state?.terminated
  const signal =
    ended === undefined ? undefined : ended.exitCode > 128 ? ended.exitCode - 128 : undefined
  return {
    exitCode: ended?.exitCode ?? null,
    signal: signal === 9 ? 'SIGKILL' : signal === 15 ? 'SIGTERM' : null,
    reason: 'exited',
    detail: ended?.message ?? '',
    diskFull: false,
    startedAt:
      date(ended?.startedAt) ??
      date(job.status?.startTime) ??
      date(job.metadata.creationTimestamp) ??
      new Date(0),
    endedAt: date(ended?.finishedAt) ?? date(job.status?.completionTime) ?? lastChange(job),
    ...extra,
  }
}

/** Why the pod does not run yet, in a sentence; empty once it does. */
export function waitingFor(pod: PodObject | null): string {
  if (pod === null) return 'waiting for Kubernetes to make the pod'
  const scheduled = pod.status?.conditions?.find((it) => it.type === 'PodScheduled')
  if (scheduled?.status === 'False')
    return `waiting for a node: ${(scheduled.message ?? scheduled.reason ?? '').slice(0, 300)}`
  const main = pod.status?.containerStatuses?.find((it) => it.name === mainContainer)?.state
  if (main?.running !== undefined) return ''
  if (main?.terminated !== undefined) return 'delivering outputs'
  for (const { name, state } of statusesOf(pod)) {
    const waiting = state?.waiting
    if (waiting?.reason !== undefined && waiting.reason !== 'PodInitializing') {
      if (badImage.test(waiting.reason))
        return `waiting for an image: ${(waiting.message ?? waiting.reason).slice(0, 300)}`
      if (waiting.reason === 'ContainerCreating') continue
      return `${name}: ${waiting.reason} ${(waiting.message ?? '').slice(0, 200)}`.trim()
    }
    if (name === 'fetch' && state?.running !== undefined) return 'fetching inputs'
  }
  return 'starting the container'
}

/**
 * What a Job and its pods say of an attempt. Pure; `now` decides only how long an image may fail to come.
 * A Job that ended is the truth about its outcome; a pod alone never is.
 */
export function observeJob(job: JobObject, pods: readonly PodObject[], now: Date): Observation {
  const pod = newest(pods)
  const asked = job.metadata.annotations?.[annotation.stop]
  const failed = condition(job, 'Failed')
  if (condition(job, 'Complete') !== undefined)
    return {
      state: 'ended',
      exit: exitOf(job, pod, { exitCode: 0, signal: null, reason: 'exited', detail: '' }),
    }
  if (failed !== undefined) {
    if (asked !== undefined) return { state: 'ended', exit: askedExit(job, pod, asked) }
    if (failed.reason === 'DeadlineExceeded')
      return { state: 'ended', exit: exitOf(job, pod, { reason: 'time_limit' }) }
    if (pod === null)
      return {
        state: 'ended',
        exit: exitOf(job, pod, {
          reason: 'gone',
          cause: failed.reason === 'PodFailurePolicy' ? 'node_lost' : 'deleted',
          detail: failed.message ?? '',
        }),
      }
    return { state: 'ended', exit: failedPod(job, pod, failed.message ?? '') }
  }
  if (job.metadata.deletionTimestamp !== undefined && asked === undefined)
    return {
      state: 'ended',
      exit: exitOf(job, pod, {
        exitCode: null,
        reason: 'gone',
        cause: 'deleted',
        detail: 'Its Job was deleted by somebody else.',
      }),
    }
  if (pod !== null) {
    const taken = disruption(pod)
    const told = date(condition(pod, 'DisruptionTarget')?.lastTransitionTime)
    if (taken !== null && told !== null && now.getTime() - told.getTime() > disruptionPatienceMs)
      return { state: 'ended', exit: exitOf(job, pod, { reason: 'gone', ...taken }) }
    const stuck = statusesOf(pod).find(({ state }) => badImage.test(state?.waiting?.reason ?? ''))
    const since = date(pod.status?.startTime ?? pod.metadata.creationTimestamp)
    if (stuck !== undefined && since !== null && now.getTime() - since.getTime() > imagePatienceMs)
      return {
        state: 'ended',
        exit: exitOf(job, pod, {
          reason: 'not_started',
          cause: 'image_pull',
          detail: stuck.state?.waiting?.message ?? stuck.state?.waiting?.reason ?? '',
        }),
      }
    const wrong = statusesOf(pod).find(({ state }) => badConfig.test(state?.waiting?.reason ?? ''))
    if (wrong !== undefined && since !== null && now.getTime() - since.getTime() > imagePatienceMs)
      return {
        state: 'ended',
        exit: exitOf(job, pod, {
          reason: 'not_started',
          detail: wrong.state?.waiting?.message ?? wrong.state?.waiting?.reason ?? '',
        }),
      }
  }
  const message = waitingFor(pod)
  const node = pod?.spec?.nodeName
  return {
    state: 'running',
    ...(message === '' ? {} : { waitingFor: message }),
    ...(node === undefined || node === '' ? {} : { node }),
  }
}

/** How an attempt ended that we ended: as its Job says, whatever its pod died of then. */
export function askedExit(job: JobObject, pod: PodObject | null, asked: string): Exit {
  if (asked === 'time_limit' || asked === 'stopped') return exitOf(job, pod, { reason: asked })
  const detail = job.metadata.annotations?.[annotation.stopDetail] ?? ''
  return exitOf(job, pod, {
    exitCode: null,
    signal: null,
    reason: 'not_started',
    ...(asked === 'image_pull' ? { cause: asked } : {}),
    detail,
  })
}

/** Whether the Job says that it is over. */
export function isOver(job: JobObject): boolean {
  return condition(job, 'Complete') !== undefined || condition(job, 'Failed') !== undefined
}

function failedPod(job: JobObject, pod: PodObject, detail: string): Exit {
  const taken = disruption(pod)
  if (taken !== null) return exitOf(job, pod, { reason: 'gone', ...taken })
  const main = pod.status?.containerStatuses?.find((it) => it.name === mainContainer)
  const ended = main?.state?.terminated
  if (ended?.reason === 'OOMKilled' || ended?.reason === 'OOMKilling')
    return exitOf(job, pod, {
      exitCode: ended.exitCode,
      signal: 'SIGKILL',
      cause: 'out_of_memory',
      detail: 'The container went over its memory limit.',
    })
  // Somebody deleted the pod: its program was ended, it did not end.
  if (pod.metadata.deletionTimestamp !== undefined && (ended === undefined || ended.exitCode > 128))
    return exitOf(job, pod, {
      reason: 'gone',
      cause: 'deleted',
      detail: 'Its pod was deleted by somebody else.',
    })
  // The step itself went well, or never began: what failed is the courier.
  for (const { name, state } of pod.status?.initContainerStatuses ?? []) {
    const over = state?.terminated
    if (over === undefined || over.exitCode === 0) continue
    if (name === courierContainer && ended?.exitCode !== 0) continue
    return exitOf(job, pod, {
      exitCode: null,
      reason: 'not_started',
      cause: 'courier',
      detail: `${name === 'fetch' ? 'Its inputs could not be fetched' : 'Its outputs could not be delivered'}: ${over.message ?? over.reason ?? `exit code ${over.exitCode}`}`,
    })
  }
  if (ended?.reason === 'StartError' || ended?.reason === 'ContainerCannotRun')
    return exitOf(job, pod, { reason: 'not_started', detail: ended.message ?? '' })
  return exitOf(job, pod, ended === undefined ? { reason: 'gone', cause: 'deleted', detail } : {})
}

/** Seconds that the step's own container has run; null when it does not run. */
export function runningSeconds(pods: readonly PodObject[], now: Date): number | null {
  const main = newest(pods)?.status?.containerStatuses?.find((it) => it.name === mainContainer)
  const since = date(main?.state?.running?.startedAt)
  return since === null ? null : (now.getTime() - since.getTime()) / 1000
}
