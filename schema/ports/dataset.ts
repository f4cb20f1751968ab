import type { DatasetDiff, DatasetVersion } from '../domain/dataset.ts'
import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type { Image } from '../domain/pool.ts'
import type { Page, Slice } from './page.ts'

export interface DatasetsPort {
  byId(viewer: Viewer, id: Id): Promise<DatasetVersion | null>
  list(viewer: Viewer, projectId: Id, page: Page): Promise<Slice<DatasetVersion>>
  /** From `before` to this one. @throws DomainError NOT_FOUND; BAD_INPUT when they are of two projects */
  diff(viewer: Viewer, datasetVersionId: Id, before: Id): Promise<DatasetDiff>
  /** An address that gives the version as a zip for a while. */
  exportUrl(datasetVersionId: Id, format: 'captions' | 'imagefolder' | 'dvc'): string
  /** Takes a version up again: it is the newest now, and its pictures have its captions and are used. */
  restore(viewer: Viewer, datasetVersionId: Id): Promise<DatasetVersion>
  images(viewer: Viewer, datasetVersionId: Id, page: Page): Promise<Slice<Image>>
}
