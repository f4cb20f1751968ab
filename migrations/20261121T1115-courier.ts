import { sql, type Kysely } from 'kysely'

/**
 * What the courier of an attempt brings and takes: what is to be placed (written before the attempt is created), what was
 * delivered, and the checkpoint that outlives the attempts of a step. Files = [{path, sha256, bytes}].
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `create table attempt_plan (
    attempt_id uuid primary key,
    plan jsonb not null
  )`,
  `create table attempt_output (
    attempt_id uuid not null,
    name text not null,
    files jsonb not null,
    primary key (attempt_id, name)
  )`,
  `create table step_checkpoint (
    step_id uuid primary key,
    attempt_id uuid not null,
    files jsonb not null,
    at timestamptz not null
  )`,
]
