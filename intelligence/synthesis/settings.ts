import { z } from 'zod'
import type { Json, JsonObject } from '#schema/domain/canonical-json.ts'
import { InvalidError } from '#schema/domain/errors.ts'
import type { Quality } from '#schema/domain/intent.ts'
import type { Problem } from '#schema/domain/errors.ts'
import { validateSpec } from '#schema/domain/spec.ts'
import type { Component, Spec } from '#schema/domain/spec.ts'
import type { BaseModel, Preset } from '../catalogue/base-models.ts'
import { baseModelOf, stepsFor, trainerOf } from './lora.ts'
import type { SettingSource } from './lora.ts'

export interface Setting {
  readonly name: string
  readonly value: Json
  readonly reason: string
  readonly minimum: number | null
  readonly maximum: number | null
  readonly options: readonly Json[] | null
}

interface Definition {
  readonly name: string
  readonly param: string
  /** Components that hold the same parameter and must agree. */
  readonly on: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly multipleOf?: number
  readonly whole?: boolean
  readonly options?: readonly Json[]
  readonly text?: boolean
  readonly why: (facts: Facts) => Sentence
}

/** The same said in each language of the interface. */
interface Sentence {
  readonly en: string
  readonly ko: string
}

interface Facts {
  readonly base: BaseModel | undefined
  readonly preset: Preset | undefined
  readonly images: number | undefined
  readonly params: JsonObject
}

const both = ['trainer', 'evaluator'] as const
const asWritten: Sentence = { en: 'as written', ko: '적힌 그대로' }
const tried = ({ base, preset }: Facts): Sentence =>
  preset === undefined
    ? asWritten
    : {
        en: `what ${base!.id} was tried with (${preset.evidence.en})`,
        ko: `${base!.id}에서 시험한 값 (${preset.evidence.ko})`,
      }

const definitions: readonly Definition[] = [
  {
    name: 'rank',
    param: 'rank',
    on: ['trainer'],
    minimum: 1,
    maximum: 256,
    whole: true,
    why: (facts) => ({
      en: `how much the LoRA can hold; ${tried(facts).en}`,
      ko: `LoRA가 담을 수 있는 양. ${tried(facts).ko}`,
    }),
  },
  {
    name: 'alpha',
    param: 'alpha',
    on: ['trainer'],
    minimum: 0.01,
    maximum: 1024,
    why: ({ params }) => ({
      en: `with rank and learning rate it gives the effective rate ${effectiveRate(params)}`,
      ko: `랭크, 학습률과 함께 실효 학습률 ${effectiveRate(params)}이(가) 됩니다`,
    }),
  },
  {
    name: 'learningRate',
    param: 'learning_rate',
    on: ['trainer'],
    minimum: 1e-8,
    maximum: 1,
    why: (facts) => ({
      en: `effective rate ${effectiveRate(facts.params)} (learning rate x alpha / rank); ${tried(facts).en}`,
      ko: `실효 학습률 ${effectiveRate(facts.params)} (학습률 × 알파 / 랭크). ${tried(facts).ko}`,
    }),
  },
  {
    name: 'steps',
    param: 'steps',
    on: ['trainer'],
    minimum: 1,
    maximum: 100_000,
    whole: true,
    why: exposuresText,
  },
  {
    name: 'batchSize',
    param: 'batch_size',
    on: ['trainer'],
    minimum: 1,
    maximum: 256,
    whole: true,
    why: () => ({
      en: 'the most pictures at once that fit the device',
      ko: '이 장치에 한 번에 들어가는 최대 사진 수',
    }),
  },
  {
    name: 'resolution',
    param: 'resolution',
    on: ['preprocessor', 'trainer'],
    minimum: 64,
    maximum: 2048,
    multipleOf: 8,
    whole: true,
    why: ({ base }) =>
      base === undefined
        ? asWritten
        : {
            en: `${base.title} was made at ${base.resolution} px`,
            ko: `${base.id}은(는) ${base.resolution} px로 만들어졌습니다`,
          },
  },
  { name: 'targets', param: 'targets', on: ['trainer'], options: ['attention', 'all'], why: tried },
  {
    name: 'captionDropout',
    param: 'caption_dropout',
    on: ['trainer'],
    minimum: 0,
    maximum: 0.9,
    why: () => ({
      en: 'the share of captions left out, so that guidance keeps working',
      ko: '일부러 비워 두는 캡션의 비율. 프롬프트 강도 조절이 계속 듣게 합니다',
    }),
  },
  {
    name: 'mirror',
    param: 'mirror',
    on: ['preprocessor'],
    options: [true, false],
    why: () => ({
      en: 'mirrored pictures double the data; off where left and right matter',
      ko: '좌우로 뒤집어 사진을 두 배로 씁니다. 좌우가 중요하면 끄세요',
    }),
  },
  {
    name: 'seed',
    param: 'seed',
    on: both,
    minimum: 0,
    maximum: 2 ** 31 - 1,
    whole: true,
    why: () => ({
      en: 'the same seed gives the same run',
      ko: '시드가 같으면 결과도 같습니다',
    }),
  },
  {
    name: 'sampleEvery',
    param: 'sample_every',
    on: ['trainer'],
    minimum: 0,
    maximum: 100_000,
    whole: true,
    why: () => ({
      en: 'a few looks at the training; 0 is none',
      ko: '학습 중에 몇 번 그려 봅니다. 0이면 그리지 않습니다',
    }),
  },
  {
    name: 'sampleCount',
    param: 'sample_count',
    on: ['evaluator'],
    minimum: 1,
    maximum: 16,
    whole: true,
    why: () => ({
      en: 'pictures of the final comparison, per row',
      ko: '마지막 비교에 쓸 사진 수 (한 줄당)',
    }),
  },
  {
    name: 'sampleSteps',
    param: 'sample_steps',
    on: both,
    minimum: 1,
    maximum: 100,
    whole: true,
    why: () => ({
      en: 'denoising steps of a sample picture',
      ko: '샘플 한 장을 그리는 디노이징 단계 수',
    }),
  },
  {
    name: 'guidanceScale',
    param: 'guidance_scale',
    on: both,
    minimum: 1,
    maximum: 20,
    why: ({ base }) => ({
      en: `how strictly a sample follows its prompt; usual for ${base?.id ?? 'this base'}`,
      ko: `샘플이 프롬프트를 따르는 정도. ${base?.id ?? '이 기반 모델'}에서 보통 쓰는 값`,
    }),
  },
  {
    name: 'checkpointEvery',
    param: 'checkpoint_every',
    on: ['trainer'],
    minimum: 0,
    maximum: 100_000,
    whole: true,
    why: () => ({
      en: 'at most this many steps are lost when a run is cut off',
      ko: '실행이 끊겨도 잃는 것은 최대 이만큼의 스텝입니다',
    }),
  },
  {
    name: 'prompt',
    param: 'prompt',
    on: both,
    text: true,
    why: () => ({
      en: 'what the samples are asked to show',
      ko: '샘플에 무엇을 그리게 할지',
    }),
  },
]

