import { DomainError } from '#schema/domain/errors.ts'
import type { DatasetVersion } from '#schema/domain/dataset.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { DatasetsPort } from '#schema/ports/dataset.ts'
import { requireProject } from '../auth/access.ts'
import { slice } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { findImages, rowToImage, type FileUrl } from '../pool/pool-store.ts'
import { datasetColumns, rowToDatasetVersion } from './dataset-maker.ts'

export function createDatasets(deps: { db: Db; fileUrl: FileUrl }): DatasetsPort {
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

  return {
    byId: find,
    async list(viewer, projectId, page) {
      await requireProject(db, viewer, projectId)
      let query = db
        .selectFrom('dataset_version')
        .select(datasetColumns)
        .where('project_id', '=', projectId)
        .orderBy('id', 'desc')
        .limit(page.first + 1)
      if (page.after !== null) query = query.where('id', '<', page.after)
      return slice((await query.execute()).map(rowToDatasetVersion), page.first)
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
