import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Db } from '../db/pool.ts'

/** Whether the viewer may see a project that this person made: the one rule, for questions that join the project themselves. */
export function maySee(viewer: Viewer, createdBy: Id): boolean {
  return viewer.role === 'administrator' || createdBy === viewer.id
}

/** @throws DomainError NOT_FOUND unless the viewer made the project or is an administrator */
export async function requireProject(db: Db, viewer: Viewer, projectId: Id): Promise<void> {
  const row = await db
    .selectFrom('project')
    .select('created_by')
    .where('id', '=', projectId)
    .executeTakeFirst()
  if (row === undefined || !maySee(viewer, row.created_by)) {
    throw new DomainError('NOT_FOUND', 'There is no such project.')
  }
}
