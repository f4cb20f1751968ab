import { sql, type Kysely } from 'kysely'

/** Calls of a language model: what was asked and answered, for the audit and the day's caps; and the breaker. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  // A row stands from before the call, with the most that it may cost: two calls at once cannot pass the cap together.
  `create table llm_call (
    id uuid primary key,
    person_id uuid not null references person,
    model text not null,
    prompt_hash text not null,
    prompt jsonb not null,
    reply text,
    outcome text not null,
    tokens integer not null,
    money double precision not null,
    attempts integer not null default 0,
    milliseconds integer not null default 0,
    created_at timestamptz not null
  )`,
  `create index llm_call_person on llm_call (person_id, created_at desc)`,
  `create index llm_call_prompt on llm_call (prompt_hash, created_at desc)`,
  `create table llm_breaker (
    model text primary key,
    failures integer not null,
    open_until timestamptz
  )`,
]
