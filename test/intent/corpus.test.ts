import { describe, expect, it } from 'vitest'
import { nameGoals, parseCorpus, subjectGoals, taskGoals } from './corpus.ts'
import { load } from './score.ts'

describe('the goals that the choices are trained on', () => {
  it.each(['en', 'ko'] as const)('%s: are many, and none of them is held out', (language) => {
    const goals = subjectGoals(language)
    expect(goals.length).toBeGreaterThan(4000)
    const heldOut = new Set(
      load(`./${language}-held-out.json`).map(({ goal }) => goal.toLowerCase()),
    )
    for (const list of [goals, taskGoals(language), nameGoals(language)])
      expect(list.filter(({ goal }) => heldOut.has(goal.toLowerCase()))).toEqual([])
  })
  it('a line says its goal, nouns, task and name', () => {
    expect(
      parseCorpus(
        '# own 1\nMr Bean, our cat | cat/kitten | name=Mr_Bean\nink look | - | task=style',
      ),
    ).toEqual([
      {
        goal: 'Mr Bean, our cat',
        lot: 'own 1',
        nouns: ['cat', 'kitten'],
        task: 'subject',
        name: 'Mr Bean',
        ambiguous: false,
      },
      { goal: 'ink look', lot: 'own 1', nouns: [], task: 'style', name: null, ambiguous: false },
    ])
  })
  it('a line that is none is named', () => {
    expect(() => parseCorpus('my cat | cat |\nmy dog')).toThrow('Line 2 of the corpus')
    expect(() => parseCorpus('my cat | cat | task=sing')).toThrow('Line 1 of the corpus')
  })
})
