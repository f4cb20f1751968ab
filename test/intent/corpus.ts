import { readFileSync } from 'node:fs'
import { load } from './score.ts'
import type { Labelled } from './score.ts'

/** A goal with what it wants learnt; an empty list where it names no thing. */
export interface CorpusGoal {
  readonly goal: string
  readonly lot: string
  readonly nouns: readonly string[]
  readonly task: 'subject' | 'style' | 'concept' | 'text'
  readonly name: string | null
  /** Subject or look: both readings are right until the creator says which. */
  readonly ambiguous: boolean
}

export type SubjectGoal = Pick<CorpusGoal, 'goal' | 'lot' | 'nouns'>

const tasks = ['subject', 'style', 'concept', 'text'] as const

/** Lines of `corpus-*.txt`: "goal | noun/noun | task=style name=Mr_Bean ask". @throws Error naming the line. */
export function parseCorpus(text: string): CorpusGoal[] {
  const result: CorpusGoal[] = []
  let lot = ''
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('# ')) {
      lot = line.slice(2)
      continue
    }
    if (line.trim() === '') continue
    const [goal, nouns, extras = ''] = line.split('|').map((part) => part.trim())
    const said = new Map(
      extras
        .split(/\s+/)
        .filter((item) => item !== '')
        .map((item) => {
          const [key, value = ''] = item.split('=')
          return [key!, value] as const
        }),
    )
    const task = tasks.find((item) => item === (said.get('task') ?? 'subject'))
    if (!goal || !nouns || task === undefined)
      throw new Error(`Line ${index + 1} of the corpus is no "goal | nouns | extras": ${line}`)
    result.push({
      goal,
      lot,
      nouns: nouns === '-' ? [] : nouns.split('/'),
      task,
      name: said.get('name')?.replaceAll('_', ' ') ?? null,
      ambiguous: said.has('ask'),
    })
  }
  return result
}

const corpusOf = (language: 'en' | 'ko'): CorpusGoal[] =>
  parseCorpus(readFileSync(new URL(`./corpus-${language}.txt`, import.meta.url), 'utf8'))

/** The labelled sets that training may look at: never the held-out ones, nor what stands in those as well ("hello"). */
function setsOf(language: 'en' | 'ko'): (Labelled & { set: string })[] {
  const heldOut = new Set(load(`./${language}-held-out.json`).map(({ goal }) => goal))
  return ['', '-dev', '-blind', '-blind-2', '-lots'].flatMap((part) =>
    load(`./${language}${part}.json`)
      .filter(({ goal }) => !heldOut.has(goal))
      .map((goal) => ({ ...goal, set: `${language}${part}` })),
  )
}

/** Every goal that says what its subject is, to train and to measure the choice of it. */
export function subjectGoals(language: 'en' | 'ko'): SubjectGoal[] {
  const labelled = setsOf(language).flatMap(({ goal, slots, accept, set, lot }) => {
    const nouns = accept?.['subject.classNoun'] ?? [slots['subject.classNoun'] ?? null]
    // where absent is right, too, the goal teaches nothing
    if (nouns.includes('*') || (nouns.includes(null) && nouns.length > 1)) return []
    return [
      {
        goal,
        lot: lot === undefined ? set : `${set} ${lot}`,
        nouns: nouns.filter((noun): noun is string => typeof noun === 'string'),
      },
    ]
  })
  return [...labelled, ...corpusOf(language)]
}

/** Every goal with its task, to train and to measure the choice of that. */
export function taskGoals(
  language: 'en' | 'ko',
): Pick<CorpusGoal, 'goal' | 'lot' | 'task' | 'ambiguous'>[] {
  const labelled = setsOf(language).flatMap(({ goal, slots, accept, question, set, lot }) => {
    const [task, ...others] = accept?.['task'] ?? [slots['task']]
    const ambiguous = question === 'task'
    const known = ambiguous ? 'subject' : tasks.find((item) => item === task)
    if (known === undefined || (!ambiguous && others.length > 0) || question === 'any') return []
    return [
      {
        goal,
        lot: lot === undefined ? set : `${set} ${lot}`,
        task: known,
        ambiguous,
      },
    ]
  })
  return [...labelled, ...corpusOf(language)]
}

/** Every goal with the names that what it wants learnt bears, to train and to measure the choice of them. */
export function nameGoals(language: 'en' | 'ko'): {
  readonly goal: string
  readonly lot: string
  readonly names: readonly string[]
}[] {
  const labelled = setsOf(language).flatMap(({ goal, slots, accept, set, lot }) => {
    const names = accept?.['subject.name'] ?? [slots['subject.name'] ?? null]
    if (names.includes('*') || (names.includes(null) && names.length > 1)) return []
    return [
      {
        goal,
        lot: lot === undefined ? set : `${set} ${lot}`,
        names: names.filter((name): name is string => typeof name === 'string'),
      },
    ]
  })
  // of other tasks the labels tell no names
  const corpus = corpusOf(language)
    .filter(({ task }) => task === 'subject')
    .map(({ goal, lot, name }) => ({
      goal,
      lot,
      names: name === null ? [] : [name],
    }))
  return [...labelled, ...corpus]
}
