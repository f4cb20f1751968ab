import { sql, type Kysely } from 'kysely'

/** Lists begin with what was made last, whatever id a client gave it: the order of the pages lies in an index. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    'create index request_made on request (created_at, id)',
    'create index project_made on project (created_at, id)',
    'create index spec_made on spec (project_id, created_at, id)',
  ])
    await sql.raw(statement).execute(db)
}
