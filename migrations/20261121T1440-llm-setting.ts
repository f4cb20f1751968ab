import { sql, type Kysely } from 'kysely'

/** What administrators set of the language model; one row, null where the environment's value holds. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table llm_setting (
    id boolean primary key default true check (id),
    enabled boolean not null,
    model text,
    timeout_ms integer,
    daily_tokens integer,
    daily_money double precision,
    price_in double precision,
    price_out double precision,
    changed_at timestamptz not null
  )`.execute(db)
}
