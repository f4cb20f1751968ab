import type { Selectable } from 'kysely'
import type { RequestTable } from '#migrations/database.ts'
import type { Json } from '#schema/domain/canonical-json.ts'
import type { CostQuote } from '#schema/domain/cost.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Request, ResourceCaps, ThresholdMark, Thresholds } from '#schema/domain/request.ts'
import type { Db, Trx } from '../db/pool.ts'

const noCaps: ResourceCaps = {
  gpuType: null,
  gpuCount: 0,
  gpuMemoryBytes: null,
  cpu: null,
  memoryBytes: null,
  maxSeconds: null,
}

/** Stored caps; requests from before caps have none. */
export function capsOf(stored: unknown): ResourceCaps {
  return { ...noCaps, ...(stored as Partial<ResourceCaps>) }
}

export function rowToRequest(row: Selectable<RequestTable>): Request {
  const quote = row.quote as Partial<CostQuote>
  return {
    id: row.id,
    projectId: row.project_id,
    specId: row.spec_id,
    specHash: row.spec_hash,
    state: row.state,
    priority: row.priority,
    queue: row.queue,
    isTest: row.is_test,
    caps: capsOf(row.caps),
    images: row.images as Record<string, string>,
    // Requests from before quotes have none.
    quote: quote.costs === undefined ? null : (quote as CostQuote),
    marks: row.marks as ThresholdMark[],
    devices: row.devices as Json,
    citedRunId: row.cited_run_id,
    note: row.note,
    signature: row.signature,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    decisionComment: row.decision_comment,
    createdBy: row.created_by,
    createdAt: row.created_at,
  }
}

export async function requestById(db: Db | Trx, id: Id): Promise<Request | null> {
  const row = await db.selectFrom('request').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : rowToRequest(row)
}

/** The request, locked until the transaction ends: two who decide at once come one after the other. */
export async function lockedRequest(trx: Trx, id: Id): Promise<Request | null> {
  const row = await trx
    .selectFrom('request')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row === undefined ? null : rowToRequest(row)
}

export async function readThresholds(db: Db | Trx): Promise<Thresholds> {
  const row = await db
    .selectFrom('approval_threshold')
    .select(['gpu_count', 'memory_bytes'])
    .executeTakeFirstOrThrow()
  return { gpuCount: row.gpu_count, memoryBytes: Number(row.memory_bytes) }
}
