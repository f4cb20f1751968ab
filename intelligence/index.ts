/** The only door of the intelligence layer: pure functions over plain data. */
import { DomainError } from '#schema/domain/errors.ts'
import type { Intent } from '#schema/domain/intent.ts'
import { baseModel, baseModels, defaultBaseModel } from './catalogue/base-models.ts'
import { strategies } from './catalogue/strategies.ts'
import { reviseReading } from './intent/grammar.ts'
import type { ReadContext } from './intent/grammar.ts'

export { readGoal as read } from './intent/grammar.ts'
export type { Reading, ReadContext, Sight } from './intent/grammar.ts'
export { detectLanguage } from './intent/language.ts'
export { explanationOf } from './intent/explanation.ts'
export { classNounOf, koreanName } from './intent/lexicon.ts'
export { captionFor } from './synthesis/caption.ts'
export { applySettings, explainSettings } from './synthesis/settings.ts'
export type { Setting } from './synthesis/settings.ts'
export type {
  DatasetFacts,
  Device,
  Estimate,
  Range,
  SynthesisOptions,
} from './synthesis/strategy.ts'
export { estimateSpec, synthesise, unasked } from './synthesis/synthesise.ts'
export type { BaseModel } from './catalogue/base-models.ts'

export const catalogue = { baseModels, baseModel, strategies, defaultBaseModel } as const

/** A person's edit of one slot; ids are checked against the catalogue, defaults that follow from it are filled again. */
export function revise(
  intent: Intent,
  path: string,
  value: unknown,
  context: ReadContext = {},
): Intent {
  if (path === 'baseModel' && typeof value === 'string' && baseModel(value) === undefined) {
    throw new DomainError(
      'BAD_INPUT',
      `baseModel: no base model is called "${value.slice(0, 60)}". Choose one of ${baseModels
        .filter((item) => item.available)
        .map((item) => item.id)
        .join(', ')}.`,
      { slot: path },
    )
  }
  return reviseReading(intent, path, value, context)
}

export {
  breakerRule,
  loadLlm,
  promptFor,
  readByGrammar,
  readByLlm,
  readReply,
  worstCost,
} from './llm.ts'
export type { BreakerState, LlmResult, LlmSettings, LlmState, LlmTrace } from './llm.ts'
export { diffIntents, readFollowUp } from './intent/follow-up.ts'
export type { FollowUp, FollowUpContext } from './intent/follow-up.ts'
export type { PlanFacts } from './intent/plan-questions.ts'
export { applyOperations, diffSpecs, rebaseSpec } from './synthesis/patch.ts'
export * as caption from './caption/object-probe.ts'
export * as curation from './curation/index.ts'
export * as embedders from './embedders/index.ts'
