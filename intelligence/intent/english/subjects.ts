import type { Evidence } from '../find.ts'
import weights from '../lexicon/en/subject-weights.json' with { type: 'json' }
import { weigher } from '../weights.ts'
import { candidatesOf, noneOf } from './features.ts'
import type { Scene } from './features.ts'

const sumOf = weigher(weights)

/**
 * The nouns that may be the subject, likeliest first: a conditional logit over the goal's nouns and "none of them"
 * (McFadden 1974), trained by test/harness/train-intent.ts. `score` is the log odds against none, `share` the probability.
 */
export function rankSubjects(scene: Scene): Evidence['subjects'][number][] {
  const none = sumOf(noneOf(scene))
  const ranked = candidatesOf(scene)
    .filter(({ find }) => !find.negated)
    .map((candidate) => ({ ...candidate, score: sumOf(candidate.features) - none }))
    .sort((a, b) => b.score - a.score)
  const total = ranked.reduce((sum, { score }) => sum + Math.exp(score), 1)
  return ranked.map(({ find, noun, known, owned, score }) => ({
    noun,
    start: find.start,
    end: find.end,
    score,
    share: Math.exp(score) / total,
    known: known !== 'open' && known !== 'other',
    owned,
    text: find.text,
  }))
}
