import { sql, type Kysely } from 'kysely'

/**
 * What the engine asks in every round and at every start is found without reading what has ended: steps that are ready,
 * the last result of a step's name, outputs of a run. How many wait is counted in an index of one number, and a run's
 * event counter changes in its page, without its indexes. The queue's places are counted in its index alone, which
 * takes pages that a vacuum has marked: it comes sooner than for tables that hardly change.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `create index step_ready on step (run_id) where state = 'READY'`,
    `create index step_note on step (name, ended_at desc) where state in ('SUCCEEDED', 'CACHED') and cache_fields is not null`,
    `create index artifact_run on artifact (run_id)`,
    `create index run_waiting on run (priority) where state = 'WAITING'`,
    `alter table run set (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)`,
    `alter table step set (fillfactor = 85)`,
    `alter table attempt set (fillfactor = 85)`,
  ])
    await sql.raw(statement).execute(db)
}
