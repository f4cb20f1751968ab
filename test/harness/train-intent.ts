import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { readEnglishNames, readEnglishScene } from '#intelligence/intent/english/read.ts'
import { nameCandidatesOf, noNameOf } from '#intelligence/intent/english/name-candidates.ts'
import * as english from '#intelligence/intent/english/features.ts'
import { evidenceOf } from '#intelligence/intent/grammar.ts'
import * as korean from '#intelligence/intent/korean/features.ts'
import { readKoreanScene } from '#intelligence/intent/korean/read.ts'
import { normalise, tokenise } from '#intelligence/intent/normalise.ts'
import { featureFor, readings, taskFeatures } from '#intelligence/intent/task-model.ts'
import { nameGoals, subjectGoals, taskGoals } from '../intent/corpus.ts'
import { choose, trainLogit, weightFile } from './logit.ts'
import type { Choice } from './logit.ts'

/**
 * Trains what the grammar chooses by: `node test/harness/train-intent.ts` writes the weights of the subject and of the task
 * beside the lexicons; `--folds 8` prints instead how goals are read that the training left out, `--faults` which of them wrongly.
 */
interface Candidate {
  readonly noun: string
  readonly features: readonly string[]
}

interface Goal extends Choice {
  readonly goal: string
  readonly lot: string
  readonly options: readonly string[]
}

/** The candidates of a goal, and the features of there being none. */
function optionsOf(
  language: 'en' | 'ko',
  goal: string,
): { candidates: readonly Candidate[]; none: readonly string[] } {
  const normalised = normalise(goal)
  const tokens = tokenise(normalised)
  if (language === 'en') {
    const scene = readEnglishScene(normalised, tokens)
    return { candidates: english.candidatesOf(scene), none: english.noneOf(scene) }
  }
  const scene = readKoreanScene(normalised, tokens)
  return { candidates: korean.candidatesOf(scene), none: korean.noneOf(scene) }
}

function subjects(language: 'en' | 'ko'): Goal[] {
  return subjectGoals(language).map(({ goal, lot, nouns }) => {
    const { candidates, none } = optionsOf(language, goal)
    return {
      goal: `${goal} | ${nouns.join('/') || '-'}`,
      lot,
      features: [...candidates.map(({ features }) => features), none],
      options: [...candidates.map(({ noun }) => noun), '-'],
      right: [...candidates.map(({ noun }) => nouns.includes(noun)), nouns.length === 0],
    }
  })
}

function names(): Goal[] {
  return nameGoals('en').map(({ goal, lot, names: right }) => {
    const normalised = normalise(goal)
    const scene = readEnglishNames(normalised, tokenise(normalised))
    const candidates = nameCandidatesOf(scene)
    return {
      goal: `${goal} | ${right.join('/') || '-'}`,
      lot,
      features: [...candidates.map(({ features }) => features), noNameOf(scene)],
      options: [...candidates.map(({ name }) => name.value), '-'],
      right: [...candidates.map(({ name }) => right.includes(name.value)), right.length === 0],
    }
  })
}

function tasks(language: 'en' | 'ko'): Goal[] {
  return taskGoals(language).map(({ goal, lot, task, ambiguous }) => {
    const { evidence, tokens } = evidenceOf(goal, language)
    const features = taskFeatures(tokens, evidence)
    const wanted = ambiguous ? 'ask' : task
    return {
      goal: `${goal} | ${wanted}`,
      lot,
      features: readings.map((reading) => features.map((feature) => featureFor(reading, feature))),
      options: readings,
      right: readings.map((reading) => reading === wanted),
    }
  })
}

function crossValidate(goals: readonly Goal[], folds: number, settings: Settings): void {
  const lots = new Map<string, { goals: number; right: number; reachable: number }>()
  for (let fold = 0; fold < folds; fold += 1) {
    const weights = trainLogit(
      goals.filter((_, index) => index % folds !== fold),
      settings,
    )
    for (const goal of goals.filter((_, index) => index % folds === fold)) {
      const { option } = choose(weights, goal)
      const lot = lots.get(goal.lot) ?? { goals: 0, right: 0, reachable: 0 }
      lot.goals += 1
      if (goal.right[option] === true) lot.right += 1
      else if (process.argv.includes('--faults'))
        console.log(`${goal.lot} | ${goal.goal} | ${goal.options[option]}`)
      if (goal.right.includes(true)) lot.reachable += 1
      lots.set(goal.lot, lot)
    }
  }
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`
  for (const [lot, { goals, right, reachable }] of lots)
    console.log(
      `${lot}: ${goals} goals, right ${percent(right, goals)}, possible ${percent(reachable, goals)}`,
    )
}

type Settings = Parameters<typeof trainLogit>[1]

const settings: Settings = { prior: 2, fewest: 3, rounds: 300 }
const folder = new URL('../../intelligence/intent/lexicon/', import.meta.url)
const jobs: readonly [name: string, file: string, goals: () => Goal[]][] = [
  // names first: what is a name is no subject
  ['name en', 'en/name-weights.json', names],
  ['subject en', 'en/subject-weights.json', () => subjects('en')],
  ['subject ko', 'ko/subject-weights.json', () => subjects('ko')],
  ['task en', 'en/task-weights.json', () => tasks('en')],
  ['task ko', 'ko/task-weights.json', () => tasks('ko')],
]
const folds = process.argv.indexOf('--folds')
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7)
for (const [name, file, goalsOf] of jobs) {
  if (only === undefined) {
    // a process for each: the subject is chosen by the names that were just trained, the task by both
    execFileSync(
      process.execPath,
      [import.meta.filename, ...process.argv.slice(2), `--only=${name}`],
      { stdio: 'inherit' },
    )
    continue
  }
  if (only !== name) continue
  const goals = goalsOf()
  if (folds > 0) crossValidate(goals, Number(process.argv[folds + 1]), settings)
  else {
    const weights = trainLogit(goals, settings)
    writeFileSync(new URL(file, folder), weightFile(weights))
    console.log(`${name}: ${goals.length} goals, ${weights.size} features`)
  }
}
