import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DomainError, InvalidError } from '#schema/domain/errors.ts'
import { intentSchema, slotPaths } from '#schema/domain/intent.ts'
import type { Intent } from '#schema/domain/intent.ts'
import { connections, parseSpec, printSpec, specHash, validateSpec } from '#schema/domain/spec.ts'
import {
  applySettings,
  catalogue,
  estimateSpec,
  explainSettings,
  read,
  revise,
  synthesise,
} from '../index.ts'
import type { Device } from '../index.ts'

const laptop: Device = { gpus: 0, gpuMemoryGb: 0 }
const workstation: Device = { gpus: 1, gpuMemoryGb: 24 }
const dataset = {
  hash: `sha256:${'ab'.repeat(32)}`,
  images: 16,
  classNoun: 'cat',
  triggerWord: 'sks',
}
const options = { pipelineId: 'PL-A1B2C3', createdAt: '2026-11-21T08:00:00.000Z', device: laptop }
const plan = (goal: string, device = laptop, images = 16) =>
  synthesise(
    read(goal, { defaultBaseModel: catalogue.defaultBaseModel(device) }),
    { ...dataset, images },
    { ...options, device },
  )
const trainer = (spec: ReturnType<typeof plan>) =>
  spec.components.find((item) => item.type === 'trainer')!

describe('BL-04 a plan from an intent', () => {
  const spec = plan('train a LoRA of my cat')

  it('is four components whose ports fit', () => {
    expect(validateSpec(spec)).toEqual([])
    expect(
      connections(spec)
        .map((item) => `${item.from}.${item.fromPort} ${item.to}.${item.toPort}`)
        .sort(),
    ).toEqual([
      'data-loader.dataset evaluator.dataset',
      'data-loader.dataset preprocessor.dataset',
      'preprocessor.dataset trainer.dataset',
      'trainer.model evaluator.model',
    ])
    expect(spec.storage.path).toBe(`/datasets/${'ab'.repeat(32)}`)
    expect(spec.components[0]!.params['dataset']).toBe(dataset.hash)
  })

  it('asks no GPU of a laptop, one of a workstation', () => {
    expect(spec.components.map((item) => item.resources.gpuCount)).toEqual([0, 0, 0, 0])
    const big = plan('train a LoRA of my cat', workstation)
    expect(trainer(big).params['base_model']).toBe('sdxl')
    expect(trainer(big).resources).toMatchObject({ gpuCount: 1, gpuMemory: { text: '12GB' } })
  })

  it.each([
    ['train a LoRA of my cat Fluffy', 'Fluffy (cat) LoRA on tiny-sd'],
    ['내 고양이를 학습시켜줘', '고양이 LoRA · tiny-sd'],
    ['내 고양이 두부를 학습시켜줘', '두부(고양이) LoRA · tiny-sd'],
    ['수채화 스타일을 학습시켜줘', '수채화 LoRA · tiny-sd'],
  ])('%s: the plan is called %s, in the language of the goal', (goal, name) => {
    expect(plan(goal).name).toBe(name)
  })

  it('counts exposures, not steps', () => {
    expect(trainer(spec).params).toMatchObject({
      steps: 480,
      batch_size: 8,
      rank: 32,
      alpha: 32,
      learning_rate: 0.02,
      optimizer: 'muon',
    })
    expect(trainer(plan('my cat', laptop, 19)).params['steps']).toBe(570)
    expect(trainer(plan('my cat, quickly', laptop, 19)).params['steps']).toBe(350)
  })

  it('keeps the effective rate when only the rank is said', () => {
    expect(trainer(plan('my cat, rank 64')).params).toMatchObject({ rank: 64, alpha: 64 })
    expect(trainer(plan('my cat, rank 64 alpha 8')).params).toMatchObject({ rank: 64, alpha: 8 })
  })

  it('fits the steps to the time that is given, and says so', () => {
    const full = plan('my cat', workstation, 60)
    const short = plan('my cat within 15 minutes', workstation, 60)
    expect(trainer(short).params['steps']).toBeLessThan(trainer(full).params['steps'] as number)
    expect(estimateSpec(short, workstation)!.seconds.likely).toBeLessThanOrEqual(900)
    expect(explainSettings(short).find((item) => item.name === 'steps')!.reason).toContain(
      'shortened',
    )
  })

  it('gives low and high ends around a likely figure', () => {
    const { seconds, memoryBytes } = estimateSpec(spec, laptop)!
    for (const range of [seconds, memoryBytes]) {
      expect(range.low).toBeLessThan(range.likely)
      expect(range.likely).toBeLessThan(range.high)
    }
  })

  it('is the same for the same intent', () => {
    expect(specHash(plan('train a LoRA of my cat'))).toBe(specHash(spec))
  })

  it.each([
    ['asdf', 'task'],
    ['fine-tune a language model on my chat logs', 'task'],
    ['dreambooth of my cat', 'strategy'],
    ['my cat on flux', 'baseModel'],
    ['my cat, 2048 px', 'settings.resolution'],
    ['my cat within 10 seconds', null],
    ['sdxl lora of my cat in 1 minute', 'limits.hours'],
  ])('%s: refused by the slot %s', (goal, slot) => {
    if (slot === null) return expect(plan(goal).components).toHaveLength(4)
    expect(() => plan(goal)).toThrow(
      expect.objectContaining({ code: 'INTENT_UNSUPPORTED', facts: { slot } }),
    )
    expect(() => plan(goal)).toThrow(slot)
  })

  it('refuses a GPU that is too small, a look without a name and an empty data set', () => {
    expect(() => plan('sdxl lora of my cat, 8GB', workstation)).toThrow('limits.gpuMemory')
    const nameless = revise(read('learn my drawing style'), 'style', null)
    expect(() => synthesise(nameless, dataset, options)).toThrow('style:')
    expect(() => synthesise(read('my cat'), { ...dataset, images: 0 }, options)).toThrow(
      expect.objectContaining({ code: 'POOL_EMPTY' }),
    )
    expect(() => synthesise(read('my cat'), { ...dataset, hash: '../etc' }, options)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    )
  })
})

