import { describe, expect, it } from 'vitest'
import { fit } from './lasso.ts'

describe('CU-08 the map of the pool', () => {
  it('shows every point within its square, however they lie', () => {
    for (const points of [
      [{ x: 0.3, y: -0.2 }],
      [
        { x: -1, y: 0.4 },
        { x: -0.9, y: 0.4 },
      ],
      [
        { x: -1, y: -1 },
        { x: 0.1, y: 1 },
        { x: -0.4, y: 0 },
      ],
    ]) {
      const place = fit(points, 640)
      for (const { x, y } of points.map(place)) {
        expect(x).toBeGreaterThanOrEqual(0)
        expect(x).toBeLessThanOrEqual(640)
        expect(y).toBeGreaterThanOrEqual(0)
        expect(y).toBeLessThanOrEqual(640)
      }
    }
  })

  it('fills it, and keeps a distance the same in both directions', () => {
    const place = fit(
      [
        { x: -1, y: 0 },
        { x: 0, y: 0.5 },
      ],
      100,
    )
    const [left, right] = [place({ x: -1, y: 0 }), place({ x: 0, y: 0.5 })]
    expect(right.x - left.x).toBeCloseTo(92)
    expect(right.y - left.y).toBeCloseTo(46)
  })
})
