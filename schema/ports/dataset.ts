import type { DatasetVersion } from '../domain/dataset.ts'
import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type { Image } from '../domain/pool.ts'
import type { Page, Slice } from './page.ts'

export interface DatasetsPort {
  byId(viewer: Viewer, id: Id): Promise<DatasetVersion | null>
  list(viewer: Viewer, projectId: Id, page: Page): Promise<Slice<DatasetVersion>>
  images(viewer: Viewer, datasetVersionId: Id, page: Page): Promise<Slice<Image>>
}
