import type { PersonsPort } from '#schema/ports/person.ts'
import { slice } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'

export function createPersons(deps: { readonly db: Db }): PersonsPort {
  return {
    async list(viewer, { first, after }) {
      let query = deps.db
        .selectFrom('person')
        .select(['id', 'name', 'role'])
        .orderBy('id')
        .limit(first + 1)
      if (viewer.role !== 'administrator') query = query.where('id', '=', viewer.id)
      if (after !== null) query = query.where('id', '>', after)
      return slice(await query.execute(), first)
    },
  }
}
