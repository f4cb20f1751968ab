/** One choice: the features of each option, and which options are right. */
export interface Choice {
  readonly features: readonly (readonly string[])[]
  readonly right: readonly boolean[]
}

export interface LogitSettings {
  /** Precision of the Gaussian prior on each weight. */
  readonly prior: number
  /** A feature of fewer choices says nothing of the next one. */
  readonly fewest: number
  readonly rounds: number
}

const rate = 0.4

/**
 * A conditional logit (McFadden 1974) with an L2 prior, where several options may be right, by full-batch AdaGrad:
 * without chance, so that the same choices give the same weights.
 */
export function trainLogit(
  choices: readonly Choice[],
  { prior, fewest, rounds }: LogitSettings,
): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { features } of choices)
    for (const feature of new Set(features.flat()))
      counts.set(feature, (counts.get(feature) ?? 0) + 1)
  const index = new Map<string, number>()
  for (const [feature, count] of counts) if (count >= fewest) index.set(feature, index.size)
  const rows = choices
    .filter(({ right }) => right.includes(true))
    .map(({ features, right }) => ({
      ids: features.map((list) =>
        Int32Array.from(
          [...new Set(list)].flatMap((feature) => {
            const id = index.get(feature)
            return id === undefined ? [] : [id]
          }),
        ),
      ),
      right,
    }))
  const weights = new Float64Array(index.size)
  const seen = new Float64Array(index.size).fill(1e-8)
  const gradient = new Float64Array(index.size)
  for (let round = 0; round < rounds; round += 1) {
    for (let id = 0; id < weights.length; id += 1) gradient[id] = prior * weights[id]!
    for (const { ids, right } of rows) {
      const scores = ids.map((list) => list.reduce((sum, id) => sum + weights[id]!, 0))
      const top = Math.max(...scores)
      const odds = scores.map((score) => Math.exp(score - top))
      const all = odds.reduce((sum, value) => sum + value, 0)
      const good = odds.reduce((sum, value, at) => sum + (right[at] === true ? value : 0), 0)
      for (const [at, list] of ids.entries()) {
        const pull = odds[at]! / all - (right[at] === true ? odds[at]! / good : 0)
        for (const id of list) gradient[id]! += pull
      }
    }
    for (let id = 0; id < weights.length; id += 1) {
      seen[id]! += gradient[id]! ** 2
      weights[id]! -= (rate * gradient[id]!) / Math.sqrt(seen[id]!)
    }
  }
  return new Map([...index].map(([feature, id]) => [feature, weights[id]!]))
}

/** The option with the highest score, and by how much it leads. */
export function choose(
  weights: ReadonlyMap<string, number>,
  { features }: Choice,
): { option: number; shares: readonly number[] } {
  const scores = features.map((list) =>
    [...new Set(list)].reduce((sum, feature) => sum + (weights.get(feature) ?? 0), 0),
  )
  const top = Math.max(...scores)
  const odds = scores.map((score) => Math.exp(score - top))
  const total = odds.reduce((sum, value) => sum + value, 0)
  return { option: scores.indexOf(top), shares: odds.map((value) => value / total) }
}

/** Weights by template, small ones left out: see intelligence/intent/weights.ts. */
export function weightFile(weights: ReadonlyMap<string, number>): string {
  const templates = new Map<string, string[]>()
  for (const [feature, weight] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const value = Math.round(weight * 100) / 100
    if (Math.abs(value) < 0.03) continue
    const cut = feature.indexOf(' ')
    const [template, rest] =
      cut < 0 ? [feature, ''] : [feature.slice(0, cut), feature.slice(cut + 1)]
    templates.set(template, [...(templates.get(template) ?? []), `${rest} ${value}`])
  }
  return `${JSON.stringify(
    { weights: Object.fromEntries([...templates].map(([name, list]) => [name, list.join('\t')])) },
    null,
    2,
  )}\n`
}
