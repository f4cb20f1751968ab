/** How those with one value of an attribute fare in a set. */
export interface ValueShare {
  readonly value: string
  /** Pictures of the pool with this value; never under five. */
  readonly pool: number
  /** Share of the set over share of the pool, among pictures with a value: 1 is fair. To two decimals. */
  readonly ratio: number
  /** Under 0.8. */
  readonly flagged: boolean
}

export interface AttributeShares {
  readonly name: string
  readonly values: readonly ValueShare[]
  /** How many values are not told, because too few pictures have them. */
  readonly hidden: number
}

/** A group of fewer is never told: its members could be found out. */
export const smallestGroup = 5

/**
 * Representation of each value of an attribute in a set; groups only, never a picture. Values of fewer than five pictures
 * are hidden, and the next ones with them while those hidden are fewer than five together: their number could be worked
 * out from the rest.
 *
 * @param valueOf by image id; pictures without a value are left out
 */
export function attributeShares(input: {
  readonly name: string
  readonly valueOf: ReadonlyMap<string, string>
  readonly chosen: readonly string[]
}): AttributeShares {
  const { name, valueOf } = input
  const pool = new Map<string, number>()
  for (const value of valueOf.values()) pool.set(value, (pool.get(value) ?? 0) + 1)
  const chosen = new Map<string, number>()
  let labelled = 0
  for (const id of new Set(input.chosen)) {
    const value = valueOf.get(id)
    if (value === undefined) continue
    labelled += 1
    chosen.set(value, (chosen.get(value) ?? 0) + 1)
  }
  const sizes = [...pool].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
  let [hidden, within] = [0, 0]
  for (const [, size] of sizes) {
    if (size >= smallestGroup && (within === 0 || within >= smallestGroup)) break
    hidden += 1
    within += size
  }
  const values = sizes
    .slice(hidden)
    .reverse()
    .map(([value, size]) => {
      const share = labelled === 0 ? 0 : (chosen.get(value) ?? 0) / labelled
      const ratio = Math.round((100 * share * valueOf.size) / size) / 100
      return { value, pool: size, ratio, flagged: ratio < 0.8 }
    })
  return { name, values, hidden }
}
