import type { StoredIntent } from '../domain/goal.ts'
import type { Id } from '../domain/id.ts'
import type { Proposal } from '../domain/operation.ts'
import type { Viewer } from '../domain/person.ts'
import type { StoredSpec } from '../domain/stored-spec.ts'

export interface AppliedAsk {
  readonly intent: StoredIntent
  readonly spec: StoredSpec | null
  /** What `undo` takes back to. */
  readonly undoRevision: number
  readonly undoSpec: StoredSpec | null
}

export interface AsksPort {
  /** What the words would change; stores nothing. @throws DomainError NOT_FOUND, GOAL_UNREADABLE, INTENT_UNSUPPORTED; InvalidError naming the culprit */
  propose(
    viewer: Viewer,
    input: { goalId: Id; specId: Id | null; text: string },
  ): Promise<Proposal & { revision: number }>
  /** Stores a new revision of the intent and, where the plan changes, its next version. @throws as `propose`, CONFLICT when `revision` is not the newest */
  apply(
    viewer: Viewer,
    input: { goalId: Id; specId: Id | null; operations: unknown; revision: number | null },
  ): Promise<AppliedAsk>
  /**
   * Makes an earlier revision the newest again, and an earlier plan the pipeline's newest version.
   *
   * @param input.seen the newest revision that the person saw; null: whichever it is
   * @throws DomainError NOT_FOUND, CONFLICT when `seen` is not the newest
   */
  undo(
    viewer: Viewer,
    input: {
      goalId: Id
      revision: number
      seen: number | null
      /** The plan as it is, and the one to return to; both or none. */
      spec: Id | null
      to: Id | null
    },
  ): Promise<AppliedAsk>
}
