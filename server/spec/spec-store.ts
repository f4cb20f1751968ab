import type { Selectable } from 'kysely'
import type { SpecTable } from '#migrations/database.ts'
import type { Id } from '#schema/domain/id.ts'
import type { SpecEstimate, StoredSpec } from '#schema/domain/stored-spec.ts'
import { madeBefore, slice, type Page, type Slice } from '../db/keyset.ts'
import type { Db, Trx } from '../db/pool.ts'

export function rowToSpec(row: Selectable<SpecTable>): StoredSpec {
  return {
    id: row.id,
    projectId: row.project_id,
    goalId: row.goal_id,
    intentId: row.intent_id,
    datasetVersionId: row.dataset_version_id,
    pipelineId: row.pipeline_id,
    name: row.name,
    version: row.version,
    hash: row.hash,
    text: row.body,
    estimate: row.estimate as SpecEstimate | null,
    createdAt: row.created_at,
  }
}

export async function specById(db: Db | Trx, id: Id): Promise<StoredSpec | null> {
  const row = await db.selectFrom('spec').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : rowToSpec(row)
}

/** Newest first. */
export async function specsOfProject(
  db: Db,
  projectId: Id,
  { first, after }: Page,
): Promise<Slice<StoredSpec>> {
  let query = db.selectFrom('spec').selectAll().where('project_id', '=', projectId)
  if (after !== null) query = query.where(madeBefore('spec', after))
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(first + 1)
    .execute()
  return slice(rows.map(rowToSpec), first)
}

export async function insertSpec(
  trx: Trx,
  spec: Omit<StoredSpec, 'createdAt'>,
  createdBy: Id,
): Promise<StoredSpec> {
  const row = await trx
    .insertInto('spec')
    .values({
      id: spec.id,
      project_id: spec.projectId,
      goal_id: spec.goalId,
      intent_id: spec.intentId,
      dataset_version_id: spec.datasetVersionId,
      pipeline_id: spec.pipelineId,
      name: spec.name,
      version: spec.version,
      hash: spec.hash,
      body: spec.text,
      estimate: spec.estimate === null ? null : JSON.stringify(spec.estimate),
      created_by: createdBy,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return rowToSpec(row)
}

/** The versions of one pipeline in a project. */
export async function versionsOfPipeline(
  db: Db | Trx,
  projectId: Id,
  pipelineId: string,
): Promise<string[]> {
  const rows = await db
    .selectFrom('spec')
    .select('version')
    .where('project_id', '=', projectId)
    .where('pipeline_id', '=', pipelineId)
    .execute()
  return rows.map((row) => row.version)
}
