import type { Goal, PlanPreview, StoredIntent } from '../domain/goal.ts'
import type { Id } from '../domain/id.ts'
import type { Intent } from '../domain/intent.ts'
import type { Viewer } from '../domain/person.ts'
import type { ReadingStep, RefinedReading } from '../domain/reading.ts'
import type { Page, Slice } from './page.ts'

export interface GoalsPort {
  /** Reads without storing. @throws DomainError GOAL_UNREADABLE */
  read(
    viewer: Viewer,
    text: string,
    poolId: Id | null,
  ): Promise<Intent & { language: string; explanation: string }>
  /**
   * The plan that a goal would come to on this machine, with its time, memory and cost; stores nothing.
   *
   * @param input.images how many pictures are at hand; null: as many as usual
   * @param input.changes values of slots that the person set by hand, by path
   * @throws DomainError GOAL_UNREADABLE, BAD_INPUT naming the slot
   */
  preview(
    viewer: Viewer,
    input: {
      text: string
      images: number | null
      changes: Readonly<Record<string, unknown>>
    },
  ): Promise<PlanPreview>
  /** Reads with a language model's help where one is set up; never fails for its sake. @throws DomainError GOAL_UNREADABLE, NOT_FOUND */
  refine(viewer: Viewer, text: string, poolId: Id | null): Promise<RefinedReading>
  /** The same, step by step, with the explanation as it comes. @throws DomainError GOAL_UNREADABLE, NOT_FOUND */
  refining(
    viewer: Viewer,
    text: string,
    poolId: Id | null,
    signal?: AbortSignal,
  ): AsyncGenerator<ReadingStep, void>
  /** Reads and stores; makes a project when none is given. @throws DomainError GOAL_UNREADABLE, NOT_FOUND, ID_REUSED */
  submit(
    viewer: Viewer,
    input: { id: Id | null; text: string; projectId: Id | null },
  ): Promise<Goal>
  /** A slot's value as people of a language say it; null where it needs no other words. */
  label(path: string, value: unknown, language: string): string | null
  byId(viewer: Viewer, id: Id): Promise<Goal | null>
  latest(viewer: Viewer, projectId: Id): Promise<Goal | null>
  list(viewer: Viewer, projectId: Id, page: Page): Promise<Slice<Goal>>
  intent(viewer: Viewer, goalId: Id): Promise<StoredIntent>
  intentById(viewer: Viewer, id: Id): Promise<StoredIntent | null>
  /** A person's edit of one slot; null removes it. @throws DomainError BAD_INPUT naming the slot, CONFLICT when `revision` is not the newest */
  revise(
    viewer: Viewer,
    input: { goalId: Id; path: string; value: unknown; revision: number | null },
  ): Promise<StoredIntent>
}
