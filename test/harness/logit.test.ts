import fc from 'fast-check'
import { expect, it } from 'vitest'
import { weigher } from '#intelligence/intent/weights.ts'
import type { WeightFile } from '#intelligence/intent/weights.ts'
import { choose, trainLogit, weightFile } from './logit.ts'
import type { Choice } from './logit.ts'

const settings = { prior: 0.1, fewest: 1, rounds: 300 }

it('learns which feature makes an option right, and leaves a useless one near zero', () => {
  const choices: Choice[] = Array.from({ length: 60 }, (_, index) => ({
    features: index % 2 === 0 ? [['good', 'noise'], ['bad']] : [['bad', 'noise'], ['good']],
    right: index % 2 === 0 ? [true, false] : [false, true],
  }))
  const weights = trainLogit(choices, settings)
  expect(weights.get('good')! - weights.get('bad')!).toBeGreaterThan(4)
  expect(Math.abs(weights.get('noise')!)).toBeLessThan(0.2)
  for (const choice of choices) expect(choice.right[choose(weights, choice).option]).toBe(true)
})

it('takes any of several right options, and learns nothing where none is right', () => {
  const weights = trainLogit(
    [
      { features: [['a'], ['b'], ['c']], right: [true, true, false] },
      { features: [['c'], ['d']], right: [false, false] },
    ],
    settings,
  )
  expect(weights.get('c')).toBeLessThan(0)
  expect(weights.get('a')).toBeCloseTo(weights.get('b')!, 6)
  expect(weights.get('d') ?? 0).toBe(0)
})

it('gives the same weights for the same choices, and its file weighs as they do', () => {
  const feature = fc
    .array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((words) => words.join(' ').replaceAll(/[\t\n]/g, ''))
    .filter((text) => text.trim() === text && text !== '' && !text.includes('  '))
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(feature, { maxLength: 4 }), fc.array(feature, { maxLength: 4 })), {
        minLength: 1,
        maxLength: 8,
      }),
      (pairs) => {
        const choices = pairs.map(([a, b], index): Choice => ({
          features: [a, b],
          right: [index % 2 === 0, index % 2 === 1],
        }))
        const weights = trainLogit(choices, { ...settings, rounds: 20 })
        expect(trainLogit(choices, { ...settings, rounds: 20 })).toEqual(weights)
        const weigh = weigher(JSON.parse(weightFile(weights)) as WeightFile)
        for (const [name, weight] of weights)
          expect(Math.abs(weigh([name]) - weight)).toBeLessThanOrEqual(0.031)
      },
    ),
    { seed: 20261122, numRuns: 50 },
  )
})
