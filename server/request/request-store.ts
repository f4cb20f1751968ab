import { sql, type Selectable } from 'kysely'
import type { RequestTable } from '#migrations/database.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Request } from '#schema/domain/request.ts'
import type { Db, Trx } from '../db/pool.ts'

export function rowToRequest(row: Selectable<RequestTable>): Request {
  return {
    id: row.id,
    projectId: row.project_id,
    specId: row.spec_id,
    specHash: row.spec_hash,
    state: row.state,
    priority: row.priority,
    isTest: row.is_test,
    createdBy: row.created_by,
    createdAt: row.created_at,
  }
}

export async function requestById(db: Db | Trx, id: Id): Promise<Request | null> {
  const row = await db.selectFrom('request').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : rowToRequest(row)
}

/**
 * The fair-share tag of a new run: one behind the project's last one, and never behind what already started,
 * so that projects take turns and a quiet one gains nothing by having waited (start-time fair queueing).
 */
export async function nextFairTag(trx: Trx, projectId: Id): Promise<number> {
  const { rows } = await sql<{ tag: number }>`
    select greatest(
      coalesce((select max(fair_tag) from run where state <> 'WAITING'), 0),
      coalesce((select max(fair_tag) from run where project_id = ${projectId}), 0)
    ) + 1 as tag`.execute(trx)
  return Number(rows[0]?.tag ?? 1)
}
