import { buildSchema, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { limits, validationRules } from './policy.ts'

const schema = buildSchema('type Query { self: Query leaf: Int }')

function problems(text: string): string[] {
  return validate(schema, parse(text), validationRules(true)).map((error) => error.message)
}

describe('the depth rule', () => {
  it('measures fragments that spread each other many times in no time', () => {
    const fragments = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
    ).join('\n')
    const start = performance.now()
    expect(problems(`{ ...F0 }\n${fragments}\nfragment F60 on Query { leaf }`)).toEqual([])
    expect(performance.now() - start).toBeLessThan(1_000)
  })

  it('counts what fragments hide', () => {
    const deep = (levels: number) =>
      `{ ...F0 }\n${Array.from(
        { length: levels - 1 },
        (_, i) => `fragment F${i} on Query { self { ...F${i + 1} } }`,
      ).join('\n')}\nfragment F${levels - 1} on Query { leaf }`
    expect(problems(deep(limits.depth))).toEqual([])
    expect(problems(deep(limits.depth + 1))).toHaveLength(1)
  })

  it('ends on fragments that spread themselves', () => {
    problems('{ ...A } fragment A on Query { self { ...B } } fragment B on Query { self { ...A } }')
  })
})
