import type { Viewer } from '../domain/person.ts'
import type { Page, Slice } from './page.ts'

export interface PersonsPort {
  /** Everybody, the first to come first, for an administrator; for others themselves. */
  list(viewer: Viewer, page: Page): Promise<Slice<Viewer>>
}
