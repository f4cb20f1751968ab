import { estimateSpec, revise, synthesise, unasked, type Device } from '#intelligence/index.ts'
import type { CostQuote } from '#schema/domain/cost.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { PlanPreview } from '#schema/domain/goal.ts'
import { slotValue, type Intent } from '#schema/domain/intent.ts'
import type { Spec } from '#schema/domain/spec.ts'
import type { SpecEstimate } from '#schema/domain/stored-spec.ts'

export interface PlanPreviewDeps {
  device(): Promise<Device>
  quote(spec: Spec, estimate: SpecEstimate | null): Promise<CostQuote>
  now(): Date
}

/** As many pictures as are asked for at the least, when none are there yet (design 06: 10 to 50). */
const usualImages = 20

/** The plan of an intent without a data set: what the Start page shows while somebody types. */
export async function previewPlan(
  deps: PlanPreviewDeps,
  intent: Intent,
  input: {
    readonly images: number | null
    readonly changes: Readonly<Record<string, unknown>>
    readonly defaultBaseModel: string
  },
): Promise<PlanPreview> {
  const entries = Object.entries(input.changes)
  if (entries.length > 20)
    throw new DomainError('BAD_INPUT', 'changes: at most 20 slots at a time.', { field: 'changes' })
  const images = input.images ?? usualImages
  if (!Number.isInteger(images) || images < 1 || images > 100_000)
    throw new DomainError('BAD_INPUT', 'images: a whole number from 1 to 100,000.', {
      field: 'images',
    })
  let body = intent
  for (const [path, value] of entries)
    body = revise(body, path, value, { defaultBaseModel: input.defaultBaseModel })
  const device = await deps.device()
  let spec: Spec
  try {
    spec = synthesise(
      unasked(body),
      // as the data set's captions will have it where nobody says what it is
      {
        hash: `sha256:${'0'.repeat(64)}`,
        images,
        classNoun: slotValue(body, 'subject.classNoun') ?? 'thing',
        triggerWord: '',
      },
      { pipelineId: 'PL-000000', createdAt: deps.now().toISOString(), device },
    )
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const slot = error.facts['slot']
    return {
      components: [],
      estimate: null,
      quote: null,
      images,
      refusal: { slot: typeof slot === 'string' ? slot : null, message: error.message },
    }
  }
  const estimate = estimateSpec(spec, device)
  return {
    components: [...spec.components]
      .sort((a, b) => a.order - b.order)
      .map(({ name, type }) => ({ name, type })),
    estimate,
    quote: await deps.quote(spec, estimate),
    images,
    refusal: null,
  }
}
