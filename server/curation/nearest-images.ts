import { sql } from 'kysely'
import { toSql } from 'pgvector'
import type { Id } from '#schema/domain/id.ts'
import type { OpenDatabase } from '../db/pool.ts'
import type { PoolVectors } from '../pool/pool-embedding.ts'
import type { Curator } from './curator.ts'

/** The images of a pool most like a vector of its embedder, the nearest first. */
export type NearestImages = (input: {
  readonly poolId: Id
  readonly embedder: string
  readonly pool: PoolVectors
  readonly query: Float32Array
  readonly size: number
}) => Promise<Id[]>

// Under it all of a pool's vectors are compared faster than an index of all pools is walked.
const exactUpTo = 20_000
// pgvector indexes halfvec up to this many dimensions.
const widest = 4_000

/**
 * On Postgres a large pool is searched by an HNSW index of its embedder's vectors, filtered by the pool: iterative scans go
 * on until enough of the pool's own are found. On PGlite, whose build of such an index is slow, all are compared in memory.
 *
 * @param from pools from so many pictures on use the index
 */
export function createNearestImages(
  { db, kind }: Pick<OpenDatabase, 'db' | 'kind'>,
  curator: Curator,
  from = exactUpTo,
): NearestImages {
  const made = new Map<string, Promise<void>>()

  /** One partial index for each embedder: vectors of different embedders never mix, and each has its own width. */
  function index(embedder: string, dim: number): Promise<void> {
    const name = `embedding_hnsw_${embedder.replace(/[^a-z0-9]/g, '_')}_${dim}`
    let making = made.get(name)
    if (making === undefined) {
      making = sql`create index concurrently if not exists ${sql.id(name)} on embedding
        using hnsw ((vector::halfvec(${sql.lit(dim)})) halfvec_cosine_ops) where embedder = ${sql.lit(embedder)}`
        .execute(db)
        .then(() => undefined)
      made.set(name, making)
      making.catch(() => made.delete(name))
    }
    return making
  }

  return async ({ poolId, embedder, pool, query, size }) => {
    if (kind === 'pglite' || pool.ids.length < from || pool.dim > widest) {
      const found = await curator.ask('nearest', pool, { query, size })
      return found.map(({ id }) => id)
    }
    await index(embedder, pool.dim)
    const width = sql.lit(pool.dim)
    const text = toSql(Array.from(query)) as string
    return db.transaction().execute(async (trx) => {
      await sql`set local hnsw.iterative_scan = strict_order`.execute(trx)
      await sql`set local hnsw.ef_search = ${sql.lit(Math.min(1_000, Math.max(100, 2 * size)))}`.execute(
        trx,
      )
      const { rows } = await sql<{ id: string }>`
        select image.id from embedding join image on image.id = embedding.image_id
        where embedding.embedder = ${sql.lit(embedder)} and image.pool_id = ${poolId}
          and (image.excluded_reason is null or image.included_anyway)
        order by embedding.vector::halfvec(${width}) <=> ${text}::halfvec(${width}) limit ${size}`.execute(
        trx,
      )
      return rows.map((row) => row.id)
    })
  }
}
