/** One reviewer's word on one image. */
export interface Rating {
  readonly person: string
  readonly image: string
  readonly value: string
}

/** How far reviewers mean the same. */
export interface Agreement {
  /** Krippendorff's alpha for nominal values, any number of reviewers, gaps allowed; null where no image has two ratings. */
  readonly alpha: number | null
  /** Mean of Cohen's kappa over the pairs of reviewers, weighted by what they share. */
  readonly kappa: number | null
  /** 2 p - 1 of the same pairs: does not collapse when one value is rare, as kappa does. */
  readonly pabak: number | null
  /** Images with two ratings or more. */
  readonly shared: number
}

/** From the newest rating of each person on each image. */
export function agreementAmong(ratings: readonly Rating[]): Agreement {
  const byImage = new Map<string, Map<string, string>>()
  for (const { person, image, value } of ratings) {
    const known = byImage.get(image) ?? new Map<string, string>()
    known.set(person, value)
    byImage.set(image, known)
  }
  const shared = [...byImage.values()].filter((values) => values.size > 1)
  return {
    alpha: krippendorff(shared.map((values) => [...values.values()])),
    ...pairs(shared),
    shared: shared.length,
  }
}

// Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), nominal data: 1 - observed / expected disagreement.
function krippendorff(units: readonly (readonly string[])[]): number | null {
  const totals = new Map<string, number>()
  let count = 0
  let observed = 0
  for (const values of units) {
    const here = new Map<string, number>()
    for (const value of values) here.set(value, (here.get(value) ?? 0) + 1)
    let same = 0
    for (const [value, times] of here) {
      totals.set(value, (totals.get(value) ?? 0) + times)
      same += times * (times - 1)
    }
    count += values.length
    observed += (values.length * (values.length - 1) - same) / (values.length - 1)
  }
  if (count < 2) return null
  let same = 0
  for (const times of totals.values()) same += times * (times - 1)
  const expected = (count * (count - 1) - same) / (count - 1)
  return expected === 0 ? 1 : 1 - observed / expected
}

function pairs(shared: readonly ReadonlyMap<string, string>[]): {
  kappa: number | null
  pabak: number | null
} {
  const together = new Map<string, [string, string][]>()
  for (const values of shared) {
    const people = [...values.keys()].sort()
    people.forEach((one, index) => {
      for (const other of people.slice(index + 1)) {
        const key = `${one} ${other}`
        together.set(key, [...(together.get(key) ?? []), [values.get(one)!, values.get(other)!]])
      }
    })
  }
  let [kappa, pabak, weight] = [0, 0, 0]
  for (const both of together.values()) {
    const agreed = both.filter(([a, b]) => a === b).length / both.length
    let chance = 0
    for (const value of new Set(both.flat()))
      chance +=
        (both.filter(([a]) => a === value).length * both.filter(([, b]) => b === value).length) /
        both.length ** 2
    kappa += both.length * (chance >= 1 ? 1 : (agreed - chance) / (1 - chance))
    pabak += both.length * (2 * agreed - 1)
    weight += both.length
  }
  return weight === 0
    ? { kappa: null, pabak: null }
    : { kappa: kappa / weight, pabak: pabak / weight }
}
