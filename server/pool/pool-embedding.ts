import { sql } from 'kysely'
import { embedders } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { PoolEmbedding } from '#schema/domain/pool.ts'
import { notify, type Db } from '../db/pool.ts'
import type { EmbedderChoice } from '../embedding/embedder-source.ts'
import type { Embedding } from '../embedding/embedding.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import { halfvecText } from './halfvec-text.ts'
import { touchPool } from './pool-store.ts'

export interface PoolEmbeddingDeps {
  readonly db: Db
  readonly store: ArtifactStore
  readonly embedding: Embedding
  /** The best embedder that can be had now; asked again when the environment changes. */
  choose(): Promise<EmbedderChoice>
  log(message: string, facts?: object): void
}

/** A pool's vectors by one embedder; row i belongs to ids[i]. Unit length. */
export interface PoolVectors {
  readonly ids: string[]
  readonly vectors: Float32Array
  readonly dim: number
  readonly quality: Float32Array
}

/** Looks at the pools' pictures in the background, and keeps what it saw. */
export interface PoolEmbedder {
  /** Says that a pool has new images. */
  poke(poolId: Id): void
  /** Goes through all pools with pictures that nobody has looked at: at the start, and when a better embedder can be had. */
  refresh(): Promise<void>
  choice(): EmbedderChoice | null
  progress(poolId: Id): Promise<PoolEmbedding>
  vectors(poolId: Id, embedder: string): Promise<PoolVectors>
  close(): Promise<void>
}

const imported = 'imported:'

/** The id of vectors that were made elsewhere. */
export function importedEmbedder(name: string): string {
  return `${imported}${name}`
}

export function isImported(embedder: string): boolean {
  return embedder.startsWith(imported)
}

const batch = 8
const share = 128
const retryMs = 30_000
const readAtOnce = 2_000
const bytesKept = 2 ** 30