describe('BL-10 settings', () => {
  const spec = plan('train a LoRA of my cat')

  it('are explained, each with a value in its own range', () => {
    const settings = explainSettings(spec)
    expect(settings.map((item) => item.name)).toContain('rank')
    for (const { name, value, reason, minimum, maximum, options: choices } of settings) {
      expect(reason.length, name).toBeGreaterThan(5)
      if (minimum !== null) expect(value as number, name).toBeGreaterThanOrEqual(minimum)
      if (maximum !== null) expect(value as number, name).toBeLessThanOrEqual(maximum)
      if (choices !== null) expect(choices, name).toContain(value)
    }
    expect(
      applySettings(spec, Object.fromEntries(settings.map((item) => [item.name, item.value]))),
    ).toMatchObject({
      components: spec.components,
    })
  })

  it('change what runs, in every component that holds them', () => {
    const edited = applySettings(spec, { resolution: 96, rank: 8, seed: 7 })
    expect(edited.components.map((item) => item.params['resolution'])).toEqual([
      undefined,
      96,
      96,
      undefined,
    ])
    expect(edited.components.map((item) => item.params['seed'])).toEqual([
      undefined,
      undefined,
      7,
      7,
    ])
    expect(specHash(edited)).not.toBe(specHash(spec))
    expect(explainSettings(edited).find((item) => item.name === 'rank')!.reason).toContain(
      'set by you',
    )
    expect(trainer(spec).params['rank']).toBe(32)
  })

  it.each([
    ['rank', 0],
    ['rank', 257],
    ['rank', 1.5],
    ['rank', '8'],
    ['rank', Number.NaN],
    ['steps', 0],
    ['resolution', 100],
    ['batchSize', 1e9],
    ['learningRate', -1],
    ['targets', 'everything'],
    ['colour', 1],
    ['__proto__', 1],
    ['prompt', ''],
  ])('%s = %s is refused by name', (name, value) => {
    const patch = Object.fromEntries([[name, value]])
    expect(() => applySettings(spec, patch)).toThrow(InvalidError)
    expect(() => applySettings(spec, patch)).toThrow(name)
  })

  it('tells all bad settings at once', () => {
    try {
      applySettings(spec, { rank: 0, steps: -1, mirror: false })
      expect.unreachable()
    } catch (error) {
      expect((error as InvalidError).problems.map((problem) => problem.path)).toEqual([
        'rank',
        'steps',
      ])
    }
  })
})

