import { nounOfClass } from './imagenet-nouns.ts'

/** One of a picture's most likely classes. */
export interface ClassScore {
  readonly index: number
  readonly label: string
  /** Softmax over all classes. */
  readonly score: number
}

/** "34 of 40 show a cat". */
export interface Sight {
  readonly classNoun: string
  readonly count: number
  readonly of: number
}

// Under this sum of its classes a noun is a guess: such a picture is counted in `of` only.
const sure = 0.25

/** What each picture shows, most frequent first; equal counts in the order of the alphabet. */
export function sightsOf(classesPerImage: readonly (readonly ClassScore[] | null)[]): Sight[] {
  const counts = new Map<string, number>()
  for (const classes of classesPerImage) {
    const noun = nounOfImage(classes ?? [])
    if (noun !== null) counts.set(noun, (counts.get(noun) ?? 0) + 1)
  }
  return [...counts]
    .map(([classNoun, count]) => ({ classNoun, count, of: classesPerImage.length }))
    .sort((a, b) => b.count - a.count || (a.classNoun < b.classNoun ? -1 : 1))
}

/** The most frequent of `sightsOf`, or null when nothing is recognised. */
export function whatItShows(
  classesPerImage: readonly (readonly ClassScore[] | null)[],
): Sight | null {
  return sightsOf(classesPerImage)[0] ?? null
}

/** The noun of one picture: breeds of one animal add up. Null when nothing is likely enough. */
export function nounOfImage(classes: readonly ClassScore[]): string | null {
  const sums = new Map<string, number>()
  for (const { index, label, score } of classes) {
    const noun = nounOfClass(index, label)
    if (noun !== null && Number.isFinite(score)) sums.set(noun, (sums.get(noun) ?? 0) + score)
  }
  let winner: string | null = null
  for (const [noun, sum] of sums)
    if (sum >= sure && (winner === null || sum > sums.get(winner)!)) winner = noun
  return winner
}
