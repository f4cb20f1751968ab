import DataLoader from 'dataloader'
import { curation } from '#intelligence/index.ts'
import type { VerdictValue } from '#schema/domain/curation.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Image, MapPoint, Pool } from '#schema/domain/pool.ts'
import type { PoolsPort } from '#schema/ports/pool.ts'
import type { Audit } from '../audit/audit.ts'
import { requireProject } from '../auth/access.ts'
import type { Db, OpenDatabase } from '../db/pool.ts'
import { standingVerdicts } from '../curation/curation-store.ts'
import { forgetVectors } from './import-vectors.ts'
import { latestOf } from '../live/latest.ts'
import type { Intake } from './pool-intake.ts'
import type { PoolEmbedder } from './pool-embedding.ts'
import {
  findImages,
  findPool,
  findPoolOfProject,
  listEntries,
  listImages,
  readAccount,
  readSights,
  rowToImage,
  touchPool,
  type FileUrl,
  type ImageRow,
} from './pool-store.ts'

export interface PoolsDeps {
  readonly database: OpenDatabase
  readonly intake: Intake
  readonly embedder: PoolEmbedder
  readonly fileUrl: FileUrl
  readonly audit: Audit
}

const mapPoints = 10_000

function absent(noun: string): DomainError {
  return new DomainError('NOT_FOUND', `There is no such ${noun}.`)
}

