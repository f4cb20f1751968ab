import type { CaptionerReport, CaptionsChange } from '../domain/caption.ts'
import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'

export interface CaptionsPort {
  /** The caption of a picture that has none of its own. */
  template(viewer: Viewer, poolId: Id): Promise<string>
  /**
   * Replaces a text in all captions of used pictures, the template's included.
   *
   * @throws DomainError BAD_INPUT for an empty text to find, or when a caption would get too long
   */
  replace(
    viewer: Viewer,
    input: { poolId: Id; find: string; replacement: string },
  ): Promise<CaptionsChange>
  /** The captioner's newest score on this pool; null without a captioner or before its first probe. */
  score(viewer: Viewer, poolId: Id): Promise<CaptionerReport | null>
  /** Asks the captioner what is in some pictures. @throws DomainError UNAVAILABLE, BUDGET_EXCEEDED, ILLEGAL_STATE */
  probe(viewer: Viewer, poolId: Id): Promise<CaptionerReport>
  /** Captions pictures (50 at most). @throws DomainError ILLEGAL_STATE before the captioner passed its probe */
  make(viewer: Viewer, input: { poolId: Id; imageIds: readonly Id[] }): Promise<CaptionsChange>
}
