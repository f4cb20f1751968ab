import { sql, type Kysely } from 'kysely'

/** CU-11: a version that was taken up again is the newest one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table dataset_version add column restored_at timestamptz').execute(db)
}
