import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { progressOfRun, runFileKind, runFileStep, type Step } from './run.ts'
import { stepTransitions, type StepState } from './run-state.ts'

const step = (type: string, state: StepState, progress = 0, message = ''): Step => ({
  id: '',
  runId: '',
  name: type,
  type,
  ordinal: 1,
  dependsOn: [],
  state,
  progress,
  message,
  cacheNote: null,
  failure: null,
  startedAt: new Date(0),
  endedAt: null,
})

describe('SC-05 the progress of a run', () => {
  it('lies between 0 and 1 and reaches 1 when all steps have ended well', () => {
    const steps = fc.array(
      fc.record({
        type: fc.constantFrom('data_loader', 'preprocessor', 'trainer', 'evaluator', 'custom'),
        state: fc.constantFrom(...(Object.keys(stepTransitions) as StepState[])),
        progress: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(steps, (shapes) => {
        const all = shapes.map((shape) => step(shape.type, shape.state, shape.progress))
        const { progress, secondsLeft } = progressOfRun(all, new Date(60_000))
        const well = all.every(({ state }) => state === 'SUCCEEDED' || state === 'CACHED')
        return (
          progress >= 0 &&
          progress <= 1 + 1e-9 &&
          (!well || Math.abs(progress - 1) < 1e-9) &&
          (secondsLeft === null || secondsLeft >= -1e-9)
        )
      }),
    )
  })

  it('judges the time left by the step that runs, and says what it does', () => {
    const steps = [
      step('data_loader', 'SUCCEEDED', 1),
      step('trainer', 'RUNNING', 0.5, 'step 50'),
      step('evaluator', 'PENDING'),
    ]
    const { progress, message, secondsLeft } = progressOfRun(steps, new Date(30_000))
    expect(progress).toBeCloseTo((2 + 37.5) / 95)
    expect(message).toBe('trainer: step 50')
    expect(secondsLeft).toBeCloseTo(((95 - 39.5) * 30) / 37.5)
    expect(
      progressOfRun([step('trainer', 'PENDING', 0, 'preparing environment')], new Date(0)),
    ).toMatchObject({
      message: 'preparing environment',
      secondsLeft: null,
    })
    expect(progressOfRun([], new Date(0)).progress).toBe(0)
  })

  it('knows samples and grids by their paths', () => {
    expect(
      [
        'samples/step-000100-0.png',
        'grid.png',
        'a/samples/x.webp',
        'notes.txt',
        'samples/x.json',
      ].map(runFileKind),
    ).toEqual(['sample', 'grid', 'sample', 'file', 'file'])
    expect(['samples/step-000100-0.png', 'samples/lora-7.png'].map(runFileStep)).toEqual([
      100,
      null,
    ])
  })
})
