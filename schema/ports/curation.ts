import type {
  Candidate,
  Curation,
  CurationEstimate,
  CurationStrategy,
  FinalSet,
  ReviewerAgreement,
  Round,
  SecondLook,
  VerdictCounts,
  VerdictValue,
} from '../domain/curation.ts'
import type { DatasetVersion } from '../domain/dataset.ts'
import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type { Page, Slice } from './page.ts'

export interface CurationsPort {
  byId(viewer: Viewer, id: Id): Promise<Curation | null>
  latest(viewer: Viewer, projectId: Id): Promise<Curation | null>
  /** @throws DomainError POOL_EMPTY, ILLEGAL_STATE while the pool is being embedded */
  start(
    viewer: Viewer,
    input: {
      id: Id | null
      poolId: Id
      size: number | null
      strategy?: CurationStrategy | null
    },
  ): Promise<Curation>
  /** @throws DomainError ILLEGAL_STATE when the curation is finished or the pool used up */
  nextRound(viewer: Viewer, input: { id: Id | null; curationId: Id }): Promise<Round>
  currentRound(viewer: Viewer, curationId: Id): Promise<Round | null>
  roundById(viewer: Viewer, id: Id): Promise<Round | null>
  rounds(viewer: Viewer, curationId: Id, page: Page): Promise<Slice<Round>>
  candidates(viewer: Viewer, roundId: Id, page: Page): Promise<Slice<Candidate>>
  /** Of the viewer's rounds what nobody has judged yet, in the order to judge it; 200 at most. */
  waiting(viewer: Viewer, curationId: Id): Promise<Candidate[]>
  candidateById(viewer: Viewer, id: Id): Promise<Candidate | null>
  estimate(viewer: Viewer, curationId: Id): Promise<CurationEstimate>
  counts(viewer: Viewer, curationId: Id): Promise<VerdictCounts>
  /** @throws DomainError ILLEGAL_STATE for an older round's candidate in a finished curation, ID_REUSED */
  recordVerdict(
    viewer: Viewer,
    input: { id: Id | null; candidateId: Id; value: VerdictValue; milliseconds: number },
  ): Promise<Candidate>
  /** Takes the newest verdict back, as often as there are any. @throws DomainError ILLEGAL_STATE when there is none */
  undoVerdict(viewer: Viewer, curationId: Id): Promise<Candidate>
  /** Accepts images by list (terminal), recorded as verdicts. */
  acceptImages(viewer: Viewer, curationId: Id, imageIds: readonly Id[]): Promise<Curation>
  agreement(viewer: Viewer, curationId: Id): Promise<ReviewerAgreement>
  /** What deserves a second look: disagreements first, then suspected wrong verdicts. */
  secondLooks(viewer: Viewer, curationId: Id): Promise<SecondLook[]>
  /** One word on an image that ends a disagreement or mends a verdict. */
  settle(
    viewer: Viewer,
    input: { curationId: Id; imageId: Id; value: VerdictValue },
  ): Promise<Curation>
  /** Images like one of the pool, the nearest first, without itself. */
  similar(viewer: Viewer, curationId: Id, imageId: Id, size: number): Promise<Id[]>
  /** Images that a text describes, the nearest first. @throws DomainError BAD_INPUT without an embedder that reads text */
  search(viewer: Viewer, curationId: Id, text: string, size: number): Promise<Id[]>
  /** A round of given images ("more from here"), for the viewer. */
  ask(viewer: Viewer, input: { curationId: Id; imageIds: readonly Id[] }): Promise<Round>
  finalSet(viewer: Viewer, curationId: Id, size: number | null): Promise<FinalSet>
  /** @throws DomainError POOL_EMPTY when nothing is accepted */
  finish(
    viewer: Viewer,
    input: { id: Id | null; curationId: Id; size: number | null },
  ): Promise<DatasetVersion>
}
