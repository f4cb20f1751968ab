import { DomainError } from '#schema/domain/errors.ts'
import { slotValue } from '#schema/domain/intent.ts'
import type { Intent, Quality, SlotPath, Task } from '#schema/domain/intent.ts'
import type { JsonObject } from '#schema/domain/canonical-json.ts'
import { readCpu, readQuantity } from '#schema/domain/quantity.ts'
import type { Component, Resources, Spec } from '#schema/domain/spec.ts'
import { baseModel, defaultBaseModel } from '../catalogue/base-models.ts'
import type { BaseModel, Preset } from '../catalogue/base-models.ts'
import { koreanName } from '../intent/lexicon.ts'
import { captionFor } from './caption.ts'
import type {
  DatasetFacts,
  Device,
  Estimate,
  FineTuningStrategy,
  SynthesisOptions,
} from './strategy.ts'

/** Where a setting came from: shown by explainSettings, kept under extensions.authoring. */
export type SettingSource = 'preset' | 'said' | 'fitted' | 'edited'

export const exposureFactor = { fast: 0.6, balanced: 1, best: 1.5 } as const

/** Steps in which each picture is seen as often as the preset says. */
export function stepsFor(
  preset: Preset,
  images: number,
  batchSize: number,
  quality: Quality = 'balanced',
): number {
  return clamp(
    Math.ceil((images * preset.exposures * exposureFactor[quality]) / batchSize / 10) * 10,
    preset.minimumSteps,
    preset.maximumSteps,
  )
}

function refuse(slot: SlotPath, message: string): never {
  throw new DomainError('INTENT_UNSUPPORTED', message, { slot })
}

export const lora: FineTuningStrategy = { id: 'lora', synthesise, estimate }

