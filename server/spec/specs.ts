import {
  applySettings,
  estimateSpec,
  explainSettings,
  synthesise as synthesiseSpec,
  unasked,
  type Device,
} from '#intelligence/index.ts'
import { DomainError, InvalidError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import { intentSchema, type Intent } from '#schema/domain/intent.ts'
import type { Viewer } from '#schema/domain/person.ts'
import {
  parseSpec,
  printSpec,
  specHash,
  specToWire,
  warnSpec,
  type Spec,
} from '#schema/domain/spec.ts'
import type { StoredSpec } from '#schema/domain/stored-spec.ts'
import type { SpecsPort } from '#schema/ports/spec.ts'
import { requireProject } from '../auth/access.ts'
import type { Db, Trx } from '../db/pool.ts'
import { isId, sees } from '../run/visible.ts'
import { insertSpec, specById, specsOfProject, versionsOfPipeline } from './spec-store.ts'

export interface SpecsDeps {
  readonly db: Db
  now(): Date
  newId(): Id
  /** What plans may count on here. */
  device(): Promise<Device>
  audit?(
    trx: Trx,
    entry: { viewer: Viewer; projectId: Id; action: string; subject: string; body: object },
  ): Promise<void>
}

interface Origin {
  readonly projectId: Id
  readonly goalId: Id | null
  readonly intentId: Id | null
  readonly datasetVersionId: Id | null
}

type Settings = Readonly<Record<string, unknown>>

/** "PL-" and six of A-Z0-9, from the spec's own id: the same id gives the same pipeline. */
export function pipelineIdOf(id: Id): string {
  const number = Number.parseInt(id.replaceAll('-', '').slice(-12), 16) % 36 ** 6
  return `PL-${number.toString(36).toUpperCase().padStart(6, '0')}`
}

/** The version behind the highest of those that there are; a version that is no number gets one after it. */
export function nextVersion(versions: readonly string[], current: string): string {
  const numbers = [current, ...versions].flatMap((version) => {
    const match = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/.exec(version)
    return match === null ? [] : [match.slice(1).map(Number) as [number, number, number]]
  })
  numbers.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
  const top = numbers.at(-1)
  if (top === undefined) return `${current}-${versions.length + 1}`
  return `${top[0]}.${top[1]}.${top[2] + 1}`
}

function noSpec(): DomainError {
  return new DomainError('NOT_FOUND', 'There is no such plan.')
}

/** A stored text always has the shape: it was read before it was stored. */
export function specOf(stored: StoredSpec): Spec {
  const { spec } = parseSpec(stored.text)
  if (spec === null) throw new Error(`spec ${stored.id} is unreadable`)
  return spec
}

/** Specs: synthesised from intents, stored from text, adjusted by settings; immutable once stored. */
export function createSpecs(deps: SpecsDeps): SpecsPort & {
  /** A changed plan as the next version of its pipeline; a new intent is its origin when there is one. */
  keepChanged(
    viewer: Viewer,
    source: StoredSpec,
    changed: Spec,
    intentId: Id | null,
  ): Promise<StoredSpec>
} {
  const { db } = deps

  async function keep(
    viewer: Viewer,
    id: Id,
    spec: Spec,
    origin: Origin,
    action: string,
  ): Promise<StoredSpec> {
    const device = await deps.device()
    const text = printSpec(spec)
    // What is stored must be what was meant: the text is read back before it is kept.
    const { spec: again, problems } = parseSpec(text)
    if (again === null || problems.length > 0) {
      throw new InvalidError(
        'SPEC_INVALID',
        problems[0]?.message ?? 'The plan is unreadable.',
        problems,
      )
    }
    return db.transaction().execute(async (trx) => {
      const stored = await insertSpec(
        trx,
        {
          ...origin,
          id,
          pipelineId: spec.pipelineId,
          name: spec.name,
          version: spec.version,
          hash: specHash(again),
          text,
          estimate: estimateSpec(spec, device),
        },
        viewer.id,
      )
      await deps.audit?.(trx, {
        viewer,
        projectId: origin.projectId,
        action,
        subject: id,
        body: { hash: stored.hash },
      })
      return stored
    })
  }

  async function requireSpec(viewer: Viewer, id: Id): Promise<StoredSpec> {
    const stored = await specById(db, id)
    if (stored === null || !(await sees(db, viewer, stored.projectId))) throw noSpec()
    return stored
  }

  async function newestIntent(
    viewer: Viewer,
    goalId: Id,
  ): Promise<{ id: Id; projectId: Id; body: Intent }> {
    const row = await db
      .selectFrom('intent')
      .innerJoin('goal', 'goal.id', 'intent.goal_id')
      .select(['intent.id', 'intent.body', 'goal.project_id'])
      .where('goal.id', '=', goalId)
      .orderBy('intent.revision', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (row === undefined || !(await sees(db, viewer, row.project_id))) {
      throw new DomainError('NOT_FOUND', 'There is no such goal.')
    }
    return { id: row.id, projectId: row.project_id, body: intentSchema.parse(row.body) }
  }

  /** The spec that already has this id, when the same was asked for; refused when it was something else. */
  async function known(
    viewer: Viewer,
    id: Id | null,
    same: (stored: StoredSpec) => boolean,
  ): Promise<StoredSpec | null> {
    const stored = id === null ? null : await specById(db, id)
    if (stored === null) return null
    if ((await sees(db, viewer, stored.projectId)) && same(stored)) return stored
    throw new DomainError('ID_REUSED', 'This id already belongs to another plan.')
  }

  async function synthesise(
    viewer: Viewer,
    input: { id: Id | null; goalId: Id; datasetVersionId: Id; settings: Settings | null },
  ): Promise<StoredSpec> {
    const intent = await newestIntent(viewer, input.goalId)
    const dataset = await db
      .selectFrom('dataset_version')
      .select(['hash', 'image_count', 'class_noun', 'trigger_word'])
      .where('id', '=', input.datasetVersionId)
      .where('project_id', '=', intent.projectId)
      .executeTakeFirst()
    if (dataset === undefined) {
      throw new DomainError('NOT_FOUND', 'There is no such data set version in the goal’s project.')
    }
    const id = input.id ?? deps.newId()
    const make = async (createdAt: string): Promise<Spec> => {
      const spec = synthesiseSpec(
        unasked(intent.body),
        {
          hash: dataset.hash,
          images: dataset.image_count,
          classNoun: dataset.class_noun,
          triggerWord: dataset.trigger_word,
        },
        { pipelineId: pipelineIdOf(id), createdAt, device: await deps.device() },
      )
      return input.settings === null ? spec : applySettings(spec, input.settings)
    }
    const spec = await make(deps.now().toISOString())
    const before = await known(
      viewer,
      input.id,
      (stored) =>
        stored.goalId === input.goalId &&
        stored.datasetVersionId === input.datasetVersionId &&
        stored.hash === specHash(spec),
    )
    if (before !== null) return before
    return keep(
      viewer,
      id,
      spec,
      {
        projectId: intent.projectId,
        goalId: input.goalId,
        intentId: intent.id,
        datasetVersionId: input.datasetVersionId,
      },
      'specSynthesise',
    )
  }

  /** The data set version of the project that the spec's data loader names. */
  async function datasetNamed(projectId: Id, spec: Spec): Promise<Id | null> {
    const hash = spec.components.find((component) => component.type === 'data_loader')?.params[
      'dataset'
    ]
    if (typeof hash !== 'string') return null
    const row = await db
      .selectFrom('dataset_version')
      .select('id')
      .where('project_id', '=', projectId)
      .where('hash', '=', hash)
      .executeTakeFirst()
    return row?.id ?? null
  }

  async function store(
    viewer: Viewer,
    input: { id: Id | null; projectId: Id; text: string },
  ): Promise<StoredSpec> {
    await requireProject(db, viewer, input.projectId)
    const { spec, problems } = parseSpec(input.text)
    if (spec === null || problems.length > 0) {
      const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
      throw new InvalidError('SPEC_INVALID', `${problems[0]!.message}${more}`, problems)
    }
    const text = printSpec(spec)
    const before = await known(
      viewer,
      input.id,
      (stored) => stored.projectId === input.projectId && stored.text === text,
    )
    if (before !== null) return before
    return keep(
      viewer,
      input.id ?? deps.newId(),
      spec,
      {
        projectId: input.projectId,
        goalId: null,
        intentId: null,
        datasetVersionId: await datasetNamed(input.projectId, spec),
      },
      'specStore',
    )
  }

  async function adjust(
    viewer: Viewer,
    input: { id: Id | null; specId: Id; settings: Settings },
  ): Promise<StoredSpec> {
    const source = await requireSpec(viewer, input.specId)
    const changed = applySettings(specOf(source), input.settings)
    const before = await known(
      viewer,
      input.id,
      (stored) => stored.projectId === source.projectId && stored.hash === specHash(changed),
    )
    if (before !== null) return before
    const versions = await versionsOfPipeline(db, source.projectId, source.pipelineId)
    return keep(
      viewer,
      input.id ?? deps.newId(),
      {
        ...changed,
        version: nextVersion(versions, changed.version),
        createdAt: deps.now().toISOString(),
      },
      source,
      'specAdjust',
    )
  }

  return {
    async byId(viewer, id) {
      const stored = isId(id) ? await specById(db, id) : null
      return stored !== null && (await sees(db, viewer, stored.projectId)) ? stored : null
    },
    async list(viewer, projectId, page) {
      await requireProject(db, viewer, projectId)
      return specsOfProject(db, projectId, page)
    },
    check(text) {
      const { spec, problems } = parseSpec(text)
      if (spec === null) return { spec: null, problems, hash: null }
      const valid = problems.length === 0
      return {
        spec: specToWire(spec),
        problems: [...problems, ...warnSpec(spec)],
        hash: valid ? specHash(spec) : null,
      }
    },
    settings: (stored, language) => explainSettings(specOf(stored), language),
    synthesise,
    store,
    adjust,
    async keepChanged(viewer, source, changed, intentId) {
      const versions = await versionsOfPipeline(db, source.projectId, source.pipelineId)
      const createdAt = deps.now().toISOString()
      return keep(
        viewer,
        deps.newId(),
        { ...changed, version: nextVersion(versions, source.version), createdAt },
        { ...source, intentId: intentId ?? source.intentId },
        'specChange',
      )
    },
  }
}