function effectiveRate(params: JsonObject): string {
  const rate = (Number(params['learning_rate']) * Number(params['alpha'])) / Number(params['rank'])
  return Number(rate.toPrecision(3)).toString()
}

function exposuresText({ images, params }: Facts): Sentence {
  if (images === undefined) return asWritten
  const batch = Number(params['batch_size'])
  const exposures = Math.round((Number(params['steps']) * batch) / images)
  return {
    en: `${images} ${images === 1 ? 'picture' : 'pictures'} seen about ${exposures} times each, ${batch} at a time`,
    ko: `사진 ${images}장을 각각 약 ${exposures}번, 한 번에 ${batch}장씩 봅니다`,
  }
}

function schemaOf(definition: Definition): z.ZodType {
  if (definition.options !== undefined) {
    return z.union(definition.options.map((option) => z.literal(option as string | boolean)))
  }
  if (definition.text === true) return z.string().trim().min(1).max(300)
  let schema = z.number().min(definition.minimum!).max(definition.maximum!)
  if (definition.whole === true) schema = schema.int()
  if (definition.multipleOf !== undefined) schema = schema.multipleOf(definition.multipleOf)
  return schema
}

const authoringOf = (spec: Spec): JsonObject => {
  const authoring = spec.extensions?.['authoring']
  return authoring !== null && typeof authoring === 'object' && !Array.isArray(authoring)
    ? (authoring as JsonObject)
    : {}
}

const sourceText: Readonly<Record<SettingSource, Sentence>> = {
  preset: { en: '', ko: '' },
  said: { en: 'you said so: ', ko: '직접 말함: ' },
  edited: { en: 'set by you: ', ko: '직접 정함: ' },
  fitted: { en: 'shortened to the time that you gave: ', ko: '말한 시간에 맞게 줄임: ' },
}

/**
 * Each setting of the trainer with its value, the reason for it, and what may be put there.
 *
 * @param language of the reasons
 */
export function explainSettings(spec: Spec, language: 'en' | 'ko' = 'en'): Setting[] {
  const trainer = trainerOf(spec)
  if (trainer === undefined) return []
  const authoring = authoringOf(spec)
  const base = baseModelOf(trainer)
  const preset = base?.presets?.[authoring['task'] === 'style' ? 'style' : 'subject']
  const images = typeof authoring['images'] === 'number' ? authoring['images'] : undefined
  const sources = (authoring['sources'] ?? {}) as Readonly<Record<string, SettingSource>>
  return definitions.flatMap((definition): Setting[] => {
    const holder = spec.components.find(
      (item) => definition.on.includes(item.type) && definition.param in item.params,
    )
    if (holder === undefined) return []
    const why = definition.why({ base, preset, images, params: trainer.params })
    return [
      {
        name: definition.name,
        value: holder.params[definition.param]!,
        reason: `${sourceText[sources[definition.name] ?? 'preset']?.[language] ?? ''}${why[language]}`,
        minimum: definition.minimum ?? null,
        maximum: definition.maximum ?? null,
        options: definition.options ?? null,
      },
    ]
  })
}

