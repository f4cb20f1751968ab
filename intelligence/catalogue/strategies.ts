import type { StrategyId } from '#schema/domain/intent.ts'

/** What people call each, in English and Korean; the pages' own words are held against it (test/text). */
export const strategyNames: Readonly<Record<StrategyId, readonly [en: string, ko: string]>> = {
  lora: ['LoRA', 'LoRA'],
  dreambooth: ['DreamBooth', 'DreamBooth'],
  dreambooth_lora: ['DreamBooth LoRA', 'DreamBooth LoRA'],
  full: ['full fine-tuning', '전체 미세 조정'],
  text_lora: ['text LoRA', '텍스트 LoRA'],
}

/** What can be asked for by name; `available` ones are in the synthesis registry. */
export const strategies: readonly {
  readonly id: StrategyId
  readonly title: string
  readonly available: boolean
}[] = [
  { id: 'lora', title: 'LoRA: a small file beside the base model', available: true },
  { id: 'dreambooth', title: 'DreamBooth: the whole model learns one subject', available: false },
  {
    id: 'dreambooth_lora',
    title: 'DreamBooth with LoRA: with class pictures, so that the class is not forgotten',
    available: false,
  },
  { id: 'full', title: 'Full fine-tuning: every weight of the model', available: false },
  { id: 'text_lora', title: 'LoRA for a language model', available: false },
]
