import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Project } from '#schema/domain/project.ts'
import type { ProjectsPort } from '#schema/ports/project.ts'
import type { Audit } from '../audit/audit.ts'
import { madeBefore, slice } from '../db/keyset.ts'
import type { Db, Trx } from '../db/pool.ts'

const columns = ['id', 'name', 'created_by', 'created_at'] as const

function rowToProject(row: {
  id: string
  name: string
  created_by: string
  created_at: Date
}): Project {
  return { id: row.id, name: row.name, createdBy: row.created_by, createdAt: row.created_at }
}

/** Makes a project and its pool in the caller's transaction. */
export async function insertProject(
  trx: Trx,
  input: { id: Id; poolId: Id; name: string; createdBy: Id },
): Promise<Project> {
  const row = await trx
    .insertInto('project')
    .values({ id: input.id, name: input.name, created_by: input.createdBy })
    .returning(columns)
    .executeTakeFirstOrThrow()
  await trx.insertInto('pool').values({ id: input.poolId, project_id: input.id }).execute()
  return rowToProject(row)
}

/** @throws DomainError BAD_INPUT unless the name has 1 to 200 characters */
export function projectName(name: string): string {
  const trimmed = name.normalize('NFC').trim()
  if (trimmed.length === 0 || trimmed.length > 200) {
    throw new DomainError('BAD_INPUT', 'A project’s name has 1 to 200 characters.')
  }
  return trimmed
}

export function createProjects(deps: { db: Db; newId(): Id; audit: Audit }): ProjectsPort {
  const { db, newId, audit } = deps
  return {
    async create(viewer, input) {
      const name = projectName(input.name)
      const id = input.id ?? newId()
      const before = await db
        .selectFrom('project')
        .select(columns)
        .where('id', '=', id)
        .executeTakeFirst()
      if (before !== undefined) {
        if (before.name === name && before.created_by === viewer.id) return rowToProject(before)
        throw new DomainError(
          'ID_REUSED',
          `The id ${id} already stands for another project: make a new one.`,
        )
      }
      return db.transaction().execute(async (trx) => {
        const project = await insertProject(trx, {
          id,
          poolId: newId(),
          name,
          createdBy: viewer.id,
        })
        await audit(trx, {
          viewer,
          projectId: id,
          action: 'projectCreate',
          subject: id,
          body: { name },
        })
        return project
      })
    },
    async byId(viewer, id) {
      const row = await visible(db, viewer).where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : rowToProject(row)
    },
    async list(viewer, page) {
      let query = visible(db, viewer)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.first + 1)
      if (page.after !== null) query = query.where(madeBefore('project', page.after))
      return slice((await query.execute()).map(rowToProject), page.first)
    },
  }
}

function visible(db: Db, viewer: Viewer) {
  const query = db.selectFrom('project').select(columns)
  return viewer.role === 'administrator' ? query : query.where('created_by', '=', viewer.id)
}
