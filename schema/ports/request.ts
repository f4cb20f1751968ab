import type { Json } from '../domain/canonical-json.ts'
import type { CostQuote } from '../domain/cost.ts'
import type { Problem } from '../domain/errors.ts'
import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type {
  Priority,
  Request,
  ResourceCaps,
  ThresholdMark,
  Thresholds,
} from '../domain/request.ts'
import type { Run } from '../domain/run.ts'
import type { RequestState } from '../domain/run-state.ts'
import type { Page, Slice } from './page.ts'

export interface RequestSubmission {
  /** Chosen by the client so that sending twice submits once. */
  readonly id: Id | null
  readonly specId: Id
  /** Left away: the queue's own. */
  readonly priority?: Priority | null
  readonly isTest: boolean
  /** Left away: `default`. */
  readonly queue?: string | null
  /** What is left away is pre-filled from the spec (WR-02). */
  readonly caps?: Partial<ResourceCaps>
  readonly citedRunId?: Id | null
  readonly note?: string
  /** Keeps it as a draft: it is sent later. */
  readonly draft?: boolean
}

/** What a request for a spec would be, before it is made. */
export interface RequestQuote {
  readonly caps: ResourceCaps
  readonly marks: readonly ThresholdMark[]
  readonly quote: CostQuote
  /** Why it cannot run as it is; empty when it can. */
  readonly problems: readonly Problem[]
  /** Ended test runs of the project, newest first, at most 20. */
  readonly testRuns: readonly CitedRun[]
}

/** AP-04: a test run as an approver sees it. */
export interface CitedRun {
  readonly run: Run
  /** Whether it ran exactly this spec. */
  readonly sameSpec: boolean
  readonly seconds: number | null
}

/** One thing in which a spec differs from the one that was approved last. */
export interface SpecChange {
  readonly path: string
  /** null: it was not there. */
  readonly before: Json
  readonly after: Json
}

export interface LastApproved {
  readonly requestId: Id
  readonly specId: Id
  readonly decidedAt: Date | null
  /** At most 200. */
  readonly changes: readonly SpecChange[]
}

export interface Decision {
  readonly requestId: Id
  /** What the approver saw: `Request.signature`. */
  readonly signature: string
  readonly comment: string
}

export interface RequestsPort {
  /**
   * Submits a stored spec to run: under the thresholds its run joins the queue at once.
   *
   * @throws DomainError NOT_FOUND, ID_REUSED, QUOTA_EXCEEDED, BUDGET_EXCEEDED; InvalidError SPEC_INVALID with the
   *   components that cannot run here, BAD_INPUT with each figure that cannot be
   */
  submit(viewer: Viewer, submission: RequestSubmission): Promise<Request>
  /** Sends a draft. @throws DomainError NOT_FOUND, ILLEGAL_STATE and as `submit` */
  send(viewer: Viewer, requestId: Id): Promise<Request>
  /** @throws DomainError NOT_FOUND, FORBIDDEN for another one's, ILLEGAL_STATE once it is decided */
  withdraw(viewer: Viewer, requestId: Id): Promise<Request>
  /** @throws DomainError NOT_FOUND, FORBIDDEN, ILLEGAL_STATE, CONFLICT when it is not what was shown, and as `submit` */
  approve(viewer: Viewer, decision: Decision): Promise<Request>
  /** @throws DomainError BAD_INPUT without a comment, and as `approve` */
  reject(viewer: Viewer, decision: Decision): Promise<Request>
  /** @throws DomainError NOT_FOUND; InvalidError BAD_INPUT */
  quote(viewer: Viewer, specId: Id, caps: Partial<ResourceCaps>): Promise<RequestQuote>
  byId(viewer: Viewer, id: Id): Promise<Request | null>
  /** Newest first. */
  list(
    viewer: Viewer,
    page: Page & {
      readonly state: RequestState | null
      readonly projectId: Id | null
      /** Only the viewer's own. */
      readonly mine: boolean
    },
  ): Promise<Slice<Request>>
  runOf(viewer: Viewer, requestId: Id): Promise<Run | null>
  personName(viewer: Viewer, personId: Id): Promise<string>
  citedRun(viewer: Viewer, request: Request): Promise<CitedRun | null>
  lastApproved(viewer: Viewer, request: Request): Promise<LastApproved | null>
  thresholds(viewer: Viewer): Promise<Thresholds>
  /** @throws DomainError FORBIDDEN; InvalidError BAD_INPUT */
  setThresholds(viewer: Viewer, thresholds: Thresholds): Promise<Thresholds>
}
