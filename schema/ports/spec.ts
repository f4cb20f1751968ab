import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type { SpecCheck, SpecSetting, StoredSpec } from '../domain/stored-spec.ts'
import type { Page, Slice } from './page.ts'

export interface SpecsPort {
  byId(viewer: Viewer, id: Id): Promise<StoredSpec | null>
  /** Newest first. */
  list(viewer: Viewer, projectId: Id, page: Page): Promise<Slice<StoredSpec>>
  /** Reads and validates without storing. @throws DomainError TOO_LARGE */
  check(text: string): SpecCheck
  /** The settings that the spec's template exposes; [] for a spec without a trainer of ours. */
  settings(spec: StoredSpec, language: 'en' | 'ko'): SpecSetting[]
  /**
   * The newest intent of the goal + a data set version + settings -> a stored spec.
   *
   * @throws DomainError NOT_FOUND, INTENT_UNSUPPORTED naming the slot, ID_REUSED; InvalidError with a problem per bad setting
   */
  synthesise(
    viewer: Viewer,
    input: {
      id: Id | null
      goalId: Id
      datasetVersionId: Id
      settings: Readonly<Record<string, unknown>> | null
    },
  ): Promise<StoredSpec>
  /** Stores wire JSON that has no faults. @throws InvalidError SPEC_INVALID with all faults; DomainError NOT_FOUND, TOO_LARGE, ID_REUSED */
  store(viewer: Viewer, input: { id: Id | null; projectId: Id; text: string }): Promise<StoredSpec>
  /** A new spec: the given one with changed settings. @throws as `synthesise` */
  adjust(
    viewer: Viewer,
    input: { id: Id | null; specId: Id; settings: Readonly<Record<string, unknown>> },
  ): Promise<StoredSpec>
}