function synthesise(intent: Intent, dataset: DatasetFacts, options: SynthesisOptions): Spec {
  const task: Task = slotValue(intent, 'task') ?? 'subject'
  const { base, preset } = chooseBase(intent, task, options.device)
  const style = slotValue(intent, 'style')
  if (task === 'style' && style === undefined) {
    refuse(
      'style',
      'style: the plan is to learn a look, but no look is named. Name it, for example "watercolor".',
    )
  }
  const classNoun = dataset.classNoun || (slotValue(intent, 'subject.classNoun') ?? '')
  if (task !== 'style' && classNoun === '') {
    refuse(
      'subject.classNoun',
      'subject.classNoun: say what the subject is (cat, dog, person, mug ...): without it the likeness suffers most.',
    )
  }
  const triggerWord = dataset.triggerWord || (slotValue(intent, 'triggerWord') ?? 'sks')
  const prompt = captionFor(triggerWord, classNoun, task)
  const sources: Record<string, SettingSource> = {}
  const said = <P extends SlotPath>(path: P, name: string, otherwise: number): number => {
    const value = slotValue(intent, path)
    sources[name] = value === undefined ? 'preset' : 'said'
    return (value as number | undefined) ?? otherwise
  }

  const gpus = usableGpus(intent, options.device)
  const memoryGb =
    gpus > 0
      ? Math.min(
          options.device.gpuMemoryGb || Infinity,
          slotValue(intent, 'limits.gpuMemory') ?? Infinity,
        )
      : 0
  if (gpus > 0 && memoryGb < base.gpuMemoryGb) {
    const slot =
      (slotValue(intent, 'limits.gpuMemory') ?? Infinity) < base.gpuMemoryGb
        ? 'limits.gpuMemory'
        : 'baseModel'
    refuse(
      slot,
      `${slot}: ${base.title} needs a GPU with ${base.gpuMemoryGb} GB, but ${memoryGb} GB is what there is. Choose a smaller base model.`,
    )
  }
  const batchRow = base.batch
    .filter((row) => row.gpuMemoryGb <= (Number.isFinite(memoryGb) ? memoryGb : 0))
    .at(-1)
  const rank = said('settings.rank', 'rank', preset.rank)
  // alpha follows the rank, so that the effective rate stays what the preset was tried with
  const alpha = said('settings.alpha', 'alpha', (rank * preset.alpha) / preset.rank)
  const learningRate = said('settings.learningRate', 'learningRate', preset.learningRate)
  const resolution = said('settings.resolution', 'resolution', base.resolution)
  if (resolution > base.resolution * 2) {
    refuse(
      'settings.resolution',
      `settings.resolution: ${base.title} is made for ${base.resolution} px, ${resolution} px is out of its reach.`,
    )
  }
  const images = Math.max(1, dataset.images)
  const batchSize = said('settings.batchSize', 'batchSize', batchRow?.size ?? 1)
  const planned = stepsFor(preset, images, batchSize, slotValue(intent, 'quality'))
  let steps = said('settings.steps', 'steps', planned)

  const sampleCount = base.resolution <= 64 ? 8 : 4
  const build = (stepCount: number): Spec => {
    const trainer: JsonObject = {
      base_model: base.id,
      ...(base.source === null ? {} : { base_model_source: base.source }),
      strategy: 'lora',
      trigger_word: triggerWord,
      class_noun: classNoun,
      prompt,
      rank,
      alpha,
      learning_rate: learningRate,
      steps: stepCount,
      batch_size: batchSize,
      resolution,
      targets: preset.targets,
      caption_dropout: preset.captionDropout,
      ...(preset.optimizer === undefined ? {} : { optimizer: preset.optimizer }),
      ...(preset.timestepBias === undefined ? {} : { timestep_bias: preset.timestepBias }),
      seed: options.seed ?? 42,
      sample_prompts: samplePrompts(prompt, task, style, base),
      sample_every: Math.max(1, Math.round(stepCount / 3)),
      sample_count: Math.min(4, sampleCount),
      sample_steps: base.sampleSteps,
      guidance_scale: base.guidanceScale,
      checkpoint_every: Math.max(1, Math.min(500, Math.round(stepCount / 5))),
    }
    const light = resources('2GB', 1)
    const heavy: Resources = {
      ...(gpus > 0 && base.gpuMemoryGb > 0
        ? { gpuMemory: readQuantity(`${base.gpuMemoryGb}GB`) }
        : {}),
      ...resources(base.memory, 2, gpus),
    }
    const evaluator: JsonObject = {
      base_model: base.id,
      ...(base.source === null ? {} : { base_model_source: base.source }),
      prompt,
      sample_count: sampleCount,
      sample_steps: base.sampleSteps,
      guidance_scale: base.guidanceScale,
      seed: options.seed ?? 42,
    }
    const dataPort = [{ name: 'dataset', type: 'dataset' }]
    const components: Component[] = [
      component(1, 'data-loader', light, { dataset: dataset.hash }, [], dataPort),
      component(
        2,
        'preprocessor',
        resources('4GB', 2),
        { resolution, bucket_step: base.bucketStep, mirror: preset.mirror ?? task !== 'style' },
        dataPort,
        dataPort,
      ),
      component(3, 'trainer', heavy, trainer, dataPort, [{ name: 'model', type: 'model' }]),
      component(
        4,
        'evaluator',
        heavy,
        evaluator,
        [{ name: 'model', type: 'model' }, ...dataPort],
        [
          { name: 'metrics', type: 'metrics' },
          { name: 'samples', type: 'file' },
        ],
      ),
    ]
    return {
      pipelineId: options.pipelineId,
      name: options.name ?? defaultName(intent, classNoun, base),
      version: options.version ?? '1.0.0',
      envVars: {},
      components,
      workflow: [
        {
          from: { component: 'data-loader', port: 'dataset' },
          to: { component: 'preprocessor', port: 'dataset' },
        },
        {
          from: { component: 'preprocessor', port: 'dataset' },
          to: { component: 'trainer', port: 'dataset' },
        },
        {
          from: { component: 'trainer', port: 'model' },
          to: { component: 'evaluator', port: 'model' },
        },
        {
          from: { component: 'data-loader', port: 'dataset' },
          to: { component: 'evaluator', port: 'dataset' },
        },
      ],
      storage: { type: 'local', path: `/datasets/${dataset.hash.replace(/^sha256:/, '')}` },
      createdAt: options.createdAt,
      extensions: {
        authoring: {
          images,
          task,
          preset: `${base.id}/${task === 'style' ? 'style' : 'subject'}`,
          sources,
        },
      },
    }
  }

  let spec = build(steps)
  const hours = slotValue(intent, 'limits.hours')
  if (hours !== undefined) {
    const device = { gpus, gpuMemoryGb: options.device.gpuMemoryGb }
    const seconds = estimate(spec, device)!.seconds.likely
    if (seconds > hours * 3600) {
      const secondsOf = (count: number): number => estimate(build(count), device)!.seconds.likely
      const least = sources['steps'] === 'said' ? steps : Math.min(preset.minimumSteps, steps)
      let fitting = steps
      while (fitting >= least && secondsOf(fitting) > hours * 3600)
        fitting = Math.floor(fitting * 0.95) - 1
      if (fitting < least) {
        refuse(
          'limits.hours',
          `limits.hours: ${base.title} needs about ${hoursText(estimate(build(least), device)!.seconds.likely)} here, which is more than ${hoursText(hours * 3600)}.`,
        )
      }
      steps = fitting
      sources['steps'] = 'fitted'
      spec = build(steps)
    }
  }
  return spec
}

