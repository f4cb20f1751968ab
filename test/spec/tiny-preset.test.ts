import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogue } from '#intelligence/index.ts'

/** The figures that the base model's own training script found best; the catalogue plans with the same. */
const preset = JSON.parse(
  readFileSync(new URL('../../deploy/base-models/tiny-sd/preset.json', import.meta.url), 'utf8'),
) as Record<string, number | string | boolean>

describe('BL-04 the preset of tiny-sd', () => {
  it('is the one that its training script recommends', () => {
    const base = catalogue.baseModel('tiny-sd')!
    const { subject } = base.presets!
    expect({
      rank: subject.rank,
      alpha: subject.alpha,
      learning_rate: subject.learningRate,
      optimizer: subject.optimizer,
      timestep_bias: subject.timestepBias,
      mirror: subject.mirror,
      steps: (subject.exposures * 16) / base.batch[0]!.size,
      batch_size: base.batch[0]!.size,
      targets: subject.targets,
      guidance_scale: base.guidanceScale,
      sample_steps: base.sampleSteps,
      resolution: base.resolution,
      caption_dropout: subject.captionDropout,
    }).toEqual(preset)
  })
})
