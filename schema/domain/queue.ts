import type { Id } from './id.ts'
import type { Priority, ResourceCaps } from './request.ts'
import type { RunState } from './run-state.ts'

/** A named queue: bound to nodes by labels ({}: all of them), with the priority of who says none. */
export interface Queue {
  readonly name: string
  readonly defaultPriority: Priority
  readonly nodes: Readonly<Record<string, string>>
}

export const defaultQueue = 'default'

/** Why an entry waits; the client says it in the person's language. */
export const waitCodes = [
  'NEXT',
  'BEHIND',
  'RESOURCES',
  'HELD_FOR_HEAD',
  'QUOTA_GPUS_PROJECT',
  'QUOTA_GPUS_PERSON',
  'QUOTA_HOURS_PROJECT',
  'QUOTA_HOURS_PERSON',
  'NO_WORKER',
] as const
export type WaitCode = (typeof waitCodes)[number]

export interface WaitReason {
  readonly code: WaitCode
  readonly params: Readonly<Record<string, string | number>>
}

/** A run in the queue, or one that left it and has not ended. */
export interface QueueEntry {
  readonly runId: Id
  readonly requestId: Id
  readonly projectId: Id
  readonly name: string
  readonly projectName: string
  readonly who: string
  readonly state: RunState
  readonly queue: string
  readonly priority: Priority
  readonly isTest: boolean
  readonly resources: ResourceCaps
  readonly createdAt: Date
  readonly startedAt: Date | null
  /** 1 for the head; null once it has left the queue. */
  readonly position: number | null
  readonly expectedStart: Date | null
  readonly reasons: readonly WaitReason[]
}

/** The queue as it is now. */
export interface QueueNow {
  readonly waiting: number
  readonly running: readonly QueueEntry[]
  readonly entries: readonly QueueEntry[]
}

/** Limits of a project or a person; null: none. */
export interface Quota {
  readonly id: Id
  readonly projectId: Id | null
  readonly personId: Id | null
  readonly name: string
  /** GPUs at once. */
  readonly gpus: number | null
  /** GPU hours a month. */
  readonly gpuHours: number | null
  readonly usedGpus: number
  readonly usedGpuHours: number
  /** A project's weight in fair share; null for a person. */
  readonly share: number | null
}
