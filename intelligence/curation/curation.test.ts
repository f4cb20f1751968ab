import { curationStrategies } from '#schema/domain/curation.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clusterPool,
  estimate,
  finalSet,
  map2d,
  nearDuplicates,
  probabilities,
  selectRound,
  startCuration,
  type VectorPool,
  type VerdictValue,
} from './index.ts'
import { seededRandom } from './random.ts'

/** Pictures about a few centres; the truth: those of the first `good` centres are wanted. */
function blobs(
  count: number,
  dim: number,
  groups: number,
  seed: number,
  noise = 0.5,
): VectorPool & { groupOf: number[] } {
  const random = seededRandom(seed, 'blobs')
  const centres = Array.from({ length: groups * dim }, () => random.normal())
  const vectors = new Float32Array(count * dim)
  const groupOf = Array.from({ length: count }, () => random.below(groups))
  groupOf.forEach((group, row) => {
    for (let axis = 0; axis < dim; axis += 1)
      vectors[row * dim + axis] = centres[group * dim + axis]! + noise * random.normal()
  })
  return { ids: groupOf.map((_, row) => `i${row}`), vectors, dim, groupOf }
}

function review(
  pool: VectorPool & { groupOf: number[] },
  seed: number,
  rounds: number,
  size: number,
  wanted: (group: number) => boolean,
): { verdicts: Map<string, VerdictValue>; shown: Set<string> } {
  const verdicts = new Map<string, VerdictValue>()
  const shown = new Set<string>()
  for (let round = 0; round < rounds; round += 1)
    for (const { id } of selectRound({ ...pool, seed, round, size, verdicts, shown })) {
      shown.add(id)
      verdicts.set(id, wanted(pool.groupOf[Number(id.slice(1))]!) ? 'ACCEPT' : 'REJECT')
    }
  return { verdicts, shown }
}

const small = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 6 }), fc.integer())
  .chain(([count, dim, seed]) =>
    fc.record({
      seed: fc.constant(seed),
      dim: fc.constant(dim),
      ids: fc.constant(Array.from({ length: count }, (_, row) => `i${row}`)),
      vectors: fc
        .array(fc.float({ min: -2, max: 2, noNaN: true }), {
          minLength: count * dim,
          maxLength: count * dim,
        })
        .map((values) => Float32Array.from(values)),
      said: fc.array(fc.constantFrom<VerdictValue | null>('ACCEPT', 'REJECT', 'UNSURE', null), {
        minLength: count,
        maxLength: count,
      }),
      size: fc.integer({ min: 0, max: 15 }),
      round: fc.integer({ min: 0, max: 9 }),
      method: fc.constantFrom(...curationStrategies),
    }),
  )
  .map(({ said, ...rest }) => {
    const verdicts = new Map<string, VerdictValue>()
    said.forEach((value, row) => {
      if (value !== null) verdicts.set(`i${row}`, value)
    })
    return {
      ...rest,
      verdicts,
      shown: new Set([...verdicts.keys()].filter((_, at) => at % 2 === 0)),
    }
  })

