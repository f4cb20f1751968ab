import type { Evidence, Find } from './find.ts'
import type { Weigh } from './weights.ts'

/** A noun that may be the subject, with what can be said of its place in the goal. */
export interface Candidate {
  readonly find: Find
  /** The class noun that it would give. */
  readonly noun: string
  /** Whether a lexicon knows it as a thing. */
  readonly known: boolean
  /** "my", "우리" stands before it. */
  readonly owned: boolean
  /** Indicator names, closed but for the nouns' own words. */
  readonly features: readonly string[]
}

/**
 * The nouns that may be the subject, likeliest first: a conditional logit over the goal's nouns and "none of them" (McFadden 1974),
 * trained by test/harness/train-intent.ts. `score` is the log odds against none.
 */
export function rankSubjects(
  candidates: readonly Candidate[],
  none: readonly string[],
  weigh: Weigh,
): Evidence['subjects'][number][] {
  const floor = weigh(none)
  return candidates
    .filter(({ find }) => !find.negated)
    .map(({ find, noun, known, owned, features }) => ({
      noun,
      start: find.start,
      end: find.end,
      score: weigh(features) - floor,
      known,
      owned,
      text: find.text,
    }))
    .sort((a, b) => b.score - a.score)
}

/** Names a feature by its parts. */
export type Put = (...parts: readonly (string | number | boolean)[]) => void

/** The features that a function puts, in its order. */
export function featuresBy(write: (put: Put) => void): string[] {
  const features: string[] = []
  write((...parts) => {
    features.push(parts.join(' '))
  })
  return features
}

/** The first and the last few: every candidate looks at every other one, and a goal of a sentence or two has no more. */
export const atMost = <T>(most: number, all: readonly T[]): readonly T[] =>
  all.length <= most ? all : [...all.slice(0, most - 8), ...all.slice(-8)]

/** The number of the clause that each word stands in, from 0. */
export function clausesOf(words: readonly { readonly breaks: boolean }[]): number[] {
  const clauses: number[] = []
  for (const [index, word] of words.entries())
    clauses.push(index === 0 ? 0 : clauses[index - 1]! + Number(word.breaks))
  return clauses
}
