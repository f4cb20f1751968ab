import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type {
  Image,
  MapPoint,
  Pool,
  PoolAccount,
  PoolEmbedding,
  PoolEntry,
  Sight,
  UploadTicket,
} from '../domain/pool.ts'
import type { VerdictValue } from '../domain/curation.ts'
import type { Page, Slice } from './page.ts'

export type ImageFilter = 'ALL' | 'USED' | 'EXCLUDED' | 'IN_DATASET'

/** `withoutImage`: only the files that no image was kept of. */
export type EntryPage = Page & { readonly withoutImage: boolean }

export interface PoolsPort {
  byId(viewer: Viewer, id: Id): Promise<Pool | null>
  ofProject(viewer: Viewer, projectId: Id): Promise<Pool>
  account(viewer: Viewer, poolId: Id): Promise<PoolAccount>
  embedding(viewer: Viewer, poolId: Id): Promise<PoolEmbedding>
  /** What the used pictures show, most frequent first, at most 20; empty without a vision model. */
  sees(viewer: Viewer, poolId: Id): Promise<Sight[]>
  images(viewer: Viewer, poolId: Id, page: Page & { filter: ImageFilter }): Promise<Slice<Image>>
  entries(viewer: Viewer, poolId: Id, page: EntryPage): Promise<Slice<PoolEntry>>
  map(viewer: Viewer, poolId: Id): Promise<MapPoint[]>
  imageById(viewer: Viewer, id: Id): Promise<Image | null>
  /** The images that the viewer may see, in the order of the ids; absent ones are null. */
  imagesByIds(viewer: Viewer, ids: readonly Id[]): Promise<(Image | null)[]>
  verdictOf(viewer: Viewer, imageId: Id): Promise<VerdictValue | null>
  uploadBegin(viewer: Viewer, input: { id: Id | null; poolId: Id }): Promise<UploadTicket>
  /** Deletes vectors that were made elsewhere: the pictures are looked at here again. @throws DomainError ILLEGAL_STATE while a review is open */
  forgetVectors(viewer: Viewer, poolId: Id): Promise<Pool>
  include(viewer: Viewer, imageId: Id): Promise<Image>
  exclude(viewer: Viewer, imageId: Id): Promise<Image>
  setCaption(viewer: Viewer, imageId: Id, text: string): Promise<Image>
  /** The pool on each change; present-style. */
  changes(viewer: Viewer, poolId: Id, signal?: AbortSignal): AsyncIterable<Pool>
}
