import type { Evidence } from '../find.ts'
import weights from '../lexicon/ko/subject-weights.json' with { type: 'json' }
import { weigher } from '../weights.ts'
import { candidatesOf, noneOf } from './features.ts'
import type { Scene } from './features.ts'

const sumOf = weigher(weights)

/** The nouns that may be the subject, likeliest first: see ../english/subjects.ts. */
export function rankSubjects(scene: Scene): Evidence['subjects'][number][] {
  const none = sumOf(noneOf(scene))
  const ranked = candidatesOf(scene)
    .map((candidate) => ({ ...candidate, score: sumOf(candidate.features) - none }))
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
