import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type { Project } from '../domain/project.ts'
import type { Page, Slice } from './page.ts'

export interface ProjectsPort {
  /** @throws DomainError BAD_INPUT for a bad name, ID_REUSED */
  create(viewer: Viewer, input: { id: Id | null; name: string }): Promise<Project>
  byId(viewer: Viewer, id: Id): Promise<Project | null>
  /** Newest first. */
  list(viewer: Viewer, page: Page): Promise<Slice<Project>>
}