describe('CU-04 rounds', () => {
  it('the same seed and verdicts give the same candidates, none twice, none shown, each with a reason', () => {
    fc.assert(
      fc.property(small, (input) => {
        const one = selectRound(input)
        const copy = { ...input, vectors: Float32Array.from(input.vectors), ids: [...input.ids] }
        expect(selectRound(copy)).toEqual(one)
        const ids = one.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        const left = input.ids.filter((id) => !input.verdicts.has(id) && !input.shown.has(id))
        expect(ids).toHaveLength(Math.min(input.size, left.length))
        for (const { id, partner, reason } of one) {
          expect(left).toContain(id)
          if (partner !== null) expect(input.verdicts.has(partner)).toBe(true)
          expect(reason.text.length).toBeGreaterThan(10)
          for (const term of Object.values(reason.terms)) expect(Number.isFinite(term)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('begins with one picture of each group', () => {
    const pool = blobs(300, 16, 8, 3, 0.2)
    const groups = startCuration({ ...pool, seed: 1, roundSize: 8 }).map(
      ({ id }) => pool.groupOf[Number(id.slice(1))],
    )
    expect(new Set(groups).size).toBe(8)
  })

  it('mixes boundary pairs, doubt, fairness and an audit once both sides are known', () => {
    const pool = blobs(400, 16, 10, 5, 0.9)
    const { verdicts, shown } = review(pool, 2, 3, 12, (group) => group < 4)
    const kinds = selectRound({ ...pool, seed: 2, round: 3, size: 16, verdicts, shown })
    const count = (kind: string): number =>
      kinds.filter(({ reason }) => reason.kind === kind).length
    expect(count('audit')).toBe(2)
    expect(count('fairness')).toBe(3)
    expect(count('boundary')).toBeGreaterThan(0)
    expect(count('boundary') + count('uncertain')).toBe(11)
    for (const { partner, reason } of kinds)
      expect(partner !== null).toBe(reason.kind === 'boundary')
  })

  it('looks where nobody has looked, all of a round, while one kind of verdict only is known', () => {
    const pool = blobs(500, 16, 12, 9, 0.9)
    const { verdicts, shown } = review(pool, 3, 2, 10, () => false)
    const kinds = selectRound({ ...pool, seed: 3, round: 2, size: 10, verdicts, shown })
    expect(kinds.map(({ reason }) => reason.kind)).toEqual(Array(10).fill('fairness'))
  })

  it('a wrong verdict bends the curator less than a right one of a new group', () => {
    // Of the pictures of a group, how many turn to accept by one ACCEPT among them.
    const turned = (group: number, seed: number): number => {
      const pool = blobs(400, 16, 6, seed, 0.3)
      const of = (which: number): string[] =>
        pool.ids.filter((_, row) => pool.groupOf[row] === which)
      // Group 5 has not been seen; of the others eight pictures each.
      const verdicts = new Map<string, VerdictValue>(
        [0, 1, 2, 3, 4].flatMap((which) =>
          of(which)
            .slice(0, 8)
            .map((id) => [id, which < 2 ? 'ACCEPT' : 'REJECT'] as const),
        ),
      )
      verdicts.set(
        of(group).find((id) => !verdicts.has(id))!,
        'ACCEPT',
      )
      const found = probabilities({ ...pool, verdicts, seed: 1 })!
      const rows = [...pool.ids.keys()].filter((row) => pool.groupOf[row] === group)
      return rows.filter((row) => found[row]! >= 0.5).length / rows.length
    }
    const mean = (group: number): number =>
      [0, 1, 2, 3, 4, 5].reduce((sum, seed) => sum + turned(group, seed) / 6, 0)
    expect(mean(3)).toBeLessThan(0.01)
    expect(mean(4)).toBeLessThan(0.01)
    expect(mean(5)).toBeGreaterThan(0.95)
  })

  it('learns more from 48 verdicts than from 48 at random', () => {
    const accuracy = (method: 'blend' | 'random', seed: number): number => {
      const pool = blobs(600, 24, 20, seed, 0.9)
      const wanted = (id: string): boolean => pool.groupOf[Number(id.slice(1))]! < 5
      const verdicts = new Map<string, VerdictValue>()
      const shown = new Set<string>()
      for (let round = 0; round < 4; round += 1)
        for (const { id } of selectRound({
          ...pool,
          seed,
          round,
          size: 12,
          verdicts,
          shown,
          method,
        })) {
          shown.add(id)
          verdicts.set(id, wanted(id) ? 'ACCEPT' : 'REJECT')
        }
      const found = probabilities({ ...pool, verdicts, seed })!
      return pool.ids.filter((id, row) => found[row]! >= 0.5 === wanted(id)).length / 600
    }
    const seeds = Array.from({ length: 8 }, (_, seed) => seed)
    const mean = (method: 'blend' | 'random'): number =>
      seeds.reduce((sum, seed) => sum + accuracy(method, seed) / seeds.length, 0)
    expect(mean('blend')).toBeGreaterThan(mean('random'))
  })
})

describe('CU-06 estimate', () => {
  it('holds together for any pool and verdicts', () => {
    fc.assert(
      fc.property(small, (input) => {
        const found = estimate(input)
        expect(found).toEqual(estimate({ ...input, vectors: Float32Array.from(input.vectors) }))
        expect(found.expectedAccepted).toBeGreaterThanOrEqual(found.accepted)
        expect(found.expectedAccepted).toBeLessThanOrEqual(input.ids.length)
        expect(found.moreLabels).toBeGreaterThanOrEqual(0)
        expect(found.moreLabels).toBeLessThanOrEqual(input.ids.length)
        if (found.kappa !== null) {
          expect(found.kappaLow).toBeLessThanOrEqual(found.kappa)
          expect(found.kappaHigh).toBeGreaterThanOrEqual(found.kappa)
        }
        expect(found.reason.text.length).toBeGreaterThan(10)
      }),
      { numRuns: 300 },
    )
  })

  it('suggests to stop when what is wanted is plain, and guesses how many will do', () => {
    const pool = blobs(300, 16, 6, 8, 0.25)
    const wanted = (group: number): boolean => group < 2
    const { verdicts } = review(pool, 4, 4, 16, wanted)
    const found = estimate({ ...pool, verdicts, seed: 4 })
    expect(found.suggestStop).toBe(true)
    expect(found.kappa).toBeGreaterThan(0.9)
    const truth = pool.groupOf.filter(wanted).length
    expect(Math.abs(found.expectedAccepted - truth)).toBeLessThan(0.15 * 300)
  })

  it('does not believe contradictory verdicts', () => {
    const pool = blobs(60, 8, 3, 1)
    const random = seededRandom(1, 'coin')
    const verdicts = new Map<string, VerdictValue>(
      pool.ids.slice(0, 50).map((id) => [id, random.next() < 0.5 ? 'ACCEPT' : 'REJECT']),
    )
    const found = estimate({ ...pool, verdicts, seed: 1 })
    expect(found.kappaLow).toBeLessThan(0.2)
    expect(found.reason.key).not.toBe('estimate.agrees')
  })

  it('says what it means when all were rejected', () => {
    const pool = blobs(30, 8, 3, 1)
    const some = new Map<string, VerdictValue>(pool.ids.slice(0, 15).map((id) => [id, 'REJECT']))
    expect(estimate({ ...pool, verdicts: some, seed: 1 })).toMatchObject({
      kappa: null,
      suggestStop: false,
      reason: { key: 'estimate.rejected' },
    })
    const all = new Map<string, VerdictValue>(pool.ids.map((id) => [id, 'REJECT']))
    const found = estimate({ ...pool, verdicts: all, seed: 1 })
    expect(found).toMatchObject({ suggestStop: true, expectedAccepted: 0, moreLabels: 0 })
    expect(finalSet({ ...pool, verdicts: all, seed: 1 })).toMatchObject({ ids: [], maximum: 0 })
    expect(
      selectRound({ ...pool, verdicts: all, seed: 1, round: 2, size: 9, shown: new Set() }),
    ).toEqual([])
  })
})

describe('CU-08 final set', () => {
  it('holds accepted pictures only, and a larger set begins with the smaller', () => {
    fc.assert(
      fc.property(small, (input) => {
        const all = finalSet({ ...input, size: 1000 })
        const accepted = [...input.verdicts].filter(([, value]) => value === 'ACCEPT')
        expect([...all.ids].sort()).toEqual(accepted.map(([id]) => id).sort())
        const part = finalSet({ ...input, size: Math.max(1, input.size) })
        expect(part.ids).toEqual(all.ids.slice(0, part.ids.length))
        expect(all.coverage).toBeGreaterThanOrEqual(part.coverage)
        expect(all.suggested).toBeLessThanOrEqual(all.maximum)
      }),
      { numRuns: 200 },
    )
  })

  it('covers every group and leaves repeats for last', () => {
    const pool = blobs(120, 16, 6, 9, 0.05)
    const verdicts = new Map<string, VerdictValue>(pool.ids.map((id) => [id, 'ACCEPT']))
    const six = finalSet({ ...pool, verdicts, seed: 1, size: 6 })
    expect(new Set(six.ids.map((id) => pool.groupOf[Number(id.slice(1))])).size).toBe(6)
    expect(six.coverage).toBeGreaterThan(0.9)
    expect(finalSet({ ...pool, verdicts, seed: 1 }).suggested).toBeLessThan(20)
  })
})

describe('CU-03 groups and map', () => {
  it('finds the groups that are there', () => {
    const pool = blobs(200, 16, 5, 11, 0.1)
    const { assignments } = clusterPool({ ...pool, seed: 1, k: 5 })
    const seen = new Map<number, Set<number>>()
    pool.groupOf.forEach((group, row) =>
      seen.set(group, (seen.get(group) ?? new Set()).add(assignments[row]!)),
    )
    for (const cells of seen.values()) expect(cells.size).toBe(1)
  })

  it('draws any pool inside of the frame, the same each time', () => {
    fc.assert(
      fc.property(small, (input) => {
        const { x, y } = map2d(input)
        expect(x).toHaveLength(input.ids.length)
        for (const value of [...x, ...y]) expect(Math.abs(value)).toBeLessThanOrEqual(1.0001)
        expect(map2d({ ...input, vectors: Float32Array.from(input.vectors) })).toEqual({ x, y })
      }),
    )
  })
})

describe('CU-01 near duplicates', () => {
  const flip = (hash: string, bits: number[]): string => {
    let value = BigInt(`0x${hash}`)
    for (const bit of bits) value ^= 1n << BigInt(bit)
    return value.toString(16).padStart(16, '0')
  }

  it('finds exactly those within six bits of an earlier one that stays', () => {
    const hash = fc
      .bigInt({ min: 0n, max: (1n << 64n) - 1n })
      .map((value) => value.toString(16).padStart(16, '0'))
    fc.assert(
      fc.property(
        hash.filter((item) => flip(item, []).length === 16),
        fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 12 }),
        (first, bits) => {
          const ones = BigInt(`0x${first}`).toString(2).replaceAll('0', '').length
          fc.pre(ones > 20 && ones < 44)
          const found = nearDuplicates({ ids: ['a', 'b'], hashes: [first, flip(first, bits)] })
          expect(found.map(({ id, of, distance }) => [id, of, distance])).toEqual(
            bits.length <= 6 ? [['b', 'a', bits.length]] : [],
          )
        },
      ),
    )
  })

  it('asks the vectors too: alike in brightness only is no duplicate, alike in content is', () => {
    const hashes = ['0f0f0f0f3c3c3c3c', '0f0f0f0f3c3c3c3d', 'a5a5c3c3996655aa']
    const vectors = Float32Array.from([1, 0, 0, 1, 1, 0.01])
    expect(nearDuplicates({ ids: ['a', 'b', 'c'], hashes, vectors, dim: 2 })).toMatchObject([
      { id: 'c', of: 'a', distance: null },
    ])
    expect(
      nearDuplicates({ ids: ['a', 'b'], hashes: ['0000000000000000', '0000000000000001'] }),
    ).toEqual([])
  })
})

describe('CU-04 bad input', () => {
  const one = { verdicts: new Map<string, VerdictValue>(), seed: 1 }
  it.each([0, 1, 2])('a pool of %i', (count) => {
    const pool = blobs(count, 8, 2, 1)
    const shown = new Set<string>()
    expect(selectRound({ ...pool, ...one, round: 0, size: 12, shown })).toHaveLength(count)
    expect(estimate({ ...pool, ...one }).labelled).toBe(0)
    expect(clusterPool({ ...pool, seed: 1 }).k).toBe(Math.min(1, count))
    expect(map2d({ ...pool, seed: 1 }).x).toHaveLength(count)
    expect(finalSet({ ...pool, ...one }).ids).toEqual([])
  })

  it('all identical', () => {
    const ids = Array.from({ length: 30 }, (_, row) => `i${row}`)
    const pool = { ids, dim: 4, vectors: new Float32Array(120).fill(0.5) }
    const verdicts = new Map<string, VerdictValue>(
      ids.slice(0, 14).map((id, row) => [id, row % 2 === 0 ? 'ACCEPT' : 'REJECT']),
    )
    expect(startCuration({ ...pool, seed: 1, roundSize: 12 })).toHaveLength(12)
    const shown = new Set(verdicts.keys())
    expect(selectRound({ ...pool, verdicts, shown, seed: 1, round: 1, size: 12 })).toHaveLength(12)
    expect(estimate({ ...pool, verdicts, seed: 1 }).kappaLow).toBeLessThan(0.5)
    expect(finalSet({ ...pool, verdicts, seed: 1, size: 3 }).coverage).toBe(1)
    expect([...map2d({ ...pool, seed: 1 }).x]).toEqual(Array(30).fill(0))
  })

  it.each([
    [
      'a value that is no number',
      { ids: ['a', 'b'], dim: 2, vectors: Float32Array.of(1, 2, NaN, 4) },
      'image b',
    ],
    ['an infinite value', { ids: ['a'], dim: 2, vectors: Float32Array.of(1, Infinity) }, 'image a'],
    [
      'vectors of another length',
      { ids: ['a', 'b'], dim: 3, vectors: new Float32Array(4) },
      '6 numbers',
    ],
    ['an image twice', { ids: ['a', 'a'], dim: 1, vectors: new Float32Array(2) }, 'twice'],
    ['no dimension', { ids: [], dim: 0, vectors: new Float32Array(0) }, 'dimension'],
  ])('names %s', (_name, pool, words) => {
    for (const call of [
      () => startCuration({ ...pool, seed: 1, roundSize: 4 }),
      () => estimate({ ...pool, ...one }),
      () => map2d({ ...pool, seed: 1 }),
      () => finalSet({ ...pool, ...one }),
    ])
      expect(call).toThrow(
        expect.objectContaining({
          code: 'BAD_INPUT',
          message: expect.stringContaining(words) as unknown,
        }),
      )
  })
})
