import { sql, type Selectable } from 'kysely'
import type { ClusterTable } from '#migrations/database.ts'
import {
  historyLevels,
  type Amounts,
  type Cluster,
  type HistoryPoint,
} from '#schema/domain/cluster.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Page, Slice } from '#schema/ports/page.ts'
import { slice } from '../db/keyset.ts'
import type { Db, Trx } from '../db/pool.ts'
import type { ClusterSource, HeldByRun } from './cluster-source.ts'

function rowToCluster(row: Selectable<ClusterTable>): Cluster {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    context: row.context,
    createdAt: row.created_at,
  }
}

/** The row of a source, made when it is new: this machine by its kind, a cluster by its context. */
export async function ensureCluster(
  db: Db,
  source: Pick<ClusterSource, 'kind' | 'name' | 'context'>,
  newId: () => Id,
): Promise<Cluster> {
  const { kind, name, context } = source
  const read = () =>
    db
      .selectFrom('cluster')
      .selectAll()
      .where('kind', '=', kind)
      .where('context', context === null ? 'is' : '=', context)
      .executeTakeFirst()
  const found = await read()
  if (found !== undefined) return rowToCluster(found)
  await db
    .insertInto('cluster')
    .values({ id: newId(), name, kind, context })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const made = await read()
  if (made === undefined)
    throw new Error(`the name "${name}" belongs to another cluster: rename one of them`)
  return rowToCluster(made)
}

export async function findCluster(db: Db, id: Id): Promise<Cluster | null> {
  const row = await db.selectFrom('cluster').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : rowToCluster(row)
}

export async function listClusters(db: Db, page: Page): Promise<Slice<Cluster>> {
  const rows = await db
    .selectFrom('cluster')
    .selectAll()
    .$if(page.after !== null, (query) => query.where('id', '>', page.after!))
    .orderBy('id')
    .limit(page.first + 1)
    .execute()
  return slice(rows.map(rowToCluster), page.first)
}

/** What open attempts hold, by the books that the scheduler keeps with them. */
export async function readHeld(db: Db): Promise<HeldByRun[]> {
  const rows = await db
    .selectFrom('attempt')
    .select(['run_id', 'executor', 'handle'])
    .where('state', 'in', ['PENDING', 'SUBMITTING', 'STARTED'])
    .execute()
  return rows.map((row) => {
    const slot = row.handle as Partial<HeldByRun> | null
    return {
      runId: row.run_id,
      executor: row.executor,
      cores: slot?.cores ?? 0,
      memoryBytes: slot?.memoryBytes ?? 0,
      devices: slot?.devices ?? [],
    }
  })
}

/** Adds one reading to the intervals that it falls into, at each level. Twice the same moment counts twice. */
export async function addSample(
  trx: Trx,
  clusterId: Id,
  at: Date,
  series: ReadonlyMap<string, Amounts>,
): Promise<void> {
  const rows = historyLevels.flatMap(({ seconds }) =>
    [...series].map(([name, { total, requested, used }]) => ({
      cluster_id: clusterId,
      series: name,
      seconds,
      at: new Date(Math.floor(at.getTime() / (seconds * 1_000)) * seconds * 1_000),
      count: 1,
      total,
      requested,
      used_count: used === null ? 0 : 1,
      used: used ?? 0,
      used_peak: used,
    })),
  )
  if (rows.length === 0) return
  await trx
    .insertInto('cluster_sample')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['cluster_id', 'series', 'seconds', 'at']).doUpdateSet({
        count: sql`cluster_sample.count + excluded.count`,
        total: sql`cluster_sample.total + excluded.total`,
        requested: sql`cluster_sample.requested + excluded.requested`,
        used_count: sql`cluster_sample.used_count + excluded.used_count`,
        used: sql`cluster_sample.used + excluded.used`,
        used_peak: sql`greatest(cluster_sample.used_peak, excluded.used_peak)`,
      }),
    )
    .execute()
}

/** Forgets what is older than each level keeps. */
export async function dropOldSamples(db: Db, now: Date): Promise<void> {
  for (const { seconds, keepSeconds } of historyLevels)
    await db
      .deleteFrom('cluster_sample')
      .where('seconds', '=', seconds)
      .where('at', '<', new Date(now.getTime() - keepSeconds * 1_000))
      .execute()
}

export async function readHistory(
  db: Db,
  clusterId: Id,
  wanted: { series: string; seconds: number; since: Date; until: Date },
): Promise<HistoryPoint[]> {
  const rows = await db
    .selectFrom('cluster_sample')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('series', '=', wanted.series)
    .where('seconds', '=', wanted.seconds)
    .where('at', '>=', wanted.since)
    .where('at', '<=', wanted.until)
    .orderBy('at')
    .execute()
  return rows.map((row) => ({
    at: row.at,
    total: row.total / row.count,
    requested: row.requested / row.count,
    used: row.used_count === 0 ? null : row.used / row.used_count,
    usedPeak: row.used_peak,
  }))
}
