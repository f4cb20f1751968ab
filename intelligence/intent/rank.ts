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
 * trained by test/harness/train-intent.ts. `score` is the log odds against none, `share` the probability, in [0, 1].
 */
export function rankSubjects(
  candidates: readonly Candidate[],
  none: readonly string[],
  weigh: Weigh,
): Evidence['subjects'][number][] {
  const floor = weigh(none)
  const ranked = candidates
    .filter(({ find }) => !find.negated)
    .map((candidate) => ({ ...candidate, score: weigh(candidate.features) - floor }))
    .sort((a, b) => b.score - a.score)
  const total = ranked.reduce((sum, { score }) => sum + Math.exp(score), 1)
  return ranked.map(({ find, noun, known, owned, score }) => ({
    noun,
    start: find.start,
    end: find.end,
    score,
    share: Math.exp(score) / total,
    known,
    owned,
    text: find.text,
  }))
}
