import { sql, type Kysely } from 'kysely'

/**
 * GPU hours of a month are summed whenever a run starts: from what ended in it or has not ended.
 * An attempt says which node it ran on.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index attempt_gpu on attempt (ended_at) where device_count > 0 and started_at is not null`.execute(
    db,
  )
  await sql`alter table attempt add column node text`.execute(db)
}
