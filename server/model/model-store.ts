import type { Selectable } from 'kysely'
import type { ModelTable, ModelVersionTable } from '#migrations/database.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Model, ModelFacts, ModelVersion } from '#schema/domain/model.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { slice, type Page, type Slice } from '../db/keyset.ts'
import type { Db, Trx } from '../db/pool.ts'

export function rowToModel(row: Selectable<ModelTable>): Model {
  return { id: row.id, projectId: row.project_id, name: row.name, createdAt: row.created_at }
}

type VersionRow = Selectable<ModelVersionTable> & { model_name: string; project_id: string }

function rowToModelVersion(row: VersionRow): ModelVersion {
  return {
    id: row.id,
    modelId: row.model_id,
    modelName: row.model_name,
    projectId: row.project_id,
    runId: row.run_id,
    version: row.version,
    bytes: Number(row.bytes),
    createdAt: row.created_at,
    facts: row.body as ModelFacts,
  }
}

const versions = (db: Db | Trx) =>
  db
    .selectFrom('model_version')
    .innerJoin('model', 'model.id', 'model_version.model_id')
    .selectAll('model_version')
    .select(['model.name as model_name', 'model.project_id'])

export async function modelById(db: Db, id: Id): Promise<Model | null> {
  const row = await db.selectFrom('model').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : rowToModel(row)
}

export async function modelVersionById(db: Db | Trx, id: Id): Promise<ModelVersion | null> {
  const row = await versions(db).where('model_version.id', '=', id).executeTakeFirst()
  return row === undefined ? null : rowToModelVersion(row)
}

export async function modelVersionOfRun(db: Db | Trx, runId: Id): Promise<ModelVersion | null> {
  const row = await versions(db).where('model_version.run_id', '=', runId).executeTakeFirst()
  return row === undefined ? null : rowToModelVersion(row)
}

/** Those that the viewer may see, newest first. */
export async function modelsSeenBy(
  db: Db,
  viewer: Viewer,
  { first, after, projectId }: Page & { readonly projectId: Id | null },
): Promise<Slice<Model>> {
  let query = db
    .selectFrom('model')
    .innerJoin('project', 'project.id', 'model.project_id')
    .selectAll('model')
  if (viewer.role !== 'administrator') query = query.where('project.created_by', '=', viewer.id)
  if (projectId !== null) query = query.where('model.project_id', '=', projectId)
  if (after !== null) query = query.where('model.id', '<', after)
  const rows = await query
    .orderBy('model.id', 'desc')
    .limit(first + 1)
    .execute()
  return slice(rows.map(rowToModel), first)
}

export async function versionsOfModel(
  db: Db,
  modelId: Id,
  { first, after }: Page,
): Promise<Slice<ModelVersion>> {
  let query = versions(db).where('model_version.model_id', '=', modelId)
  if (after !== null) query = query.where('model_version.id', '<', after)
  const rows = await query
    .orderBy('model_version.id', 'desc')
    .limit(first + 1)
    .execute()
  return slice(rows.map(rowToModelVersion), first)
}

/** The model of that name in the project, made when it is not there, and locked so that versions count up one by one. */
export async function lockModel(
  trx: Trx,
  model: { id: Id; projectId: Id; name: string },
): Promise<{ id: Id; nextVersion: number }> {
  await trx
    .insertInto('model')
    .values({ id: model.id, project_id: model.projectId, name: model.name })
    .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
    .execute()
  const { id } = await trx
    .selectFrom('model')
    .select('id')
    .where('project_id', '=', model.projectId)
    .where('name', '=', model.name)
    .forUpdate()
    .executeTakeFirstOrThrow()
  const { last } = await trx
    .selectFrom('model_version')
    .select((by) => by.fn.max('version').as('last'))
    .where('model_id', '=', id)
    .executeTakeFirstOrThrow()
  return { id, nextVersion: (last ?? 0) + 1 }
}

export async function insertModelVersion(
  trx: Trx,
  version: {
    id: Id
    modelId: Id
    runId: Id
    version: number
    bytes: number
    facts: ModelFacts
  },
): Promise<void> {
  await trx
    .insertInto('model_version')
    .values({
      id: version.id,
      model_id: version.modelId,
      run_id: version.runId,
      version: version.version,
      bytes: version.bytes,
      body: JSON.stringify(version.facts),
    })
    .execute()
}

/** A rating of the whole version has the empty file name. */
export async function putRating(
  trx: Trx,
  rating: { id: Id; versionId: Id; personId: Id; file: string; value: number },
): Promise<void> {
  await trx
    .insertInto('rating')
    .values({
      id: rating.id,
      model_version_id: rating.versionId,
      person_id: rating.personId,
      file: rating.file,
      value: rating.value,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['model_version_id', 'person_id', 'file'])
        .doUpdateSet({ value: rating.value }),
    )
    .execute()
}

export async function ratingsBy(
  db: Db,
  versionId: Id,
  personId: Id,
): Promise<{ file: string; value: number }[]> {
  return db
    .selectFrom('rating')
    .select(['file', 'value'])
    .where('model_version_id', '=', versionId)
    .where('person_id', '=', personId)
    .orderBy('file')
    .execute()
}