/** Where a setting's present value came from. */
export function sourceOf(spec: Spec, name: string): SettingSource {
  const sources = authoringOf(spec)['sources'] as
    Readonly<Record<string, SettingSource>> | undefined
  return sources?.[name] ?? 'preset'
}

/** What the preset of a plan's base model has for its settings: what "the default" means. Empty where nothing is known of the base. */
export function presetSettings(spec: Spec, quality?: Quality): Readonly<Record<string, Json>> {
  const trainer = trainerOf(spec)
  const authoring = authoringOf(spec)
  const base = trainer === undefined ? undefined : baseModelOf(trainer)
  const preset = base?.presets?.[authoring['task'] === 'style' ? 'style' : 'subject']
  if (base === undefined || preset === undefined || trainer === undefined) return {}
  const images = typeof authoring['images'] === 'number' ? authoring['images'] : 1
  const batch = trainer.params['batch_size']
  return {
    rank: preset.rank,
    alpha: preset.alpha,
    learningRate: preset.learningRate,
    steps: stepsFor(preset, images, typeof batch === 'number' ? batch : 1, quality),
    resolution: base.resolution,
    targets: preset.targets,
    captionDropout: preset.captionDropout,
    mirror: preset.mirror ?? authoring['task'] !== 'style',
    seed: 42,
    sampleSteps: base.sampleSteps,
    guidanceScale: base.guidanceScale,
  }
}

/** The spec with some settings changed; all bad ones are told at once. The given spec stays as it is. */
export function applySettings(spec: Spec, patch: Readonly<Record<string, unknown>>): Spec {
  const problems: Problem[] = []
  const changes: { definition: Definition; value: Json }[] = []
  if (trainerOf(spec) === undefined) {
    problems.push({
      path: '',
      code: 'NO_TRAINER',
      message: 'This spec has no trainer whose settings could be changed.',
    })
  }
  for (const [name, value] of Object.entries(patch)) {
    const definition = definitions.find((item) => item.name === name)
    if (definition === undefined) {
      problems.push({
        path: name,
        code: 'SETTING_UNKNOWN',
        message: `"${name.slice(0, 60)}" is no setting: use ${definitions.map((item) => item.name).join(', ')}.`,
      })
      continue
    }
    const result = schemaOf(definition).safeParse(value)
    if (result.success) changes.push({ definition, value: result.data as Json })
    else
      problems.push({
        path: name,
        code: 'SETTING_RANGE',
        message: `${name} must be ${rangeText(definition)}.`,
      })
  }
  const trainer = trainerOf(spec)
  const base = trainer === undefined ? undefined : baseModelOf(trainer)
  const resolution = changes.find((item) => item.definition.name === 'resolution')?.value
  if (base !== undefined && typeof resolution === 'number' && resolution > base.resolution * 2)
    problems.push({
      path: 'resolution',
      code: 'SETTING_RANGE',
      message: `settings.resolution: ${base.title} is made for ${base.resolution} px, ${resolution} px is out of its reach.`,
    })
  if (problems.length > 0) throw new InvalidError('BAD_INPUT', problems[0]!.message, problems)
  const authoring = authoringOf(spec)
  const sources = { ...((authoring['sources'] ?? {}) as JsonObject) }
  for (const { definition } of changes) sources[definition.name] = 'edited'
  const result: Spec = {
    ...spec,
    components: spec.components.map((component) => withParams(component, changes)),
    extensions: { ...spec.extensions, authoring: { ...authoring, sources } },
  }
  const faults = validateSpec(result)
  if (faults.length > 0) throw new InvalidError('SPEC_INVALID', faults[0]!.message, faults)
  return result
}

function withParams(
  component: Component,
  changes: readonly { definition: Definition; value: Json }[],
): Component {
  const params: Record<string, Json> = { ...component.params }
  for (const { definition, value } of changes) {
    if (!definition.on.includes(component.type) || !(definition.param in params)) continue
    if (definition.param === 'prompt' && Array.isArray(params['sample_prompts'])) {
      const before = params['prompt']
      const prompts = params['sample_prompts'] as readonly Json[]
      params['sample_prompts'] = prompts.map((prompt) => (prompt === before ? value : prompt))
    }
    params[definition.param] = value
  }
  return { ...component, params }
}

function rangeText(definition: Definition): string {
  if (definition.options !== undefined) return `one of ${definition.options.map(String).join(', ')}`
  if (definition.text === true) return 'text of 1 to 300 characters'
  const kind =
    definition.multipleOf !== undefined
      ? `a multiple of ${definition.multipleOf}`
      : definition.whole === true
        ? 'a whole number'
        : 'a number'
  return `${kind} from ${definition.minimum} to ${definition.maximum}`
}
