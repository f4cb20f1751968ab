import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { requireProject } from '../auth/access.ts'
import type { Db } from '../db/pool.ts'

/** Whether the viewer may see the project; for reads, where what may not be seen is not there. */
export async function sees(db: Db, viewer: Viewer, projectId: Id): Promise<boolean> {
  try {
    await requireProject(db, viewer, projectId)
    return true
  } catch (error) {
    if (error instanceof DomainError && error.code === 'NOT_FOUND') return false
    throw error
  }
}

const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether the text can be a key at all: the database would choke on anything else. */
export function isId(text: string): boolean {
  return idPattern.test(text)
}
