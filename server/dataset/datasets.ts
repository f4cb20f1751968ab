import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { DomainError } from '#schema/domain/errors.ts'
import type { DatasetVersion } from '#schema/domain/dataset.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { DatasetsPort } from '#schema/ports/dataset.ts'
import type { Audit } from '../audit/audit.ts'
import { requireProject } from '../auth/access.ts'
import { sql } from 'kysely'
import { slice } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { findImages, rowToImage, touchPool, type FileUrl } from '../pool/pool-store.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import { zipOfDataset, type ExportFormat } from './dataset-export.ts'
import { captionWords } from './caption-words.ts'
import { datasetColumns, rowToDatasetVersion } from './dataset-maker.ts'

export interface Datasets extends DatasetsPort {
  /** What an export's address gives; null when there is no such version. */
  download(id: Id, format: ExportFormat): Promise<{ fileName: string; stream: Readable } | null>
}

/** The lines of a manifest that a diff and an export need. */
interface Manifest {
  readonly images: readonly {
    readonly sha256: string
    readonly caption: string
    readonly file: string
  }[]
}

export function createDatasets(deps: {
  db: Db
  fileUrl: FileUrl
  store: ArtifactStore
  sign(path: string): string
  audit: Audit
  now(): Date
}): Datasets {
  const { db } = deps

  async function find(viewer: Viewer, id: Id): Promise<DatasetVersion | null> {
    const row = await db
      .selectFrom('dataset_version')
      .select(datasetColumns)
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined) return null
    try {
      await requireProject(db, viewer, row.project_id)
    } catch (error) {
      if (error instanceof DomainError && error.code === 'NOT_FOUND') return null
      throw error
    }
    return rowToDatasetVersion(row)
  }

  async function manifestOf(id: Id): Promise<Manifest> {
    const row = await db
      .selectFrom('dataset_version')
      .select('manifest')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return JSON.parse(row.manifest) as Manifest
  }

  /** The pool's picture of each content in these versions. */
  async function imagesByContent(versions: readonly Id[]): Promise<Map<string, Id>> {
    const rows = await db
      .selectFrom('dataset_image')
      .innerJoin('image', 'image.id', 'dataset_image.image_id')
      .select(['image.id', 'image.blob_sha256'])
      .where('dataset_version_id', 'in', versions)
      .execute()
    return new Map(rows.map((row) => [row.blob_sha256, row.id]))
  }

  return {
    byId: find,
    async diff(viewer, id, before) {
      const [now, then] = [await find(viewer, id), await find(viewer, before)]
      if (now === null || then === null)
        throw new DomainError('NOT_FOUND', 'There is no such data set version.')
      if (now.projectId !== then.projectId)
        throw new DomainError('BAD_INPUT', 'The two data set versions are of different projects.')
      const [after, earlier] = [await manifestOf(id), await manifestOf(before)]
      const old = new Map(earlier.images.map((image) => [image.sha256, image.caption]))
      const fresh = new Map(after.images.map((image) => [image.sha256, image.caption]))
      const imageIds = await imagesByContent([id, before])
      const entries = (from: Map<string, string>, without: Map<string, string>) =>
        [...from].flatMap(([sha256, caption]) =>
          without.has(sha256) ? [] : [{ sha256, caption, imageId: imageIds.get(sha256)! }],
        )
      const both = [...fresh].filter(([sha256]) => old.has(sha256))
      return {
        added: entries(fresh, old),
        removed: entries(old, fresh),
        recaptioned: both.flatMap(([sha256, caption]) =>
          old.get(sha256) === caption
            ? []
            : [
                {
                  sha256,
                  imageId: imageIds.get(sha256)!,
                  before: old.get(sha256)!,
                  after: caption,
                },
              ],
        ),
        kept: both.filter(([sha256, caption]) => old.get(sha256) === caption).length,
      }
    },
    exportUrl: (id, format) => deps.sign(`/datasets/${id}/${format}`),
    async download(id, format) {
      const row = await db
        .selectFrom('dataset_version')
        .select(['hash', 'manifest', 'created_at'])
        .where('id', '=', id)
        .executeTakeFirst()
      if (row === undefined) return null
      const { images } = JSON.parse(row.manifest) as Manifest
      const name = `dataset-${row.hash.slice('sha256:'.length, 'sha256:'.length + 12)}`
      const sized = await Promise.all(
        images.map(async (image) => ({
          ...image,
          bytes: (await stat(await deps.store.path(image.sha256))).size,
        })),
      )
      const stream = await zipOfDataset(deps.store, {
        name,
        format,
        images: sized,
        createdAt: row.created_at,
      })
      return { fileName: `${name}-${format}.zip`, stream }
    },
    async list(viewer, projectId, page) {
      await requireProject(db, viewer, projectId)
      let query = db
        .selectFrom('dataset_version')
        .select(datasetColumns)
        .where('project_id', '=', projectId)
        .orderBy(sql`coalesce(restored_at, created_at)`, 'desc')
        .orderBy('id', 'desc')
        .limit(page.first + 1)
      if (page.after !== null)
        query = query.where(
          sql<boolean>`(coalesce(restored_at, created_at), id) < (
            select coalesce(last.restored_at, last.created_at), last.id from dataset_version last where last.id = ${page.after})`,
        )
      return slice((await query.execute()).map(rowToDatasetVersion), page.first)
    },
    async restore(viewer, id) {
      const version = await find(viewer, id)
      if (version === null) throw new DomainError('NOT_FOUND', 'There is no such data set version.')
      const { template } = await captionWords(db, version.projectId)
      await db.transaction().execute(async (trx) => {
        const rows = await trx
          .selectFrom('dataset_image')
          .innerJoin('image', 'image.id', 'dataset_image.image_id')
          .select(['image.id', 'image.pool_id', 'image.excluded_reason', 'dataset_image.caption'])
          .where('dataset_version_id', '=', id)
          .orderBy('image.id')
          .execute()
        for (const row of rows)
          await trx
            .updateTable('image')
            .set({
              caption: row.caption === template ? null : row.caption,
              ...(row.excluded_reason === null ? {} : { included_anyway: true }),
            })
            .where('id', '=', row.id)
            .execute()
        await trx
          .updateTable('dataset_version')
          .set({ restored_at: deps.now() })
          .where('id', '=', id)
          .execute()
        for (const pool of new Set(rows.map((row) => row.pool_id))) await touchPool(trx, pool)
        await deps.audit(trx, {
          viewer,
          projectId: version.projectId,
          action: 'datasetRestore',
          subject: id,
          body: { hash: version.hash, images: rows.length },
        })
      })
      return version
    },
    async images(viewer, datasetVersionId, page) {
      if ((await find(viewer, datasetVersionId)) === null)
        throw new DomainError('NOT_FOUND', 'There is no such data set version.')
      let query = db
        .selectFrom('dataset_image')
        .select('image_id')
        .where('dataset_version_id', '=', datasetVersionId)
        .orderBy('image_id')
        .limit(page.first + 1)
      if (page.after !== null) query = query.where('image_id', '>', page.after)
      const ids = await query.execute()
      const part = slice(ids, page.first)
      const rows = await findImages(
        db,
        part.nodes.map((row) => row.image_id),
      )
      return {
        nodes: part.nodes.flatMap(({ image_id }) => {
          const row = rows.get(image_id)
          return row === undefined ? [] : [rowToImage(row, deps.fileUrl)]
        }),
        hasNextPage: part.hasNextPage,
      }
    },
  }
}
