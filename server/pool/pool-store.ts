import { sql } from 'kysely'
import type { Id } from '#schema/domain/id.ts'
import type {
  Image,
  Pool,
  PoolAccount,
  PoolEntry,
  PoolOutcome,
  Sight,
} from '#schema/domain/pool.ts'
import type { Page, Slice } from '#schema/ports/page.ts'
import type { EntryPage, ImageFilter } from '#schema/ports/pool.ts'
import { slice } from '../db/keyset.ts'
import { notify, type Db, type Trx } from '../db/pool.ts'

const imageColumns = [
  'id',
  'pool_id',
  'sha256',
  'blob_sha256',
  'thumbnail_sha256',
  'file_name',
  'format',
  'width',
  'height',
  'bytes',
  'measures',
  'dhash',
  'excluded_reason',
  'excluded_message',
  'duplicate_of',
  'included_anyway',
  'sees',
  'caption',
  'created_at',
] as const

export interface ImageRow {
  id: string
  pool_id: string
  sha256: string
  blob_sha256: string
  thumbnail_sha256: string
  file_name: string
  format: string
  width: number
  height: number
  bytes: number
  measures: unknown
  dhash: string
  excluded_reason: string | null
  excluded_message: string | null
  duplicate_of: string | null
  included_anyway: boolean
  sees: string | null
  caption: string | null
  created_at: Date
}

/** Signs the address of a stored file. */
export type FileUrl = (sha256: string, name: string) => string

const extensions: Record<string, string> = { jpeg: 'jpg', png: 'png', webp: 'webp' }

/** The file extension of a stored format. */
export function extensionOf(format: string): string {
  return extensions[format] ?? format
}

export function rowToImage(row: ImageRow, fileUrl: FileUrl): Image {
  const excluded = row.excluded_reason !== null && !row.included_anyway
  return {
    id: row.id,
    poolId: row.pool_id,
    sha256: row.sha256,
    fileName: row.file_name,
    format: row.format,
    width: row.width,
    height: row.height,
    bytes: row.bytes,
    url: fileUrl(row.blob_sha256, `${row.id}.${extensionOf(row.format)}`),
    thumbnailUrl: fileUrl(row.thumbnail_sha256, `${row.id}.webp`),
    measures: row.measures as Record<string, number>,
    excluded: excluded
      ? {
          reason: row.excluded_reason as PoolOutcome,
          message: row.excluded_message ?? '',
          duplicateOf: row.duplicate_of,
        }
      : null,
    sees: row.sees,
    caption: row.caption,
    createdAt: row.created_at,
  }
}

