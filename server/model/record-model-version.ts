import { sql } from 'kysely'
import { catalogue } from '#intelligence/index.ts'
import type { Id } from '#schema/domain/id.ts'
import { intentSchema, slotValue } from '#schema/domain/intent.ts'
import type { ModelFacts } from '#schema/domain/model.ts'
import type { NameValue } from '#schema/domain/run.ts'
import type { Component, Spec } from '#schema/domain/spec.ts'
import { recordForAdvisor } from '../advisor/advisor-record.ts'
import type { Trx } from '../db/pool.ts'
import type { RunRecord } from '../run/reconciler.ts'
import { artifactsOfRun, type Artifact } from '../run/run-store.ts'
import { specById } from '../spec/spec-store.ts'
import { specOf } from '../spec/specs.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import { filesOfRun } from '../tracking/tracking-store.ts'
import { lineageOf, type Origins } from './lineage.ts'
import { modelCard } from './model-card.ts'
import {
  filesOfModel,
  readMetrics,
  readModelJson,
  samplesOf,
  type ModelJson,
} from './model-files.ts'
import { insertModelVersion, lockModel, modelVersionOfRun } from './model-store.ts'

export interface RecordDeps {
  readonly store: ArtifactStore
  newId(): Id
  /** The sha256 of what the components' environment is made from. */
  lockHash(): string
}

interface Past {
  readonly goal: Origins['goal']
  readonly intent: { readonly id: Id; readonly revision: number; readonly body: unknown } | null
  readonly dataset: Origins['dataset']
  readonly verdicts: Origins['verdicts']
}

interface Manifest {
  readonly images: readonly { readonly sha256: string; readonly caption: string }[]
}

async function verdictsOf(trx: Trx, curationId: Id): Promise<Origins['verdicts']> {
  // The latest word on each picture counts; what was undone never did.
  const { rows } = await sql<{ value: string; count: number }>`
    select value, count(*)::int as count from (
      select distinct on (image_id) image_id, value from verdict
      where curation_id = ${curationId} and undone_at is null
      order by image_id, ordinal desc
    ) latest group by value`.execute(trx)
  const reviewers = await trx
    .selectFrom('verdict')
    .innerJoin('person', 'person.id', 'verdict.person_id')
    .select('person.name')
    .distinct()
    .where('verdict.curation_id', '=', curationId)
    .where('verdict.undone_at', 'is', null)
    .orderBy('person.name')
    .execute()
  const count = (value: string): number =>
    Number(rows.find((row) => row.value === value)?.count ?? 0)
  return {
    curationId,
    accepted: count('ACCEPT'),
    rejected: count('REJECT'),
    unsure: count('UNSURE'),
    reviewers: reviewers.map((row) => row.name),
  }
}

