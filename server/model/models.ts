import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Model, ModelVersion } from '#schema/domain/model.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { ModelsPort } from '#schema/ports/model.ts'
import { requireProject } from '../auth/access.ts'
import type { Db, Trx } from '../db/pool.ts'
import type { RunRecord } from '../run/reconciler.ts'
import { isId, sees } from '../run/visible.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import { zipOfVersion, type Download } from './download.ts'
import {
  modelById,
  modelsSeenBy,
  modelVersionById,
  modelVersionOfRun,
  putRating,
  ratingsBy,
  versionsOfModel,
} from './model-store.ts'
import { recordModelVersion } from './record-model-version.ts'
import { snippetsFor } from './snippets.ts'

export interface ModelsDeps {
  readonly db: Db
  readonly store: ArtifactStore
  now(): Date
  newId(): Id
  /** The sha256 of what the components' environment is made from. */
  lockHash(): string
  fileUrl(sha256: string, name: string): string
  /** The signed address of a version's zip. */
  downloadUrl(modelVersionId: string): string
  audit?(
    trx: Trx,
    entry: { viewer: Viewer; projectId: Id; action: string; subject: string; body: object },
  ): Promise<void>
}

export interface Models {
  readonly port: ModelsPort
  /** Called in the transaction that ends a run well; null when the run made no model. */
  record(trx: Trx, run: RunRecord): Promise<{ modelVersionId: string } | null>
  /** All files of a version as one zip; null when there is no such version. The caller has judged access. */
  download(modelVersionId: string): Promise<Download | null>
}

/** Models and their versions: recorded by runs, rated by creators, downloaded. */
export function createModels(deps: ModelsDeps): Models {
  const { db, store } = deps

  async function byId(viewer: Viewer, id: Id): Promise<Model | null> {
    const model = isId(id) ? await modelById(db, id) : null
    return model !== null && (await sees(db, viewer, model.projectId)) ? model : null
  }

  async function versionById(viewer: Viewer, id: Id): Promise<ModelVersion | null> {
    const version = isId(id) ? await modelVersionById(db, id) : null
    return version !== null && (await sees(db, viewer, version.projectId)) ? version : null
  }

  async function requireVersion(viewer: Viewer, id: Id): Promise<ModelVersion> {
    const version = await versionById(viewer, id)
    if (version === null) throw new DomainError('NOT_FOUND', 'There is no such model version.')
    return version
  }

  async function requireModel(viewer: Viewer, id: Id): Promise<Model> {
    const model = await byId(viewer, id)
    if (model === null) throw new DomainError('NOT_FOUND', 'There is no such model.')
    return model
  }

  async function put(
    viewer: Viewer,
    version: ModelVersion,
    rating: { file: string; value: number; action: string },
  ): Promise<ModelVersion> {
    const { file, value, action } = rating
    await db.transaction().execute(async (trx) => {
      await putRating(trx, {
        id: deps.newId(),
        versionId: version.id,
        personId: viewer.id,
        file,
        value,
      })
      await deps.audit?.(trx, {
        viewer,
        projectId: version.projectId,
        action,
        subject: version.id,
        body: { file, value },
      })
    })
    return version
  }

  const port: ModelsPort = {
    byId,
    async list(viewer, page) {
      if (page.projectId !== null) await requireProject(db, viewer, page.projectId)
      return modelsSeenBy(db, viewer, page)
    },
    async versions(viewer, modelId, page) {
      await requireModel(viewer, modelId)
      return versionsOfModel(db, modelId, page)
    },
    async latest(viewer, modelId) {
      await requireModel(viewer, modelId)
      return (await versionsOfModel(db, modelId, { first: 1, after: null })).nodes[0] ?? null
    },
    versionById,
    async versionOfRun(viewer, runId) {
      const version = isId(runId) ? await modelVersionOfRun(db, runId) : null
      return version !== null && (await sees(db, viewer, version.projectId)) ? version : null
    },
    snippets: snippetsFor,
    fileUrl: ({ path, sha256 }) => deps.fileUrl(sha256, path.slice(path.lastIndexOf('/') + 1)),
    downloadUrl: (version) => deps.downloadUrl(version.id),
    async rating(viewer, versionId) {
      const ratings = await ratingsBy(db, versionId, viewer.id)
      return ratings.find((rating) => rating.file === '')?.value ?? null
    },
    async thumbs(viewer, versionId) {
      const ratings = await ratingsBy(db, versionId, viewer.id)
      return ratings
        .filter((rating) => rating.file !== '')
        .map(({ file, value }) => ({ path: file, up: value > 0 }))
    },
    async rate(viewer, versionId, stars) {
      const version = await requireVersion(viewer, versionId)
      if (!Number.isInteger(stars) || stars < 1 || stars > 5) {
        throw new DomainError('BAD_INPUT', `${stars} stars cannot be given: give 1 to 5.`)
      }
      return put(viewer, version, { file: '', value: stars, action: 'modelVersionRate' })
    },
    async rateSample(viewer, versionId, file, up) {
      const version = await requireVersion(viewer, versionId)
      if (!version.facts.samples.some((sample) => sample.path === file)) {
        throw new DomainError('NOT_FOUND', `This version has no sample "${file.slice(0, 120)}".`)
      }
      return put(viewer, version, { file, value: up ? 1 : -1, action: 'sampleRate' })
    },
  }

  return {
    port,
    record: (trx, run) => recordModelVersion(deps, trx, run),
    async download(modelVersionId) {
      const version = isId(modelVersionId) ? await modelVersionById(db, modelVersionId) : null
      return version === null ? null : zipOfVersion(store, version)
    },
  }
}
