import { read } from '#intelligence/index.ts'
import { load, score, sets } from '../intent/score.ts'
import { percentile, report, type Measure } from './report.ts'

/** Slots, questions and time of the built-in grammar, language by language; a report, no gate. */
export function intent(): Promise<void> {
  const measures: Measure[] = []
  const put = (
    name: string,
    value: number,
    unit: string,
    goal: string | null,
    holds: boolean | null,
  ): void => {
    measures.push({ name, value, unit, goal, baseline: null, holds })
  }
  for (const [title, file] of sets) {
    const set = load(`./${file}`)
    const result = score(set)
    put(`${title}: goals`, result.goals, '', null, null)
    put(`${title}: slot precision`, result.precision * 100, '%', '>= 95', result.precision >= 0.95)
    put(`${title}: slot recall`, result.recall * 100, '%', '>= 95', result.recall >= 0.95)
    put(`${title}: class noun`, result.classNoun * 100, '%', '>= 98', result.classNoun >= 0.98)
    put(`${title}: whole intents`, result.whole * 100, '%', null, null)
    put(
      `${title}: ambiguous goals asked about`,
      (100 * (result.ambiguous - result.missed.length)) / result.ambiguous,
      '%',
      '= 100',
      result.missed.length === 0,
    )
    put(`${title}: clear goals asked about`, result.asked * 100, '%', '<= 5', result.asked <= 0.05)
    for (const [path, count] of Object.entries(result.slots)) {
      put(
        `${title}: ${path}, precision`,
        (100 * count.right) / Math.max(1, count.found),
        '%',
        null,
        null,
      )
      put(
        `${title}: ${path}, recall`,
        (100 * count.right) / Math.max(1, count.labelled),
        '%',
        null,
        null,
      )
    }
    for (const { goal } of set) read(goal)
    // of seven readings of a goal the middle one counts: the machine is shared, and a pause of it is no work of ours
    const times = set.map(({ goal }) =>
      percentile(
        Array.from({ length: 7 }, () => {
          const start = performance.now()
          read(goal)
          return performance.now() - start
        }),
        50,
      ),
    )
    const slow = percentile(times, 99)
    put(`${title}: one reading, median`, percentile(times, 50), 'ms', null, null)
    put(`${title}: one reading, p99`, slow, 'ms', '<= 5', slow <= 5)
  }
  report('intent', measures)
  return Promise.resolve()
}
