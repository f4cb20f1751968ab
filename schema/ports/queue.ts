import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type { Queue, QueueEntry, QueueNow, Quota } from '../domain/queue.ts'
import type { Priority } from '../domain/request.ts'
import type { Page, Slice } from './page.ts'

export interface QuotaSetting {
  readonly projectId: Id | null
  readonly personId: Id | null
  readonly gpus: number | null
  readonly gpuHours: number | null
  /** A project's weight in fair share; null: as it is. */
  readonly share: number | null
}

export interface QueuePort {
  /** The waiting runs in the order in which they are taken; what the viewer may not see is left out, places stay. */
  list(viewer: Viewer, page: Page & { readonly queue: string | null }): Promise<Slice<QueueEntry>>
  /** The queue's beginning and what runs: now, then on each change. */
  changes(viewer: Viewer, first: number, signal?: AbortSignal): AsyncIterable<QueueNow>
  entry(viewer: Viewer, runId: Id): Promise<QueueEntry | null>
  queues(): Promise<Queue[]>
  /** Makes or changes a named queue. @throws DomainError FORBIDDEN; InvalidError BAD_INPUT */
  setQueue(viewer: Viewer, queue: Queue): Promise<Queue>
  /** Gives a waiting run another priority; its place there is by fair share. @throws DomainError FORBIDDEN, NOT_FOUND, ILLEGAL_STATE */
  prioritise(viewer: Viewer, runId: Id, priority: Priority): Promise<QueueEntry>
  /**
   * Puts a waiting run right before another one (null: at the end of its priority), in that one's priority.
   *
   * @throws DomainError FORBIDDEN, NOT_FOUND, ILLEGAL_STATE when either has left the queue
   */
  move(viewer: Viewer, runId: Id, beforeRunId: Id | null): Promise<QueueEntry>
  quotas(viewer: Viewer): Promise<Quota[]>
  /** The viewer's own limits and use, with null figures where nothing limits them. */
  ownQuota(viewer: Viewer): Promise<Quota>
  /** Both figures null: the quota is taken away, a project's weight stays. @throws DomainError FORBIDDEN, NOT_FOUND; InvalidError BAD_INPUT */
  setQuota(viewer: Viewer, setting: QuotaSetting): Promise<Quota>
}
