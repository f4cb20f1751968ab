import { sql, type Kysely } from 'kysely'

/** CU-09: how a captioner answered the yes/no probe, by project: it is not used before it passed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table captioner_score (
        id uuid primary key,
        project_id uuid not null references project,
        model text not null,
        body jsonb not null,
        created_by uuid not null references person,
        created_at timestamptz not null default now()
      )`,
    )
    .execute(db)
  await sql
    .raw(
      'create index captioner_score_newest on captioner_score (project_id, model, created_at desc)',
    )
    .execute(db)
}
