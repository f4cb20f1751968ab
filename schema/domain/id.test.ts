import { describe, expect, it } from 'vitest'
import { createIdMaker, idSchema, newId } from './id.ts'

describe('UUIDv7', () => {
  it('carries the time and its version', () => {
    const id = newId(0x0123_4567_89ab, (bytes) => bytes.fill(0xff))
    expect(id).toBe('01234567-89ab-7fff-bfff-ffffffffffff')
    expect(idSchema.safeParse(id).success).toBe(true)
  })

  it('sorts in the order of making, also when the clock stands or goes back', () => {
    let time = 1_700_000_000_000
    const make = createIdMaker(() => (time -= 0.001))
    const ids = Array.from({ length: 10_000 }, make)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids.slice(0, 50)) expect(idSchema.safeParse(id).success).toBe(true)
  })
})
