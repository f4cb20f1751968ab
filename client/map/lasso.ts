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
