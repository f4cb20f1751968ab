import { sql } from 'kysely'
import type { Id } from '#schema/domain/id.ts'
import { intentSchema } from '#schema/domain/intent.ts'
import type { NamedNumber } from '#schema/domain/model.ts'
import type { Trx } from '../db/pool.ts'

/** What the advisor will learn from (AD-00). Figures only: no pictures, no names, no words of a person. */
export interface AdvisorRecord {
  readonly version: 1
  /** Slots that hold ids, classes and numbers; names and trigger words are left out. */
  readonly intent: Readonly<Record<string, unknown>>
  readonly dataset: Readonly<Record<string, number>> | null
  readonly settings: Readonly<Record<string, unknown>>
  readonly device: Readonly<Record<string, unknown>>
  readonly seconds: { readonly total: number; readonly steps: Readonly<Record<string, number>> }
  /** Null until prices are set (CO-01). */
  readonly cost: null
  readonly metrics: Readonly<Record<string, number>>
}

/** Slots that a person may have filled with a name. */
const personal: ReadonlySet<string> = new Set(['subject.name', 'triggerWord'])

/** The settings of the trainer that say nothing about whose pictures they were. */
const privateParams: ReadonlySet<string> = new Set([
  'trigger_word',
  'prompt',
  'sample_prompts',
  'dataset',
])

/** Intent slots without what could name somebody. */
export function slotsWithoutNames(body: unknown): Record<string, unknown> {
  const parsed = intentSchema.safeParse(body)
  if (!parsed.success) return {}
  return Object.fromEntries(
    Object.entries(parsed.data.slots)
      .filter(([path]) => !personal.has(path))
      .map(([path, slot]) => [path, slot.value]),
  )
}

export function settingsWithoutNames(
  params: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !privateParams.has(name)))
}

/** Counts and means over the pictures of a data set version. */
async function datasetFeatures(
  trx: Trx,
  datasetVersionId: Id,
): Promise<Record<string, number> | null> {
  const { rows } = await sql<{ name: string; value: number }>`
    with chosen as (
      select image.width, image.height, image.measures
      from dataset_image join image on image.id = dataset_image.image_id
      where dataset_image.dataset_version_id = ${datasetVersionId}
    )
    select 'images' as name, count(*)::float8 as value from chosen
    union all select 'mean_width', avg(width)::float8 from chosen
    union all select 'mean_height', avg(height)::float8 from chosen
    union all select 'least_side', min(least(width, height))::float8 from chosen
    union all
    select 'mean_' || key, avg(value::text::float8)
    from chosen, jsonb_each(measures)
    where jsonb_typeof(value) = 'number'
    group by key`.execute(trx)
  const features = Object.fromEntries(
    rows.filter((row) => row.value !== null).map((row) => [row.name, Number(row.value)]),
  )
  return features['images'] === undefined || features['images'] === 0 ? null : features
}

/** Keeps a well-ended run for the advisor; once per run. */
export async function recordForAdvisor(
  trx: Trx,
  run: {
    readonly id: Id
    readonly intentBody: unknown
    readonly datasetVersionId: Id | null
    readonly params: Readonly<Record<string, unknown>>
    readonly device: Readonly<Record<string, unknown>>
    readonly seconds: AdvisorRecord['seconds']
    readonly metrics: readonly NamedNumber[]
  },
): Promise<void> {
  const record: AdvisorRecord = {
    version: 1,
    intent: slotsWithoutNames(run.intentBody),
    dataset:
      run.datasetVersionId === null ? null : await datasetFeatures(trx, run.datasetVersionId),
    settings: settingsWithoutNames(run.params),
    device: run.device,
    seconds: run.seconds,
    cost: null,
    metrics: Object.fromEntries(run.metrics.map(({ name, value }) => [name, value])),
  }
  await trx
    .insertInto('advisor_record')
    .values({ run_id: run.id, body: JSON.stringify(record) })
    .onConflict((conflict) => conflict.column('run_id').doNothing())
    .execute()
}
