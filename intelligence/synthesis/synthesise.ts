import { DomainError } from '#schema/domain/errors.ts'
import { slotValue } from '#schema/domain/intent.ts'
import type { Intent, StrategyId } from '#schema/domain/intent.ts'
import { validateSpec } from '#schema/domain/spec.ts'
import type { Spec } from '#schema/domain/spec.ts'
import { strategies } from '../catalogue/strategies.ts'
import { lora } from './lora.ts'
import type {
  DatasetFacts,
  Device,
  Estimate,
  FineTuningStrategy,
  SynthesisOptions,
} from './strategy.ts'

const registry: ReadonlyMap<StrategyId, FineTuningStrategy> = new Map(
  [lora].map((strategy) => [strategy.id, strategy]),
)

/** Intent + data set version -> a valid spec, or a refusal that names the slot. */
export function synthesise(intent: Intent, dataset: DatasetFacts, options: SynthesisOptions): Spec {
  if (!/^sha256:[0-9a-f]{64}$/.test(dataset.hash)) {
    throw new DomainError('BAD_INPUT', 'The data set version has no valid hash.', {
      hash: dataset.hash.slice(0, 80),
    })
  }
  if (!(dataset.images >= 1)) {
    throw new DomainError(
      'POOL_EMPTY',
      'The data set version holds no image: accept at least one, then plan.',
    )
  }
  const task = slotValue(intent, 'task')
  // a wrong task matters more than the strategy that came with it
  const id =
    task === 'text' || task === 'unknown' ? 'lora' : (slotValue(intent, 'strategy') ?? 'lora')
  const strategy = registry.get(id)
  if (strategy === undefined) {
    const title = strategies.find((item) => item.id === id)?.title ?? id
    throw new DomainError(
      'INTENT_UNSUPPORTED',
      `strategy: "${title}" is not offered yet. Choose LoRA.`,
      { slot: 'strategy' },
    )
  }
  const spec = strategy.synthesise(intent, dataset, options)
  const [problem] = validateSpec(spec)
  if (problem !== undefined) {
    throw new DomainError(
      'INTENT_UNSUPPORTED',
      `This intent gives no valid plan: ${problem.message}`,
      { slot: problem.path },
    )
  }
  return spec
}

/** The intent to plan by while its question is open: a question blocks nothing, its first answer holds until somebody gives one. */
export function unasked(intent: Intent): Intent {
  const { question, slots } = intent
  const usual = question?.slot === 'task' ? question.options[0]?.value : undefined
  if (slots.task?.value !== 'unknown' || (usual !== 'subject' && usual !== 'style')) return intent
  return { ...intent, slots: { ...slots, task: { ...slots.task, value: usual } } }
}

/** Time and memory with a low and a high end; null for a spec that no strategy of ours wrote. */
export function estimateSpec(spec: Spec, device: Device): Estimate | null {
  for (const strategy of registry.values()) {
    const estimate = strategy.estimate(spec, device)
    if (estimate !== null) return estimate
  }
  return null
}
