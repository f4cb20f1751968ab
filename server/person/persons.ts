import type { Viewer } from '#schema/domain/person.ts'
import type { PersonsPort } from '#schema/ports/person.ts'
import type { Db } from '../db/pool.ts'

export function createPersons(deps: { readonly db: Db }): PersonsPort {
  return {
    async list(viewer): Promise<Viewer[]> {
      if (viewer.role !== 'administrator') return [viewer]
      return deps.db
        .selectFrom('person')
        .select(['id', 'name', 'role'])
        .orderBy('name')
        .orderBy('id')
        .limit(500)
        .execute()
    },
  }
}
