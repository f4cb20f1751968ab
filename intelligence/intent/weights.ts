/** Log odds by feature, as the training writes them: by template, "left": "my 1.2\ta 0.4". */
export interface WeightFile {
  readonly weights: Readonly<Record<string, string>>
}

/** A feature's weight; features that the training never saw weigh nothing. */
export type Weigh = (features: readonly string[]) => number

/** Reads the weights when they are first asked for. */
export function weigher({ weights }: WeightFile): Weigh {
  let byFeature: Map<string, number> | undefined
  const read = (): Map<string, number> => {
    const map = new Map<string, number>()
    for (const [template, list] of Object.entries(weights))
      for (const item of list.split('\t')) {
        const cut = item.lastIndexOf(' ')
        const rest = item.slice(0, cut)
        map.set(rest === '' ? template : `${template} ${rest}`, Number(item.slice(cut + 1)))
      }
    return map
  }
  return (features) => {
    byFeature ??= read()
    let sum = 0
    for (const feature of features) sum += byFeature.get(feature) ?? 0
    return sum
  }
}
