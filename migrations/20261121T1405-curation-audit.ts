import { sql, type Kysely } from 'kysely'

/** CU-05: which verdicts the audit log covers already; one entry stands for all that a person said since the last. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    'alter table verdict add column audited_at timestamptz',
    'create index candidate_round on candidate (round_id, rank)',
  ])
    await sql.raw(statement).execute(db)
}
