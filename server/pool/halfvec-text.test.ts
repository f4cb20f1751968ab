import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { halfvecText } from './halfvec-text.ts'

const numbers = (text: string): number[] => JSON.parse(text) as number[]

describe('CU-12 a vector as text', () => {
  it('reads as the nearest halves, whatever the numbers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -1, max: 1, noNaN: true, noDefaultInfinity: true }), {
          minLength: 1,
          maxLength: 40,
        }),
        (values) => {
          const read = numbers(halfvecText(Float32Array.from(values)))
          expect(read.map((it) => Math.f16round(it) + 0)).toEqual(
            values.map((it) => Math.f16round(it) + 0),
          )
        },
      ),
    )
  })
})
