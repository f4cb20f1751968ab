import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attributeShares, smallestGroup } from './attribute-shares.ts'

function people(sizes: Record<string, number>): Map<string, string> {
  return new Map(
    Object.entries(sizes).flatMap(([value, count]) =>
      Array.from({ length: count }, (_, index) => [`${value}${index}`, value] as const),
    ),
  )
}

describe('CU-08 person attributes, groups only', () => {
  it('tells the share of each value, and flags what is short', () => {
    const valueOf = people({ a: 60, b: 40 })
    const chosen = [...valueOf.keys()].filter((_, index) => index < 18 || index >= 98)
    expect(attributeShares({ name: 'x', valueOf, chosen })).toEqual({
      name: 'x',
      values: [
        { value: 'a', pool: 60, ratio: 1.5, flagged: false },
        { value: 'b', pool: 40, ratio: 0.25, flagged: true },
      ],
      hidden: 0,
    })
  })
  it('hides a group under five, and the next with it: what is left would tell its number', () => {
    const found = attributeShares({ name: 'x', valueOf: people({ a: 50, b: 9, c: 4 }), chosen: [] })
    expect(found.values.map(({ value }) => value)).toEqual(['a'])
    expect(found.hidden).toBe(2)
  })
  it('two small groups that are five together hide one another', () => {
    const found = attributeShares({
      name: 'x',
      valueOf: people({ a: 50, b: 9, c: 4, d: 3 }),
      chosen: [],
    })
    expect(found.values.map(({ value }) => value)).toEqual(['a', 'b'])
    expect(found.hidden).toBe(2)
  })
  it('never tells a group under five, nor a rest that would', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.nat({ max: 12 })), (sizes) => {
        const valueOf = people(sizes)
        const found = attributeShares({ name: 'x', valueOf, chosen: [...valueOf.keys()] })
        const told = found.values.reduce((sum, { pool }) => sum + pool, 0)
        const rest = valueOf.size - told
        expect(found.values.every(({ pool }) => pool >= smallestGroup)).toBe(true)
        expect(rest === 0 || rest >= smallestGroup || found.values.length === 0).toBe(true)
        expect(found.values.every(({ ratio }) => ratio === 1)).toBe(true)
        expect(found.values.length + found.hidden).toBe(new Set(valueOf.values()).size)
      }),
    )
  })
})
