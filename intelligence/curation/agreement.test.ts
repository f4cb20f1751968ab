import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreementAmong, representation, suspects, type VerdictValue } from './index.ts'
import { seededRandom } from './random.ts'

describe('CU-07 several reviewers', () => {
  it('gives the alpha of Krippendorff (2011), example B', () => {
    // Ten units, two observers, nominal values: alpha = 0.095.
    const one = '0100000000'
    const two = '1110010010'
    const ratings = [...one].flatMap((value, index) => [
      { person: 'a', image: `${index}`, value },
      { person: 'b', image: `${index}`, value: two[index]! },
    ])
    const found = agreementAmong(ratings)
    expect(found.alpha).toBeCloseTo(0.095, 3)
    expect(found.pabak).toBeCloseTo(0.2, 9)
    expect(found.shared).toBe(10)
  })

  it('is 1 when all say the same, null when nobody shares an image, and never over 1', () => {
    expect(agreementAmong([{ person: 'a', image: '1', value: 'ACCEPT' }])).toEqual({
      alpha: null,
      kappa: null,
      pabak: null,
      shared: 0,
    })
    const rating = fc.record({
      person: fc.constantFrom('a', 'b', 'c'),
      image: fc.constantFrom('1', '2', '3', '4', '5'),
      value: fc.constantFrom('ACCEPT', 'REJECT', 'UNSURE'),
    })
    fc.assert(
      fc.property(fc.array(rating), (ratings) => {
        const { alpha, kappa, pabak } = agreementAmong(ratings)
        for (const value of [alpha, kappa, pabak])
          if (value !== null) expect(value).toBeLessThanOrEqual(1)
        const same = agreementAmong(ratings.map((item) => ({ ...item, value: 'ACCEPT' })))
        if (same.alpha !== null) expect(same.alpha).toBe(1)
      }),
    )
  })
})

function twoGroups(): { ids: string[]; vectors: Float32Array; dim: number; seed: number } {
  const random = seededRandom(4, 'groups')
  const ids = Array.from({ length: 120 }, (_, row) => `i${row}`)
  const vectors = new Float32Array(120 * 8)
  ids.forEach((_, row) => {
    for (let axis = 0; axis < 8; axis += 1)
      vectors[row * 8 + axis] = (axis < 4 === row < 80 ? 1 : 0) + 0.2 * random.normal()
  })
  return { ids, vectors, dim: 8, seed: 1 }
}

describe('CU-07 a second look', () => {
  it('finds the verdicts that were planted wrong, and few others', () => {
    const pool = twoGroups()
    const verdicts = new Map<string, VerdictValue>(
      pool.ids.slice(50, 110).map((id, index) => [id, index < 30 ? 'ACCEPT' : 'REJECT']),
    )
    expect(suspects({ ...pool, verdicts })).toEqual([])
    verdicts.set('i55', 'REJECT').set('i100', 'ACCEPT')
    const found = suspects({ ...pool, verdicts }).map(({ id }) => id)
    expect(found).toContain('i55')
    expect(found).toContain('i100')
    expect(found.length).toBeLessThanOrEqual(3)
  })
})

describe('CU-09 fairness', () => {
  it('flags the groups that a one-sided set leaves out, and none of the whole pool', () => {
    const pool = twoGroups()
    const all = representation({ ...pool, chosen: pool.ids })
    expect(all.clusters.filter(({ flagged }) => flagged)).toEqual([])
    expect(all.coverage).toBe(1)
    const some = representation({ ...pool, chosen: pool.ids.slice(0, 20) })
    expect(some.clusters.reduce((sum, { pool: size }) => sum + size, 0)).toBe(120)
    expect(some.clusters.some(({ flagged }) => flagged)).toBe(true)
    expect(some.coverage).toBeLessThan(0.75)
    expect(representation({ ...pool, chosen: [] }).coverage).toBe(0)
  })
})
