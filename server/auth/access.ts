import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Db } from '../db/pool.ts'

/** @throws DomainError NOT_FOUND unless the viewer made the project or is an administrator */
export async function requireProject(db: Db, viewer: Viewer, projectId: Id): Promise<void> {
  const row = await db
    .selectFrom('project')
    .select('created_by')
    .where('id', '=', projectId)
    .executeTakeFirst()
  if (row === undefined || (viewer.role !== 'administrator' && row.created_by !== viewer.id)) {
    throw new DomainError('NOT_FOUND', 'There is no such project.')
  }
}
