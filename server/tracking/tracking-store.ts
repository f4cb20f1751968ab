import { sql } from 'kysely'
import type { Id } from '#schema/domain/id.ts'
import {
  runFileKind,
  runFileStep,
  type EventMetric,
  type MetricSeries,
  type NameValue,
  type RunFile,
} from '#schema/domain/run.ts'
import type { Db, Trx } from '../db/pool.ts'
import { appendRunEvent } from '../live/log.ts'

/** A metric point as it was logged; value null stands for NaN. */
export interface LoggedMetric {
  readonly key: string
  readonly value: number | null
  readonly step: number
  readonly at: Date
}

/** How many points one event carries; charts read the rest from the metrics themselves. */
const eventPoints = 200

/** Stores points; one that is there already changes nothing, so a batch may be sent again. */
export async function logMetrics(
  trx: Trx,
  runId: Id,
  metrics: readonly LoggedMetric[],
): Promise<void> {
  if (metrics.length === 0) return
  const stored = await trx
    .insertInto('metric')
    .values(metrics.map(({ key, value, step, at }) => ({ run_id: runId, key, value, step, at })))
    .onConflict((conflict) => conflict.doNothing())
    .returning(['key', 'value', 'step'])
    .execute()
  if (stored.length === 0) return
  const told: EventMetric[] = stored
    .slice(-eventPoints)
    .map(({ key, value, step }) => ({ key, value, step: Number(step) }))
  await appendRunEvent(trx, runId, { kind: 'METRICS', metrics: told })
}

/** @returns the params that were there already with another value */
export async function logParams(
  trx: Trx,
  runId: Id,
  params: readonly { key: string; value: string }[],
): Promise<{ key: string; before: string; now: string }[]> {
  if (params.length === 0) return []
  await trx
    .insertInto('run_param')
    .values(params.map(({ key, value }) => ({ run_id: runId, key, value })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const stored = await trx
    .selectFrom('run_param')
    .select(['key', 'value'])
    .where('run_id', '=', runId)
    .where(
      'key',
      'in',
      params.map((param) => param.key),
    )
    .execute()
  const values = new Map(stored.map((row) => [row.key, row.value]))
  return params
    .filter((param) => values.get(param.key) !== param.value)
    .map((param) => ({ key: param.key, before: values.get(param.key) ?? '', now: param.value }))
}

export async function setTags(
  trx: Trx,
  runId: Id,
  tags: readonly { key: string; value: string }[],
): Promise<void> {
  for (const { key, value } of tags) {
    await trx
      .insertInto('run_tag')
      .values({ run_id: runId, key, value })
      .onConflict((conflict) => conflict.columns(['run_id', 'key']).doUpdateSet({ value }))
      .execute()
  }
}

/** Names a stored blob as the run's file at `path`; the same content again says nothing new. */
export async function logFile(
  trx: Trx,
  runId: Id,
  path: string,
  stored: { sha256: string; bytes: number },
): Promise<void> {
  const known = await trx
    .selectFrom('run_file')
    .select('sha256')
    .where('run_id', '=', runId)
    .where('path', '=', path)
    .executeTakeFirst()
  if (known?.sha256 === stored.sha256) return
  await trx
    .insertInto('run_file')
    .values({ run_id: runId, path, ...stored })
    .onConflict((conflict) => conflict.columns(['run_id', 'path']).doUpdateSet(stored))
    .execute()
  await appendRunEvent(trx, runId, {
    kind: 'FILE',
    file: { path, ...stored, kind: runFileKind(path), step: runFileStep(path) },
  })
}

/** The newest point of each key: by step, then time, then value, as MLflow has it. */
export async function latestMetrics(db: Db, runId: Id): Promise<LoggedMetric[]> {
  const { rows } = await sql<{ key: string; value: number | null; step: number; at: Date }>`
    select distinct on (key) key, value, step, at from metric where run_id = ${runId}
    order by key, step desc, at desc, value desc nulls last`.execute(db)
  return rows.map((row) => ({ ...row, step: Number(row.step) }))
}

/** Points per key, thinned evenly to at most `maxPoints`, the first and the last always among them. */
export async function metricSeries(
  db: Db,
  runId: Id,
  keys: readonly string[] | null,
  maxPoints: number,
): Promise<MetricSeries[]> {
  if (keys?.length === 0) return []
  const only = keys === null ? sql`` : sql`and key in (${sql.join(keys)})`
  const { rows } = await sql<{ key: string; step: number; value: number | null; at: Date }>`
    select key, step, value, at from (
      select key, step, value, at,
        row_number() over (partition by key order by step, at) - 1 as place,
        count(*) over (partition by key) as total
      from metric where run_id = ${runId} ${only}
    ) numbered
    where place = total - 1
      or floor(place * ${maxPoints - 1}::float8 / total) > floor((place - 1) * ${maxPoints - 1}::float8 / total)
    order by key, step, at`.execute(db)
  const series = new Map<string, { step: number; value: number | null; at: Date }[]>()
  for (const { key, step, value, at } of rows) {
    const points = series.get(key) ?? []
    points.push({ step: Number(step), value, at })
    series.set(key, points)
  }
  return [...series].map(([key, points]) => ({ key, points }))
}

export async function paramsOfRun(db: Db, runId: Id): Promise<NameValue[]> {
  const rows = await db
    .selectFrom('run_param')
    .select(['key', 'value'])
    .where('run_id', '=', runId)
    .orderBy('key')
    .execute()
  return rows.map(({ key, value }) => ({ name: key, value }))
}

export async function tagsOfRun(db: Db, runId: Id): Promise<{ key: string; value: string }[]> {
  return db
    .selectFrom('run_tag')
    .select(['key', 'value'])
    .where('run_id', '=', runId)
    .orderBy('key')
    .execute()
}

export async function filesOfRun(db: Db, runId: Id): Promise<RunFile[]> {
  const rows = await db
    .selectFrom('run_file')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('created_at', 'desc')
    .orderBy('path')
    .limit(1_000)
    .execute()
  return rows
    .map((row) => ({
      path: row.path,
      sha256: row.sha256,
      bytes: Number(row.bytes),
      kind: runFileKind(row.path),
      step: runFileStep(row.path),
      createdAt: row.created_at,
    }))
    .sort((left, right) => (left.path < right.path ? -1 : 1))
}