async function pastOf(
  trx: Trx,
  spec: { goalId: Id | null; intentId: Id | null; datasetVersionId: Id | null },
): Promise<Past> {
  const goal =
    spec.goalId === null
      ? null
      : await trx
          .selectFrom('goal')
          .select(['id', 'text', 'language'])
          .where('id', '=', spec.goalId)
          .executeTakeFirstOrThrow()
  const intent =
    spec.intentId === null
      ? null
      : await trx
          .selectFrom('intent')
          .select(['id', 'revision', 'body'])
          .where('id', '=', spec.intentId)
          .executeTakeFirstOrThrow()
  if (spec.datasetVersionId === null) return { goal, intent, dataset: null, verdicts: null }
  const row = await trx
    .selectFrom('dataset_version')
    .select(['id', 'hash', 'manifest', 'curation_id'])
    .where('id', '=', spec.datasetVersionId)
    .executeTakeFirstOrThrow()
  const manifest = JSON.parse(row.manifest) as Manifest
  return {
    goal,
    intent,
    dataset: { id: row.id, hash: row.hash, images: manifest.images },
    verdicts: row.curation_id === null ? null : await verdictsOf(trx, row.curation_id),
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}

function settingsOf(trainer: Component | undefined): NameValue[] {
  if (trainer === undefined) return []
  const { params } = trainer
  const settings = Object.entries(params)
    .filter(([name]) => name !== 'sample_prompts')
    .map(([name, value]) => ({ name, value: text(value) }))
  const [rate, alpha, rank] = ['learning_rate', 'alpha', 'rank'].map((name) => Number(params[name]))
  const effective = (rate! * alpha!) / rank!
  if (Number.isFinite(effective)) {
    settings.push({ name: 'effective_rate', value: String(Number(effective.toPrecision(6))) })
  }
  return settings
}

/** The subject's own name where the goal gives one, else the trigger word with what it stands for. */
export function nameOfModel(intentBody: unknown, triggerWord: string, classNoun: string): string {
  const intent = intentSchema.safeParse(intentBody)
  const said = intent.success ? slotValue(intent.data, 'subject.name') : undefined
  const style =
    intent.success && slotValue(intent.data, 'task') === 'style'
      ? slotValue(intent.data, 'style')
      : undefined
  const name = said ?? style ?? `${triggerWord} ${classNoun}`.trim()
  return name === '' ? 'model' : name.slice(0, 200)
}

interface StepRow {
  readonly name: string
  readonly state: string
  readonly cache_fields: unknown
  readonly started_at: Date | null
  readonly ended_at: Date | null
}

function codeOf(spec: Spec, steps: readonly StepRow[]): Origins['code'] {
  return spec.components.map((component) => {
    const step = steps.find((step) => step.name === component.name)
    const fields = step?.cache_fields as { image?: unknown } | null | undefined
    return {
      step: component.name,
      image: `${component.image.registry}:${component.image.tag}`,
      digest: typeof fields?.image === 'string' ? fields.image : null,
      cached: step?.state === 'CACHED',
    }
  })
}

function secondsOf(run: RunRecord, steps: readonly StepRow[]) {
  const between = (from: Date | null, to: Date | null): number =>
    from === null || to === null ? 0 : Math.max(0, (to.getTime() - from.getTime()) / 1000)
  return {
    total: between(run.startedAt, run.endedAt),
    steps: Object.fromEntries(
      steps
        .filter((step) => step.state === 'SUCCEEDED')
        .map((step) => [step.name, between(step.started_at, step.ended_at)]),
    ),
  }
}

function baseOf(about: ModelJson, trainer: Component | undefined) {
  const id = about.base_model ?? text(trainer?.params['base_model'])
  const known = catalogue.baseModel(id)
  return {
    id: id === '' ? 'unknown' : id,
    title: known?.title ?? (id === '' ? 'an unknown base model' : id),
    licence: known?.licence ?? 'unknown',
    // model.json writes "" where the base ships with the platform.
    source: known?.source ?? (about.base_model_source || null),
  }
}

/** The model that the plan is about: the trainer's, else any. */
function modelArtifact(spec: Spec, artifacts: readonly Artifact[]): Artifact | null {
  const trainers = new Set(
    spec.components.filter((component) => component.type === 'trainer').map(({ name }) => name),
  )
  const models = artifacts.filter(
    (artifact) => artifact.type === 'model' && artifact.files.length > 0,
  )
  return models.find((artifact) => trainers.has(artifact.stepName)) ?? models.at(-1) ?? null
}

/**
 * What a well-ended run made becomes the next version of its project's model, with its whole record. Called in
 * the transaction that ends the run; asked twice, it finds what is there. Null when the run made no model.
 */
export async function recordModelVersion(
  deps: RecordDeps,
  trx: Trx,
  run: RunRecord,
): Promise<{ modelVersionId: Id } | null> {
  const known = await modelVersionOfRun(trx, run.id)
  if (known !== null) return { modelVersionId: known.id }
  const stored = await specById(trx, run.specId)
  if (stored === null) throw new Error(`run ${run.id} has no spec`)
  const spec = specOf(stored)
  const trainer = spec.components.find((component) => component.type === 'trainer')
  const artifacts = await artifactsOfRun(trx, run.id)
  const model = modelArtifact(spec, artifacts)
  const steps: StepRow[] = await trx
    .selectFrom('step')
    .select(['name', 'state', 'cache_fields', 'started_at', 'ended_at'])
    .where('run_id', '=', run.id)
    .orderBy('ordinal')
    .execute()
  const past = await pastOf(trx, stored)
  const metrics = await readMetrics(deps.store, artifacts)
  const seconds = secondsOf(run, steps)
  const about: ModelJson =
    model === null
      ? { files: [], samples: [], environment: {} }
      : await readModelJson(deps.store, model)
  if (trainer !== undefined) {
    await recordForAdvisor(trx, {
      id: run.id,
      intentBody: past.intent?.body ?? null,
      datasetVersionId: stored.datasetVersionId,
      params: trainer.params,
      device: about.environment,
      seconds,
      metrics,
    })
  }
  if (model === null) return null

  const triggerWord = about.trigger_word ?? text(trainer?.params['trigger_word'])
  const classNoun = about.class_noun ?? text(trainer?.params['class_noun'])
  const name = nameOfModel(past.intent?.body, triggerWord, classNoun)
  const locked = await lockModel(trx, { id: deps.newId(), projectId: run.projectId, name })
  const id = deps.newId()
  const base = baseOf(about, trainer)
  const facts: Omit<ModelFacts, 'card' | 'lineage'> = {
    files: filesOfModel(model, about),
    samples: await samplesOf(deps.store, artifacts, model, about, await filesOfRun(trx, run.id)),
    metrics,
    settings: settingsOf(trainer),
    triggerWord,
    classNoun,
    prompt: about.prompt ?? text(trainer?.params['prompt']),
    baseModel: base.id,
    baseModelSource: base.source,
    baseModelTitle: base.title,
    baseModelLicence: base.licence,
    family: about.family ?? '',
  }
  const card = modelCard({
    ...facts,
    name,
    version: locked.nextVersion,
    goal: past.goal?.text ?? null,
    images: past.dataset?.images.length ?? 0,
    datasetHash: past.dataset?.hash ?? null,
    specHash: stored.hash,
    seed: run.seed,
    endedAt: run.endedAt,
    seconds: seconds.total,
  })
  const lineage = lineageOf({
    ...past,
    model: { versionId: id, name, version: locked.nextVersion },
    run: { id: run.id, seed: run.seed, seconds: seconds.total, endedAt: run.endedAt },
    spec: { id: stored.id, name: stored.name, version: stored.version, hash: stored.hash },
    baseModel: base,
    code: codeOf(spec, steps),
    environment: {
      lockHash: deps.lockHash(),
      versions: Object.entries(about.environment).map(([name, value]) => ({
        name,
        value: text(value),
      })),
    },
  })
  await insertModelVersion(trx, {
    id,
    modelId: locked.id,
    runId: run.id,
    version: locked.nextVersion,
    bytes: facts.files.reduce((sum, file) => sum + file.bytes, 0),
    facts: { ...facts, card, lineage },
  })
  return { modelVersionId: id }
}
