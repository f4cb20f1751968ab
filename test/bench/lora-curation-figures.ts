/** A mean with its 95 % interval by Student's t; of one value the interval is that value. */
export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

// Two-sided 95 % quantiles of Student's t for 1 to 10 degrees of freedom; beyond, the normal's is near enough.
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]

export function interval(values: readonly number[]): Interval {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  if (count < 2) return { mean, low: mean, high: mean }
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  const half = (quantiles[count - 2] ?? 2.1) * Math.sqrt(variance / count)
  return { mean, low: mean - half, high: mean + half }
}

/** The gain of one arm over another, seed by seed: what the seeds share falls out. */
export function pairedGain(ours: readonly number[], theirs: readonly number[]): Interval {
  return interval(ours.map((value, index) => value - theirs[index]!))
}
