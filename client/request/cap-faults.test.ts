import { describe, expect, it } from 'vitest'
import { sortFaults } from './cap-faults.ts'

const count = {
  path: 'resources.gpuCount',
  code: 'RESOURCES',
  message: 'The GPU count must be a whole number from 0 to 1024, not 9999.',
}

describe('WR-02 the faults of a request', () => {
  it('are told once each, though quote and submission both name them', () => {
    const { at, others } = sortFaults([count, { ...count }])
    expect([...at]).toEqual([['gpuCount', [count.message]]])
    expect(others).toEqual([])
  })

  it.each([
    ['components[12].resources.gpu_memory', 'gpuMemory'],
    ['components[0].timeout', 'longest'],
    ['resources.maxSeconds', 'longest'],
  ])('%s is told at the cap %s', (path, cap) => {
    expect([...sortFaults([{ path, code: 'OVER_CAP', message: 'too much' }]).at.keys()]).toEqual([
      cap,
    ])
  })

  it('are told together where no field has them', () => {
    const faults = [
      { path: 'components[0].image', code: 'IMAGE_UNKNOWN', message: 'no such image' },
      // The plan's own fault: no cap mends it.
      { path: 'components[0].resources.cpu', code: 'CPU', message: 'no number of cores' },
    ]
    const { at, others } = sortFaults(faults)
    expect(at.size).toBe(0)
    expect(others).toEqual(['no such image', 'no number of cores'])
  })
})
