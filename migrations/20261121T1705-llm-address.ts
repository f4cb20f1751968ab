import { sql, type Kysely } from 'kysely'

/** A server and a key that administrators set; the key is sealed, and only ever goes to the address beside it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table llm_setting add column url text, add column key_sealed text`.execute(db)
}
