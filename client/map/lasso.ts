export interface Spot {
  readonly x: number
  readonly y: number
}

/** Whether a spot lies inside a closed line (even-odd rule). */
export function inside(spot: Spot, line: readonly Spot[]): boolean {
  let within = false
  line.forEach((a, index) => {
    const b = line[(index + line.length - 1) % line.length]!
    if (
      a.y > spot.y !== b.y > spot.y &&
      spot.x < ((b.x - a.x) * (spot.y - a.y)) / (b.y - a.y) + a.x
    )
      within = !within
  })
  return within
}

/** Where each point stands on a square of that side: all of them in sight, near and far kept as they are. */
export function fit(points: readonly Spot[], side: number): (point: Spot) => Spot {
  const ends = (of: 'x' | 'y') => {
    let [low, high] = [Infinity, -Infinity]
    for (const point of points) {
      low = Math.min(low, point[of])
      high = Math.max(high, point[of])
    }
    return { middle: (low + high) / 2, span: high - low }
  }
  const [across, down] = [ends('x'), ends('y')]
  const scale = (0.92 * side) / (Math.max(across.span, down.span) || 1)
  return ({ x, y }) => ({
    x: side / 2 + (x - across.middle) * scale,
    y: side / 2 + (y - down.middle) * scale,
  })
}