export function createPoolEmbedder(deps: PoolEmbeddingDeps): PoolEmbedder {
  const { db } = deps
  const abort = new AbortController()
  const waiting = new Set<Id>()
  const kept = new Map<string, { key: string; value: PoolVectors }>()
  let current: EmbedderChoice | null = null
  let working: Promise<void> | null = null

  function used() {
    return sql<boolean>`(image.excluded_reason is null or image.included_anyway)`
  }

  function unseen(poolId: Id, embedder: string) {
    return db
      .selectFrom('image')
      .select(['image.id', 'image.blob_sha256'])
      .where('image.pool_id', '=', poolId)
      .where(used())
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('embedding')
              .select('embedding.image_id')
              .whereRef('embedding.image_id', '=', 'image.id')
              .where('embedding.embedder', '=', embedder),
          ),
        ),
      )
      .orderBy('image.id')
  }

  async function settle(poolId: Id, state: PoolEmbedding['state'], message: string): Promise<void> {
    await db.transaction().execute(async (trx) => {
      await trx
        .updateTable('pool')
        .set({ embedding_state: state, embedding_message: message })
        .where('id', '=', poolId)
        .execute()
      await touchPool(trx, poolId)
    })
  }

  /** An open curation keeps its embedder: vectors of different embedders never mix. */
  async function choiceFor(poolId: Id): Promise<EmbedderChoice> {
    const best = current ?? (current = await deps.choose())
    const open = await db
      .selectFrom('curation')
      .select('embedder')
      .where('pool_id', '=', poolId)
      .where('state', '=', 'OPEN')
      .executeTakeFirst()
    if (open !== undefined && open.embedder !== best.id && open.embedder === 'descriptor') {
      return {
        ...best,
        id: 'descriptor',
        why: 'The open review began with it.',
        ...descriptorParts(),
      }
    }
    return best
  }

  function descriptorParts(): Pick<EmbedderChoice, 'dim' | 'source'> {
    return {
      dim: embedders.embedderById('descriptor')?.dim ?? 0,
      source: { kind: 'descriptor' },
    }
  }

  type Unseen = { readonly id: string; readonly blob_sha256: string }

  /** Stores a vector for each of these pictures; gives back those that the embedder could not look at. */
  async function embedAll(
    poolId: Id,
    choice: EmbedderChoice,
    images: readonly Unseen[],
  ): Promise<Unseen[]> {
    const files = await Promise.all(
      images.map(async (image) => ({ path: await deps.store.path(image.blob_sha256) })),
    )
    const { failed } = await deps.embedding.embed(choice, files, {
      signal: abort.signal,
      batch,
      onRows: async (from, rows, classes) => {
        await db.transaction().execute(async (trx) => {
          for (const [offset, seen] of classes.entries()) {
            const image = images[from + offset]
            const row = rows.subarray(offset * choice.dim, (offset + 1) * choice.dim)
            // A row of zeros is a picture that could not be embedded.
            if (image === undefined || row.every((value) => value === 0)) continue
            const text = halfvecText(row)
            await trx
              .insertInto('embedding')
              .values({
                image_id: image.id,
                embedder: choice.id,
                vector: sql<string>`${text}::halfvec`,
              })
              .onConflict((conflict) => conflict.columns(['image_id', 'embedder']).doNothing())
              .execute()
            if (seen !== null) {
              const noun = embedders.sightsOf([seen])[0]?.classNoun ?? null
              await trx
                .updateTable('image')
                .set({ sees: noun })
                .where('id', '=', image.id)
                .execute()
            }
          }
          await touchPool(trx, poolId)
        })
      },
    })
    return failed.flatMap(({ index }) => images[index] ?? [])
  }

  async function exclude(poolId: Id, images: readonly Unseen[]): Promise<void> {
    deps.log('some pictures could not be embedded', { poolId, failed: images.length })
    await db
      .updateTable('image')
      .set({
        excluded_reason: 'BROKEN',
        excluded_message: 'The vision model could not look at it.',
        included_anyway: false,
      })
      .where(
        'id',
        'in',
        images.map((image) => image.id),
      )
      .execute()
  }

  async function look(poolId: Id): Promise<void> {
    const { embedder } = await db
      .selectFrom('pool')
      .select('embedder')
      .where('id', '=', poolId)
      .executeTakeFirstOrThrow()
    if (embedder !== null && isImported(embedder)) {
      // Nobody here can look at a picture as whoever made those vectors did.
      const without = (await unseen(poolId, embedder).execute()).length
      const message = `${without} pictures have no vector from ${embedder}: add a file with the vectors of all, or set them aside.`
      await settle(poolId, without === 0 ? 'DONE' : 'FAILED', without === 0 ? '' : message)
      return
    }
    const choice = await choiceFor(poolId)
    await db
      .updateTable('pool')
      .set({ embedder: choice.id, embedder_why: choice.why })
      .where('id', '=', poolId)
      .execute()
    const images = await unseen(poolId, choice.id).execute()
    if (images.length === 0) {
      await settle(poolId, 'DONE', '')
      return
    }
    await settle(poolId, 'RUNNING', 'Looking at the pictures')
    // In shares: from a bucket each picture is fetched first, and two thousand at once are too many.
    for (let from = 0; from < images.length; from += share) {
      const part = images.slice(from, from + share)
      const failed = await embedAll(poolId, choice, part)
      // Once more: its file may have been cleared from the cache in between.
      const broken = failed.length === 0 ? [] : await embedAll(poolId, choice, failed)
      if (broken.length > 0) await exclude(poolId, broken)
    }
    await settle(poolId, 'DONE', '')
  }

  async function work(): Promise<void> {
    for (;;) {
      const [poolId] = waiting
      if (poolId === undefined || abort.signal.aborted) return
      waiting.delete(poolId)
      try {
        await look(poolId)
      } catch (error) {
        if (abort.signal.aborted) return
        deps.log('embedding failed', {
          poolId,
          error: error instanceof Error ? error.message : String(error),
        })
        await settle(
          poolId,
          'FAILED',
          'The pictures could not be looked at yet: it is tried again in half a minute.',
        ).catch(() => undefined)
        const again = setTimeout(() => void poke(poolId), retryMs)
        again.unref()
        abort.signal.addEventListener('abort', () => clearTimeout(again), { once: true })
      }
    }
  }

  function start(): void {
    working ??= work().finally(() => {
      working = null
      if (waiting.size > 0 && !abort.signal.aborted) start()
    })
  }

  function poke(poolId: Id): void {
    if (abort.signal.aborted) return
    // Said first, then begun: told afterwards, a pool that has nothing to look at would wait for ever.
    void db
      .updateTable('pool')
      .set({ embedding_state: 'WAITING' })
      .where('id', '=', poolId)
      .where('embedding_state', 'in', ['IDLE', 'DONE', 'FAILED'])
      .execute()
      .catch(() => undefined)
      .then(() => {
        if (abort.signal.aborted) return
        waiting.add(poolId)
        start()
      })
  }

  /** In parts: the text of 100,000 vectors at once would be a gigabyte. */
  async function readVectors(poolId: Id, embedder: string): Promise<PoolVectors> {
    const ids: string[] = []
    const quality: number[] = []
    const known = await sql<{ count: number; dim: number | null }>`
      select count(*)::integer as count, mode() within group (order by vector_dims(embedding.vector)) as dim
      from image join embedding on embedding.image_id = image.id and embedding.embedder = ${embedder}
      where image.pool_id = ${poolId} and ${used()}`.execute(db)
    const { count = 0, dim: found = null } = known.rows[0] ?? {}
    const dim = found ?? embedders.embedderById(embedder)?.dim ?? 1
    // Shared memory: the curator's thread reads it without a copy.
    const vectors = new Float32Array(new SharedArrayBuffer(4 * count * dim))
    while (ids.length < count) {
      let query = db
        .selectFrom('image')
        .innerJoin('embedding', 'embedding.image_id', 'image.id')
        .select(['image.id', 'image.measures', 'embedding.vector'])
        .where('image.pool_id', '=', poolId)
        .where('embedding.embedder', '=', embedder)
        .where(used())
        .orderBy('image.id')
        .limit(Math.min(readAtOnce, count - ids.length))
      const last = ids.at(-1)
      if (last !== undefined) query = query.where('image.id', '>', last)
      const rows = await query.execute()
      if (rows.length === 0) break
      for (const row of rows) {
        const numbers = JSON.parse(row.vector) as number[]
        if (numbers.length !== dim)
          throw new DomainError(
            'BAD_INPUT',
            `The vector of image ${row.id} has ${numbers.length} numbers, others of the pool ${dim}: set the image aside, or import its vector again.`,
            { image: row.id, numbers: numbers.length, dim },
          )
        vectors.set(numbers, ids.length * dim)
        ids.push(row.id)
        quality.push((row.measures as { quality?: number }).quality ?? 1)
      }
    }
    // Some may have been set aside while they were read.
    return {
      ids,
      vectors: ids.length === count ? vectors : vectors.subarray(0, ids.length * dim),
      dim,
      quality: Float32Array.from(quality),
    }
  }

  /** Vectors stay in memory up to a gigabyte; those that were asked for longest ago go first. */
  function forgetOldest(): void {
    let bytes = 0
    for (const { value } of kept.values()) bytes += value.vectors.byteLength
    for (const [name, { value }] of kept) {
      if (bytes <= bytesKept || kept.size === 1) return
      kept.delete(name)
      bytes -= value.vectors.byteLength
    }
  }

  return {
    poke,
    async refresh() {
      current = await deps.choose()
      const pools = await db
        .selectFrom('pool')
        .select('pool.id')
        .where(({ exists, selectFrom }) =>
          exists(selectFrom('image').select('image.id').whereRef('image.pool_id', '=', 'pool.id')),
        )
        .execute()
      for (const pool of pools) waiting.add(pool.id)
      start()
      await notify(db, 'platform', '')
    },
    choice: () => current,
    async progress(poolId) {
      const row = await db
        .selectFrom('pool')
        .select(['embedder', 'embedder_why', 'embedding_state', 'embedding_message'])
        .where('id', '=', poolId)
        .executeTakeFirstOrThrow()
      const embedder = row.embedder ?? current?.id ?? ''
      const { rows } = await sql<{ total: number; done: number }>`
        select count(*) as total, count(embedding.image_id) as done from image
        left join embedding on embedding.image_id = image.id and embedding.embedder = ${embedder}
        where image.pool_id = ${poolId} and ${used()}`.execute(db)
      const total = Number(rows[0]?.total ?? 0)
      const done = Number(rows[0]?.done ?? 0)
      return {
        embedder,
        why: row.embedder === null ? (current?.why ?? '') : row.embedder_why,
        state: done < total && row.embedding_state === 'DONE' ? 'WAITING' : row.embedding_state,
        done,
        total,
        message: row.embedding_message,
      }
    },
    async vectors(poolId, embedder) {
      const pool = await db
        .selectFrom('pool')
        .select('changed_at')
        .where('id', '=', poolId)
        .executeTakeFirstOrThrow()
      const key = pool.changed_at.toISOString()
      const name = `${poolId} ${embedder}`
      const before = kept.get(name)
      if (before?.key === key) return before.value
      const value = await readVectors(poolId, embedder)
      kept.delete(name)
      kept.set(name, { key, value })
      forgetOldest()
      return value
    },
    async close() {
      abort.abort()
      await working?.catch(() => undefined)
    },
  }
}