function chooseBase(
  intent: Intent,
  task: Task,
  device: Device,
): { base: BaseModel; preset: Preset } {
  if (task === 'unknown')
    refuse(
      'task',
      'task: say what the model should learn: a subject (my cat) or a look (this watercolor style).',
    )
  if (task === 'text')
    refuse(
      'task',
      'task: training language models is not offered yet. Subjects and looks in pictures are.',
    )
  const id = slotValue(intent, 'baseModel') ?? defaultBaseModel(device)
  const base = baseModel(id)
  if (base === undefined)
    refuse(
      'baseModel',
      `baseModel: no base model is called "${id}". Choose tiny-sd, sd-1.5 or sdxl.`,
    )
  if (!base.available || base.presets === null) {
    refuse(
      'baseModel',
      `baseModel: ${base.title} cannot be trained here yet. Choose tiny-sd, sd-1.5 or sdxl.`,
    )
  }
  return { base, preset: base.presets[task === 'style' ? 'style' : 'subject'] }
}

/** The trainer uses one GPU at most; a limit of none is kept. */
function usableGpus(intent: Intent, device: Device): number {
  return Math.min(1, device.gpus, slotValue(intent, 'limits.gpus') ?? 1)
}

function samplePrompts(
  prompt: string,
  task: Task,
  style: string | undefined,
  base: BaseModel,
): string[] {
  // the tiny base knows a dozen photographs: other prompts would show its limits, not the LoRA
  if (base.resolution <= 64) return [prompt]
  if (task === 'style') return [prompt, `a house by a lake, ${prompt}`, `a portrait, ${prompt}`]
  const scenes = [prompt, `${prompt} on a beach`]
  return style === undefined ? scenes : [...scenes, `${prompt}, ${style}`]
}

/** The plan's name in the language of its goal. */
function defaultName(intent: Intent, classNoun: string, base: BaseModel): string {
  const korean = slotValue(intent, 'language') === 'ko'
  const inOwnWord = (value: string) => (korean ? koreanName(value) : value)
  const subject = slotValue(intent, 'subject.name')
  const style = slotValue(intent, 'task') === 'style' ? slotValue(intent, 'style') : undefined
  const noun = inOwnWord(classNoun)
  const what =
    style !== undefined
      ? inOwnWord(style)
      : subject === undefined || subject === noun
        ? noun
        : korean
          ? `${subject}(${noun})`
          : `${subject} (${noun})`
  return (korean ? `${what} LoRA · ${base.id}` : `${what} LoRA on ${base.id}`).slice(0, 200)
}

