import { describe, expect, it } from 'vitest'
import {
  gpuAmounts,
  gpuAmountsByType,
  idleOf,
  shareUsed,
  sumAmounts,
  type GpuReading,
} from './cluster.ts'

function gpu(type: string, requested: boolean, peak: number | null, at: number): GpuReading {
  return {
    key: `${type}-${at}`,
    node: 'n',
    name: `gpu-${at}`,
    type,
    memoryBytes: null,
    memoryUsedBytes: null,
    // Idle at this very moment, busy in the window: it counts as used all the same.
    utilisation: 0,
    peak,
    celsius: null,
    watts: null,
    requested,
    runId: null,
    nodeState: 'ACTIVE',
  }
}

/** 16 A100, 12 requested, 10 used. */
const a100 = Array.from({ length: 16 }, (_, at) =>
  gpu('NVIDIA A100-SXM4-80GB', at < 12, at < 10 ? 0.4 : 0, at),
)

describe('RS-01 totals, requested, used, idle', () => {
  it('has the A100 row of the design: 16 / 12 / 10 -> 62.5 %, 4 idle', () => {
    const row = gpuAmounts(a100)
    expect(row).toEqual({ total: 16, requested: 12, used: 10 })
    expect(shareUsed(row)).toBe(0.625)
    expect(idleOf(row)).toBe(4)
  })

  it('does not call unmeasured devices unused', () => {
    const row = gpuAmounts(a100.map((it) => ({ ...it, peak: null })))
    expect(row).toEqual({ total: 16, requested: 12, used: null })
    expect(shareUsed(row)).toBeNull()
    expect(sumAmounts([row, { total: 1, requested: 0, used: 1 }])).toEqual({
      total: 17,
      requested: 12,
      used: 1,
    })
  })

  it('counts no device of a node that is down', () => {
    expect(gpuAmounts(a100.map((it) => ({ ...it, nodeState: 'DOWN' as const })))).toEqual({
      total: 0,
      requested: 0,
      used: null,
    })
    expect(shareUsed({ total: 0, requested: 0, used: 0 })).toBeNull()
  })

  it('RS-02 splits by type, the most numerous first', () => {
    const rows = gpuAmountsByType([gpu('Tesla T4', true, 1, 0), ...a100, gpu('', false, null, 0)])
    expect(rows.map((row) => [row.type, row.total, row.requested, row.used])).toEqual([
      ['NVIDIA A100-SXM4-80GB', 16, 12, 10],
      ['', 1, 0, null],
      ['Tesla T4', 1, 1, 1],
    ])
  })
})
