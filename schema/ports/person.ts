import type { Viewer } from '../domain/person.ts'

export interface PersonsPort {
  /** Everybody by name, for an administrator; for others themselves. At most 500. */
  list(viewer: Viewer): Promise<Viewer[]>
}