function resources(memory: string, cores: number, gpuCount = 0): Resources {
  return { gpuCount, cpu: readCpu(cores), memory: readQuantity(memory) }
}

function component(
  order: number,
  name: string,
  asks: Resources,
  params: JsonObject,
  inputs: Component['inputs'] & object,
  outputs: Component['outputs'] & object,
): Component {
  return {
    order,
    name,
    type: name.replace('-', '_'),
    image: { registry: `autodidact/${name}`, tag: '1' },
    ...(inputs.length > 0 ? { inputs } : {}),
    outputs,
    resources: asks,
    params,
  }
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}

export function hoursText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} seconds`
  if (seconds < 5400) return `${Math.round(seconds / 60)} minutes`
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} hours`
    : `${Math.round(seconds / 86_400)} days`
}

export function baseModelOf(trainer: Component): BaseModel | undefined {
  const id = trainer.params['base_model']
  return typeof id === 'string' ? baseModel(id) : undefined
}

export function trainerOf(spec: Spec): Component | undefined {
  return spec.components.find(
    (item) => item.type === 'trainer' && item.params['strategy'] === 'lora',
  )
}

function estimate(spec: Spec, device: Device): Estimate | null {
  const trainer = trainerOf(spec)
  const base = trainer === undefined ? undefined : baseModelOf(trainer)
  if (trainer === undefined || base === undefined || base.cost === null) return null
  const { cost } = base
  const number = (params: JsonObject, name: string, otherwise: number): number =>
    typeof params[name] === 'number' ? params[name] : otherwise
  const onGpu = device.gpus > 0 && (trainer.resources.gpuCount ?? 0) > 0
  const area = (number(trainer.params, 'resolution', base.resolution) / base.resolution) ** 2
  const batch = number(trainer.params, 'batch_size', 1)
  const targets = trainer.params['targets'] === 'attention' && base.id === 'tiny-sd' ? 0.45 : 1
  const perStep = (cost.stepFixed + (1 - cost.stepFixed) * batch) * area * targets
  const steps = number(trainer.params, 'steps', 0)
  const every = number(trainer.params, 'sample_every', 0)
  const prompts = Array.isArray(trainer.params['sample_prompts'])
    ? trainer.params['sample_prompts'].length
    : 1
  const rounds = every > 0 ? Math.floor(steps / every) : 0
  const sample = onGpu ? cost.gpuSample : cost.cpuSample
  const pictures =
    rounds *
    Math.max(prompts, number(trainer.params, 'sample_count', 1)) *
    number(trainer.params, 'sample_steps', 25)
  const evaluator = spec.components.find((item) => item.type === 'evaluator')
  const evaluated =
    evaluator === undefined
      ? 0
      : 2 *
        number(evaluator.params, 'sample_count', 4) *
        number(evaluator.params, 'sample_steps', 25)
  const other = cost.load * 2 + 15 + (pictures + evaluated) * sample * area
  const [low, likely, high] = onGpu ? cost.gpuStep : cost.cpuStep
  const memory =
    (cost.memoryBase + cost.memoryPerImage * batch * area) *
    (onGpu || base.id === 'tiny-sd' ? 1 : 2)
  return {
    seconds: {
      low: Math.round(steps * perStep * low + other * 0.6),
      likely: Math.round(steps * perStep * likely + other),
      high: Math.round(steps * perStep * high + other * 2.5),
    },
    memoryBytes: {
      low: Math.round(memory * 0.8),
      likely: Math.round(memory),
      high: Math.round(memory * 1.3),
    },
  }
}