export async function findPool(db: Db | Trx, id: Id): Promise<Pool | null> {
  const row = await db
    .selectFrom('pool')
    .select(['id', 'project_id'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : { id: row.id, projectId: row.project_id }
}

export async function findPoolOfProject(db: Db | Trx, projectId: Id): Promise<Pool | null> {
  const row = await db
    .selectFrom('pool')
    .select(['id', 'project_id'])
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  return row === undefined ? null : { id: row.id, projectId: row.project_id }
}

export async function findImages(db: Db | Trx, ids: readonly Id[]): Promise<Map<Id, ImageRow>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('image')
    .select(imageColumns)
    .where('id', 'in', [...ids])
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** The condition that an image of the pool may be chosen. */
const used = sql<boolean>`(image.excluded_reason is null or image.included_anyway)`

export async function listImages(
  db: Db,
  poolId: Id,
  page: Page & { filter: ImageFilter },
): Promise<Slice<ImageRow>> {
  let query = db
    .selectFrom('image')
    .select(imageColumns)
    .where('pool_id', '=', poolId)
    .orderBy('id')
    .limit(page.first + 1)
  if (page.after !== null) query = query.where('id', '>', page.after)
  if (page.filter === 'USED') query = query.where(used)
  if (page.filter === 'EXCLUDED') query = query.where(sql<boolean>`not ${used}`)
  if (page.filter === 'IN_DATASET')
    query = query.where(
      sql<boolean>`image.blob_sha256 in (
        select entry->>'sha256' from jsonb_array_elements((
          select version.manifest::jsonb->'images' from dataset_version version
          join pool on pool.project_id = version.project_id
          where pool.id = ${poolId}
          order by coalesce(version.restored_at, version.created_at) desc limit 1
        )) entry)`,
    )
  return slice(await query.execute(), page.first)
}

/** Every line falls on one side: what an image is now, or what became of a file that gave none. */
export async function readAccount(db: Db | Trx, poolId: Id): Promise<PoolAccount> {
  const { rows } = await sql<{ reason: string; count: number }>`
    select case when image.id is null then entry.outcome when ${used} then 'STORED' else image.excluded_reason end as reason,
      count(*) as count
    from pool_entry entry left join image on image.id = entry.image_id
    where entry.pool_id = ${poolId} group by 1 order by 2 desc, 1`.execute(db)
  const counts = rows.map((row) => ({
    reason: row.reason as PoolOutcome,
    count: Number(row.count),
  }))
  const uploaded = counts.reduce((sum, row) => sum + row.count, 0)
  const usedCount = counts.find((row) => row.reason === 'STORED')?.count ?? 0
  return {
    uploaded,
    used: usedCount,
    excluded: uploaded - usedCount,
    byReason: counts.filter((row) => row.reason !== 'STORED'),
  }
}

export async function readSights(db: Db | Trx, poolId: Id): Promise<Sight[]> {
  const { rows } = await sql<{ sees: string | null; count: number }>`
    select image.sees, count(*) as count from image
    join pool on pool.id = image.pool_id
    join embedding on embedding.image_id = image.id and embedding.embedder = pool.embedder
    where image.pool_id = ${poolId} and ${used} group by 1 order by 2 desc, 1`.execute(db)
  const of = rows.reduce((sum, row) => sum + Number(row.count), 0)
  return rows
    .flatMap((row) =>
      row.sees === null ? [] : [{ classNoun: row.sees, count: Number(row.count), of }],
    )
    .slice(0, 20)
}

export interface NewEntry {
  readonly id: Id
  readonly poolId: Id
  readonly ticketId: Id | null
  readonly fileName: string
  readonly outcome: PoolOutcome
  readonly message: string
  readonly bytes: number
  readonly imageId: Id | null
  readonly duplicateOf: Id | null
}

export async function insertEntry(trx: Trx, entry: NewEntry): Promise<PoolEntry> {
  const row = await trx
    .insertInto('pool_entry')
    .values({
      id: entry.id,
      pool_id: entry.poolId,
      ticket_id: entry.ticketId,
      file_name: entry.fileName,
      outcome: entry.outcome,
      message: entry.message,
      bytes: entry.bytes,
      image_id: entry.imageId,
      duplicate_of: entry.duplicateOf,
    })
    .returning('created_at')
    .executeTakeFirstOrThrow()
  return { ...entry, createdAt: row.created_at }
}

export async function listEntries(db: Db, poolId: Id, page: EntryPage): Promise<Slice<PoolEntry>> {
  let query = db
    .selectFrom('pool_entry')
    .selectAll()
    .where('pool_id', '=', poolId)
    .orderBy('id', 'desc')
    .limit(page.first + 1)
  if (page.after !== null) query = query.where('id', '<', page.after)
  if (page.withoutImage) query = query.where('image_id', 'is', null)
  const rows = await query.execute()
  return slice(
    rows.map((row) => ({
      id: row.id,
      fileName: row.file_name,
      outcome: row.outcome as PoolOutcome,
      message: row.message,
      bytes: row.bytes,
      imageId: row.image_id,
      duplicateOf: row.duplicate_of,
      createdAt: row.created_at,
    })),
    page.first,
  )
}

/** Tells listeners, and marks what is kept in memory of the pool as old. */
export async function touchPool(trx: Trx, poolId: Id): Promise<void> {
  await trx
    .updateTable('pool')
    .set({ changed_at: sql`clock_timestamp()` })
    .where('id', '=', poolId)
    .execute()
  await notify(trx, 'pool', poolId)
}
