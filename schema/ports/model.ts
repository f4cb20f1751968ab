import type { Id } from '../domain/id.ts'
import type { Model, ModelVersion, Snippet, Thumb } from '../domain/model.ts'
import type { Viewer } from '../domain/person.ts'
import type { Page, Slice } from './page.ts'

export interface ModelsPort {
  byId(viewer: Viewer, id: Id): Promise<Model | null>
  /** Newest first. */
  list(viewer: Viewer, page: Page & { readonly projectId: Id | null }): Promise<Slice<Model>>
  /** Newest first. */
  versions(viewer: Viewer, modelId: Id, page: Page): Promise<Slice<ModelVersion>>
  latest(viewer: Viewer, modelId: Id): Promise<ModelVersion | null>
  versionById(viewer: Viewer, id: Id): Promise<ModelVersion | null>
  versionOfRun(viewer: Viewer, runId: Id): Promise<ModelVersion | null>
  snippets(version: ModelVersion): Snippet[]
  fileUrl(file: { readonly path: string; readonly sha256: string }): string
  downloadUrl(version: ModelVersion): string
  /** The viewer's own stars, 1 to 5. */
  rating(viewer: Viewer, versionId: Id): Promise<number | null>
  /** The viewer's own thumbs. */
  thumbs(viewer: Viewer, versionId: Id): Promise<Thumb[]>
  /** @throws DomainError NOT_FOUND, BAD_INPUT unless 1 to 5 */
  rate(viewer: Viewer, versionId: Id, stars: number): Promise<ModelVersion>
  /** @throws DomainError NOT_FOUND also for a sample that the version has not */
  rateSample(viewer: Viewer, versionId: Id, file: string, up: boolean): Promise<ModelVersion>
}
