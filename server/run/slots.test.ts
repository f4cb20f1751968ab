import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { parseQuantity } from '#schema/domain/quantity.ts'
import type { Resources } from '#schema/domain/spec.ts'
import type { Capacity } from '../executor/executor.ts'
import { findSlot, neverFits, type Slot } from './slots.ts'

const gib = 2 ** 30
const machine: Capacity = {
  cores: 8,
  memoryBytes: 64 * gib,
  devices: [
    { index: 0, name: 'NVIDIA A100-SXM4-80GB', memoryBytes: 80 * gib },
    { index: 1, name: 'NVIDIA RTX 4090', memoryBytes: 23_034 * 2 ** 20 },
    { index: 2, name: 'Tesla T4', memoryBytes: 15 * gib },
  ],
}

describe('SC-02 slots for cores, memory and devices', () => {
  const resources = fc.record<Resources>(
    {
      cpu: fc.integer({ min: 1, max: 8 }).map((cores) => ({ written: cores, cores })),
      memory: fc.integer({ min: 1, max: 64 }).map((size) => parseQuantity(`${size}Gi`)),
      gpuCount: fc.integer({ min: 0, max: 3 }),
    },
    { requiredKeys: [] },
  )

  it('never gives out more than there is, nor a device twice', () => {
    fc.assert(
      fc.property(fc.array(resources, { maxLength: 20 }), (asked) => {
        const taken: Slot[] = []
        for (const one of asked) {
          const slot = findSlot(one, machine, taken)
          if (slot !== null) taken.push(slot)
        }
        const devices = taken.flatMap((slot) => slot.devices)
        return (
          taken.reduce((sum, slot) => sum + slot.cores, 0) <= machine.cores &&
          taken.reduce((sum, slot) => sum + slot.memoryBytes, 0) <= machine.memoryBytes &&
          new Set(devices).size === devices.length
        )
      }),
    )
  })

  it('always fits on an idle machine what it does not call impossible', () => {
    fc.assert(
      fc.property(
        resources,
        (one) => neverFits('x', one, machine) !== null || findSlot(one, machine, []) !== null,
      ),
    )
    const huge = { cpu: { written: 64, cores: 64 }, memory: parseQuantity('1TB') }
    expect(findSlot(huge, machine, [])).toEqual({ cores: 8, memoryBytes: 64 * gib, devices: [] })
  })

  it('takes a 24 GB card for "24GB", and names what is missing', () => {
    expect(
      findSlot({ gpuMemory: parseQuantity('24GB'), gpuCount: 2 }, machine, [])?.devices,
    ).toEqual([0, 1])
    expect(findSlot({ gpuType: 'T4' }, machine, [])?.devices).toEqual([2])
    expect(neverFits('trainer', { gpuType: 'A100', gpuCount: 4 }, machine)).toBe(
      'The component "trainer" asks for 4 GPUs (A100); this machine has 3, of which 1 fit.',
    )
    expect(neverFits('trainer', { gpuCount: 1 }, { ...machine, devices: [] })).toMatch(
      /1 GPU; this machine has 0/,
    )
  })
})
