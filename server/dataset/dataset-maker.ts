import { createHash, randomBytes } from 'node:crypto'
import { access, rename, rm, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import type { DatasetVersion } from '#schema/domain/dataset.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Db, Trx } from '../db/pool.ts'
import { extensionOf, findImages } from '../pool/pool-store.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import { captionWords } from './caption-words.ts'

/** Makes immutable data set versions: a manifest, its hash, and a folder of hard links to read it from. */
export interface DatasetMaker {
  make(input: {
    id: Id
    projectId: Id
    curationId: Id | null
    imageIds: readonly Id[]
    createdBy: Id
    /** What else becomes true in the same transaction; the audit entry of the version is its too. */
    inTransaction(trx: Trx, made: { hash: string; images: number }): Promise<void>
  }): Promise<DatasetVersion>
  ofCuration(curationId: Id): Promise<DatasetVersion | null>
}

export const datasetColumns = [
  'id',
  'project_id',
  'curation_id',
  'hash',
  'image_count',
  'trigger_word',
  'class_noun',
  'created_at',
] as const

export function rowToDatasetVersion(row: {
  id: string
  project_id: string
  curation_id: string | null
  hash: string
  image_count: number
  trigger_word: string
  class_noun: string
  created_at: Date
}): DatasetVersion {
  return {
    id: row.id,
    projectId: row.project_id,
    curationId: row.curation_id,
    hash: row.hash,
    imageCount: row.image_count,
    triggerWord: row.trigger_word,
    classNoun: row.class_noun,
    createdAt: row.created_at,
  }
}

interface ManifestImage {
  readonly caption: string
  readonly file: string
  readonly height: number
  readonly sha256: string
  readonly width: number
}

export function createDatasetMaker(deps: {
  db: Db
  store: ArtifactStore
  folder: string
}): DatasetMaker {
  const { db, store } = deps

  /** The folder appears whole or not at all: it is filled beside its place, then renamed. */
  async function layOut(
    hex: string,
    manifest: string,
    images: readonly ManifestImage[],
    blobs: ReadonlyMap<string, string>,
  ): Promise<void> {
    const target = join(deps.folder, hex)
    if (
      await access(join(target, 'manifest.json')).then(
        () => true,
        () => false,
      )
    )
      return
    const making = join(deps.folder, `.${hex}.${randomBytes(4).toString('hex')}`)
    await mkdir(join(making, 'images'), { recursive: true })
    try {
      for (const image of images)
        await store.link(blobs.get(image.file) ?? image.sha256, join(making, image.file))
      await writeFile(join(making, 'manifest.json'), manifest)
      await rename(making, target).catch(async (error: NodeJS.ErrnoException) => {
        // Somebody laid the same content out at the same time: the same bytes, theirs will do.
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      })
    } finally {
      await rm(making, { recursive: true, force: true })
    }
  }

  return {
    async make(input) {
      const rows = await findImages(db, input.imageIds)
      const { triggerWord, classNoun, template } = await captionWords(db, input.projectId)
      const images: (ManifestImage & { imageId: Id })[] = input.imageIds.map((imageId) => {
        const row = rows.get(imageId)
        if (row === undefined)
          throw new DomainError('NOT_FOUND', `The image ${imageId} is not there any more.`)
        return {
          imageId,
          caption: row.caption ?? template,
          file: `images/${row.blob_sha256}.${extensionOf(row.format)}`,
          height: row.height,
          sha256: row.blob_sha256,
          width: row.width,
        }
      })
      // Two offered files can have the same pixels once metadata is removed: one picture, once.
      const distinct = [...new Map(images.map((image) => [image.sha256, image])).values()].sort(
        (a, b) => (a.sha256 < b.sha256 ? -1 : 1),
      )
      const manifest = canonicalJson({
        format: 'autodidact-dataset/1',
        class_noun: classNoun,
        images: distinct.map(({ caption, file, height, sha256, width }) => ({
          caption,
          file,
          height,
          sha256,
          width,
        })),
        trigger_word: triggerWord,
      })
      const hex = createHash('sha256').update(manifest).digest('hex')
      await layOut(
        hex,
        manifest,
        distinct,
        new Map(distinct.map((image) => [image.file, image.sha256])),
      )
      return db.transaction().execute(async (trx) => {
        await input.inTransaction(trx, { hash: `sha256:${hex}`, images: distinct.length })
        const inserted = await trx
          .insertInto('dataset_version')
          .values({
            id: input.id,
            project_id: input.projectId,
            curation_id: input.curationId,
            hash: `sha256:${hex}`,
            manifest,
            image_count: distinct.length,
            trigger_word: triggerWord,
            class_noun: classNoun,
            created_by: input.createdBy,
          })
          .onConflict((conflict) => conflict.columns(['project_id', 'hash']).doNothing())
          .returning(datasetColumns)
          .executeTakeFirst()
        if (inserted === undefined) {
          // The same images and captions as before are the same version.
          const same = await trx
            .selectFrom('dataset_version')
            .select(datasetColumns)
            .where('project_id', '=', input.projectId)
            .where('hash', '=', `sha256:${hex}`)
            .executeTakeFirstOrThrow()
          return rowToDatasetVersion(same)
        }
        await trx
          .insertInto('dataset_image')
          .values(
            distinct.map((image) => ({
              dataset_version_id: input.id,
              image_id: image.imageId,
              caption: image.caption,
            })),
          )
          .execute()
        return rowToDatasetVersion(inserted)
      })
    },
    async ofCuration(curationId) {
      const row = await db
        .selectFrom('dataset_version')
        .select(datasetColumns)
        .where('curation_id', '=', curationId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? null : rowToDatasetVersion(row)
    },
  }
}
