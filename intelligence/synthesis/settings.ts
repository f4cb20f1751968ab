import { z } from 'zod'
import type { Json, JsonObject } from '#schema/domain/canonical-json.ts'
import { InvalidError } from '#schema/domain/errors.ts'
import type { Problem } from '#schema/domain/errors.ts'
import { validateSpec } from '#schema/domain/spec.ts'
import type { Component, Spec } from '#schema/domain/spec.ts'
import type { BaseModel, Preset } from '../catalogue/base-models.ts'
import { baseModelOf, trainerOf } from './lora.ts'
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
  readonly why: (facts: Facts) => string
}

interface Facts {
  readonly base: BaseModel | undefined
  readonly preset: Preset | undefined
  readonly images: number | undefined
  readonly params: JsonObject
}

const both = ['trainer', 'evaluator'] as const
const tried = ({ base, preset }: Facts): string =>
  preset === undefined ? 'as written' : `what ${base!.id} was tried with (${preset.evidence})`

const definitions: readonly Definition[] = [
  {
    name: 'rank',
    param: 'rank',
    on: ['trainer'],
    minimum: 1,
    maximum: 256,
    whole: true,
    why: (facts) => `how much the LoRA can hold; ${tried(facts)}`,
  },
  {
    name: 'alpha',
    param: 'alpha',
    on: ['trainer'],
    minimum: 0.01,
    maximum: 1024,
    why: ({ params }) =>
      `with rank and learning rate it gives the effective rate ${effectiveRate(params)}`,
  },
  {
    name: 'learningRate',
    param: 'learning_rate',
    on: ['trainer'],
    minimum: 1e-8,
    maximum: 1,
    why: (facts) =>
      `effective rate ${effectiveRate(facts.params)} (learning rate x alpha / rank); ${tried(facts)}`,
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
    why: () => 'the most pictures at once that fit the device',
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
      base === undefined ? 'as written' : `${base.title} was made at ${base.resolution} px`,
  },
  { name: 'targets', param: 'targets', on: ['trainer'], options: ['attention', 'all'], why: tried },
  {
    name: 'captionDropout',
    param: 'caption_dropout',
    on: ['trainer'],
    minimum: 0,
    maximum: 0.9,
    why: () => 'the share of captions left out, so that guidance keeps working',
  },
  {
    name: 'mirror',
    param: 'mirror',
    on: ['preprocessor'],
    options: [true, false],
    why: () => 'mirrored pictures double the data; off where left and right matter',
  },
  {
    name: 'seed',
    param: 'seed',
    on: both,
    minimum: 0,
    maximum: 2 ** 31 - 1,
    whole: true,
    why: () => 'the same seed gives the same run',
  },
  {
    name: 'sampleEvery',
    param: 'sample_every',
    on: ['trainer'],
    minimum: 0,
    maximum: 100_000,
    whole: true,
    why: () => 'a few looks at the training; 0 is none',
  },
  {
    name: 'sampleCount',
    param: 'sample_count',
    on: ['evaluator'],
    minimum: 1,
    maximum: 16,
    whole: true,
    why: () => 'pictures of the final comparison, per row',
  },
  {
    name: 'sampleSteps',
    param: 'sample_steps',
    on: both,
    minimum: 1,
    maximum: 100,
    whole: true,
    why: () => 'denoising steps of a sample picture',
  },
  {
    name: 'guidanceScale',
    param: 'guidance_scale',
    on: both,
    minimum: 1,
    maximum: 20,
    why: ({ base }) =>
      `how strictly a sample follows its prompt; usual for ${base?.id ?? 'this base'}`,
  },
  {
    name: 'checkpointEvery',
    param: 'checkpoint_every',
    on: ['trainer'],
    minimum: 0,
    maximum: 100_000,
    whole: true,
    why: () => 'at most this many steps are lost when a run is cut off',
  },
  {
    name: 'prompt',
    param: 'prompt',
    on: both,
    text: true,
    why: () => 'what the samples are asked to show',
  },
]

function effectiveRate(params: JsonObject): string {
  const rate = (Number(params['learning_rate']) * Number(params['alpha'])) / Number(params['rank'])
  return Number(rate.toPrecision(3)).toString()
}

function exposuresText({ images, params }: Facts): string {
  if (images === undefined) return 'as written'
  const exposures = Math.round((Number(params['steps']) * Number(params['batch_size'])) / images)
  return `${images} ${images === 1 ? 'picture' : 'pictures'} seen about ${exposures} times each, ${Number(params['batch_size'])} at a time`
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

const sourceText: Readonly<Record<SettingSource, string>> = {
  preset: '',
  said: 'you said so: ',
  edited: 'set by you: ',
  fitted: 'shortened to the time that you gave: ',
}

/** Each setting of the trainer with its value, the reason for it, and what may be put there. */
export function explainSettings(spec: Spec): Setting[] {
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
        reason: `${sourceText[sources[definition.name] ?? 'preset'] ?? ''}${why}`,
        minimum: definition.minimum ?? null,
        maximum: definition.maximum ?? null,
        options: definition.options ?? null,
      },
    ]
  })
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
