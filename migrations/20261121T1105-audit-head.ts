import { sql, type Kysely } from 'kysely'

/**
 * The newest entry of each audit chain, signed: a chain alone shows what was changed in its middle, but not that its end
 * is missing. `chain` is the project's id, or the word installation.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table audit_head (
        chain text primary key,
        ordinal bigint not null,
        hash text not null,
        mac text not null
      )`,
    )
    .execute(db)
}