// --- synthesis is total -------------------------------------------------------------------------

const words = fc.constantFrom(
  'train',
  'a',
  'LoRA',
  'of',
  'my',
  'cat',
  'Fluffy',
  'in',
  'watercolor',
  'style',
  'SDXL',
  'sd 1.5',
  'flux',
  'dreambooth',
  'full fine-tune',
  'rank 16',
  'rank 999',
  'alpha 0.5',
  'lr 1e-4',
  'lr 3',
  '500 steps',
  '1 step',
  '512px',
  '1024x1024',
  'batch 4',
  '$5',
  '2 hours',
  '1 minute',
  '24GB',
  '4GB',
  'no gpu',
  '8 GPUs',
  'not',
  'quickly',
  'best quality',
  'language model',
  'concept',
  'trigger word zwx',
  '내',
  '고양이',
  '두부를',
  '수채화',
  '스타일로',
  '학습해줘',
  '말고',
  '만원',
  '한 시간',
  '로라',
  'for ComfyUI',
  '🐱',
  '"',
  "'",
  '\u200b',
  '{}',
  '<script>',
)
const goal = fc.oneof(
  fc.array(words, { minLength: 1, maxLength: 14 }).map((list) => list.join(' ')),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
)
const edits = fc.array(
  fc.tuple(
    fc.constantFrom(...slotPaths),
    fc.oneof(
      fc.constant(null),
      fc.integer({ min: -5, max: 3000 }),
      fc.double(),
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        'subject',
        'style',
        'concept',
        'lora',
        'full',
        'sdxl',
        'tiny-sd',
        'sd-1.5',
        'best',
        'fast',
        'dog',
        'watercolor',
        'ko',
      ),
      fc.constant({ amount: 5, currency: 'USD' }),
      fc.constant(['kohya']),
    ),
  ),
  { maxLength: 5 },
)
const device = fc.constantFrom<Device>(
  laptop,
  workstation,
  { gpus: 8, gpuMemoryGb: 80 },
  { gpus: 1, gpuMemoryGb: 4 },
  { gpus: 2, gpuMemoryGb: 0 },
)
const data = fc.record({
  hash: fc.constant(dataset.hash),
  images: fc.integer({ min: 1, max: 5000 }),
  classNoun: fc.constantFrom('', 'cat', '고양이', 'coffee mug'),
  triggerWord: fc.constantFrom('', 'sks', 'flffy'),
})

describe('IN-05 synthesis is total', () => {
  it(
    'any intent that the grammar or a revision can make gives a valid spec or a refusal that names its slot',
    { timeout: 120_000 },
    () => {
      let plans = 0
      fc.assert(
        fc.property(goal, edits, device, data, (text, changes, machine, facts) => {
          let intent: Intent
          try {
            const { slots, question } = read(text)
            intent = { slots, question }
          } catch (error) {
            expect(error).toMatchObject({ code: 'GOAL_UNREADABLE' })
            return
          }
          for (const [path, value] of changes) {
            try {
              intent = revise(intent, path, value)
            } catch (error) {
              expect(error).toMatchObject({ code: 'BAD_INPUT', facts: { slot: path } })
            }
          }
          expect(intentSchema.safeParse(JSON.parse(JSON.stringify(intent))).success).toBe(true)
          try {
            const spec = synthesise(intent, facts, { ...options, device: machine })
            plans += 1
            const again = parseSpec(printSpec(spec))
            expect(again.problems).toEqual([])
            expect(again.spec).toEqual(spec)
            expect(estimateSpec(spec, machine)!.seconds.likely).toBeGreaterThan(0)
            expect(
              catalogue.baseModel(trainer(spec).params['base_model'] as string)!.available,
            ).toBe(true)
            applySettings(
              spec,
              Object.fromEntries(explainSettings(spec).map((item) => [item.name, item.value])),
            )
          } catch (error) {
            if (!(error instanceof DomainError)) throw error
            expect(error.code).toBe('INTENT_UNSUPPORTED')
            expect(slotPaths).toContain(error.facts['slot'])
            expect(error.message).toContain(String(error.facts['slot']))
          }
        }),
        { numRuns: 1500 },
      )
      expect(plans).toBeGreaterThan(100)
    },
  )
})
