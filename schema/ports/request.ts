import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type { Priority, Request } from '../domain/request.ts'
import type { Run } from '../domain/run.ts'

export interface RequestSubmission {
  /** Chosen by the client so that sending twice submits once. */
  readonly id: Id | null
  readonly specId: Id
  readonly priority: Priority
  readonly isTest: boolean
}

export interface RequestsPort {
  /**
   * Submits a stored spec to run.
   *
   * @throws DomainError NOT_FOUND, ID_REUSED, SPEC_INVALID with the components that cannot run here
   */
  submit(viewer: Viewer, submission: RequestSubmission): Promise<Request>
  byId(viewer: Viewer, id: Id): Promise<Request | null>
  runOf(viewer: Viewer, requestId: Id): Promise<Run | null>
}