export function createPools(deps: PoolsDeps): PoolsPort {
  const { fileUrl } = deps
  const db: Db = deps.database.db

  async function poolFor(viewer: Viewer, poolId: Id): Promise<Pool> {
    const pool = await findPool(db, poolId)
    if (pool === null) throw absent('pool')
    await requireProject(db, viewer, pool.projectId).catch(() => {
      throw absent('pool')
    })
    return pool
  }

  async function imageFor(viewer: Viewer, imageId: Id): Promise<ImageRow> {
    const row = (await findImages(db, [imageId])).get(imageId)
    if (row === undefined) throw absent('image')
    await poolFor(viewer, row.pool_id).catch(() => {
      throw absent('image')
    })
    return row
  }

  async function change(
    viewer: Viewer,
    imageId: Id,
    action: string,
    set: Partial<ImageRow>,
  ): Promise<Image> {
    const before = await imageFor(viewer, imageId)
    const { projectId } = await poolFor(viewer, before.pool_id)
    await db.transaction().execute(async (trx) => {
      if (Object.keys(set).length > 0) {
        await trx
          .updateTable('image')
          .set(set as { caption?: string | null })
          .where('id', '=', imageId)
          .execute()
      }
      await touchPool(trx, before.pool_id)
      await deps.audit(trx, { viewer, projectId, action, subject: imageId, body: set })
    })
    return rowToImage({ ...before, ...set }, fileUrl)
  }

  async function orNull<T>(work: Promise<T>): Promise<T | null> {
    return work.catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'NOT_FOUND') return null
      throw error
    })
  }

  async function verdicts(poolId: Id): Promise<Map<Id, VerdictValue>> {
    const row = await db
      .selectFrom('curation')
      .select('id')
      .where('pool_id', '=', poolId)
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row === undefined ? new Map() : standingVerdicts(db, row.id)
  }

  async function imagesFor(viewer: Viewer, ids: readonly Id[]): Promise<(Image | null)[]> {
    const rows = await findImages(db, ids)
    const allowed = new Map<Id, boolean>()
    for (const row of rows.values()) {
      if (!allowed.has(row.pool_id))
        allowed.set(row.pool_id, (await orNull(poolFor(viewer, row.pool_id))) !== null)
    }
    return ids.map((id) => {
      const row = rows.get(id)
      return row !== undefined && allowed.get(row.pool_id) === true
        ? rowToImage(row, fileUrl)
        : null
    })
  }

  // A round's ten candidates ask for their pictures at once: one question, not ten. Nothing is remembered.
  const loaders = new WeakMap<Viewer, DataLoader<Id, Image | null>>()
  function loaderOf(viewer: Viewer): DataLoader<Id, Image | null> {
    let loader = loaders.get(viewer)
    if (loader === undefined) {
      loader = new DataLoader((ids) => imagesFor(viewer, ids), { cache: false, maxBatchSize: 500 })
      loaders.set(viewer, loader)
    }
    return loader
  }

  return {
    byId: (viewer, id) => orNull(poolFor(viewer, id)),
    async ofProject(viewer, projectId) {
      await requireProject(db, viewer, projectId)
      const pool = await findPoolOfProject(db, projectId)
      if (pool === null) throw absent('pool')
      return pool
    },
    async account(viewer, poolId) {
      await poolFor(viewer, poolId)
      return readAccount(db, poolId)
    },
    async embedding(viewer, poolId) {
      await poolFor(viewer, poolId)
      return deps.embedder.progress(poolId)
    },
    async sees(viewer, poolId) {
      await poolFor(viewer, poolId)
      return readSights(db, poolId)
    },
    async images(viewer, poolId, page) {
      await poolFor(viewer, poolId)
      const slice = await listImages(db, poolId, page)
      return { ...slice, nodes: slice.nodes.map((row) => rowToImage(row, fileUrl)) }
    },
    async entries(viewer, poolId, page) {
      await poolFor(viewer, poolId)
      return listEntries(db, poolId, page)
    },
    async map(viewer, poolId) {
      await poolFor(viewer, poolId)
      const { embedder } = await deps.embedder.progress(poolId)
      const pool = await deps.embedder.vectors(poolId, embedder)
      const count = Math.min(pool.ids.length, mapPoints)
      if (count === 0) return []
      const shown = {
        ids: pool.ids.slice(0, count),
        vectors: pool.vectors.subarray(0, count * pool.dim),
        dim: pool.dim,
        seed: 1,
      }
      const plane = curation.map2d(shown)
      const clusters = curation.clusterPool(shown)
      const said = await verdicts(poolId)
      return shown.ids.map((imageId, index): MapPoint => ({
        imageId,
        x: plane.x[index] ?? 0,
        y: plane.y[index] ?? 0,
        cluster: clusters.assignments[index] ?? 0,
        verdict: said.get(imageId) ?? null,
      }))
    },
    imageById: (viewer, id) => loaderOf(viewer).load(id),
    imagesByIds: imagesFor,
    async verdictOf(viewer, imageId) {
      const image = await imageFor(viewer, imageId)
      return (await verdicts(image.pool_id)).get(imageId) ?? null
    },
    async uploadBegin(viewer, input) {
      const pool = await poolFor(viewer, input.poolId)
      return deps.intake.begin({ id: input.id, pool, viewer })
    },
    async forgetVectors(viewer, poolId) {
      const pool = await poolFor(viewer, poolId)
      if (await forgetVectors({ db, audit: deps.audit }, { poolId, viewer }))
        deps.embedder.poke(poolId)
      return pool
    },
    async include(viewer, imageId) {
      const row = await imageFor(viewer, imageId)
      const image =
        row.excluded_reason === 'SET_ASIDE'
          ? await change(viewer, imageId, 'imageInclude', {
              excluded_reason: null,
              excluded_message: null,
              included_anyway: false,
            })
          : await change(
              viewer,
              imageId,
              'imageInclude',
              row.excluded_reason === null ? {} : { included_anyway: true },
            )
      deps.embedder.poke(row.pool_id)
      return image
    },
    async exclude(viewer, imageId) {
      const row = await imageFor(viewer, imageId)
      return change(
        viewer,
        imageId,
        'imageExclude',
        row.excluded_reason === null
          ? { excluded_reason: 'SET_ASIDE', excluded_message: 'Set aside by hand.' }
          : { included_anyway: false },
      )
    },
    async setCaption(viewer, imageId, text) {
      const caption = text.normalize('NFC').trim()
      if (caption.length > 1_000)
        throw new DomainError(
          'BAD_INPUT',
          `A caption has at most 1,000 characters; this one has ${caption.length}.`,
        )
      return change(viewer, imageId, 'captionSet', { caption: caption === '' ? null : caption })
    },
    async *changes(viewer, poolId, signal) {
      const pool = await poolFor(viewer, poolId)
      for await (const _ of latestOf(
        deps.database,
        'pool',
        (payload) => payload === poolId,
        signal,
      )) {
        await poolFor(viewer, poolId)
        yield pool
      }
    },
  }
}
