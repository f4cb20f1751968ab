import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { read } from '#intelligence/index.ts'
import type { Reading } from '#intelligence/index.ts'

interface Labelled {
  readonly goal: string
  /** Every slot that the words state; what only a default fills is absent. */
  readonly slots: Readonly<Record<string, unknown>>
  readonly question: string | null
}

const load = (name: string): Labelled[] =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Labelled[]

interface Score {
  readonly precision: number
  readonly recall: number
  readonly classNoun: number
  readonly whole: number
  readonly asked: number
  readonly missed: readonly string[]
  readonly faults: readonly string[]
}

function said(reading: Reading): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(reading.slots)
      .filter(
        ([path, slot]) => path !== 'language' && (slot.source !== 'default' || path === 'task'),
      )
      .map(([path, slot]) => [path, slot.value]),
  )
}

/** Slots of the labels against slots of the readings; the task of an asked goal is open, so it is not counted. */
function score(set: readonly Labelled[]): Score {
  let right = 0
  let wanted = 0
  let given = 0
  let nouns = 0
  let nounsRight = 0
  let whole = 0
  let questions = 0
  const missed: string[] = []
  const faults: string[] = []
  for (const { goal, slots, question } of set) {
    const reading = read(goal)
    const found = said(reading)
    // what is asked about is open until the answer comes
    if (slots['task'] === undefined) delete found['task']
    if (question !== null && slots[question] === undefined) delete found[question]
    const same = (path: string): boolean =>
      JSON.stringify(found[path]) === JSON.stringify(slots[path])
    const bad = [...new Set([...Object.keys(slots), ...Object.keys(found)])].filter(
      (path) => !same(path),
    )
    right += Object.keys(slots).filter(same).length
    wanted += Object.keys(slots).length
    given += Object.keys(found).length
    if (slots['subject.classNoun'] !== undefined) {
      nouns += 1
      if (same('subject.classNoun')) nounsRight += 1
    }
    const asked = reading.question?.slot ?? null
    if (question !== null && asked === null) missed.push(goal)
    if (question === null && asked !== null) questions += 1
    if (bad.length === 0 && asked === question) whole += 1
    else {
      const parts = bad.map(
        (path) => `${path}: ${JSON.stringify(found[path])} for ${JSON.stringify(slots[path])}`,
      )
      if (asked !== question) parts.push(`asked ${asked} for ${question}`)
      faults.push(`${goal} | ${parts.join('; ')}`)
    }
  }
  const clear = set.filter((item) => item.question === null).length
  return {
    precision: right / given,
    recall: right / wanted,
    classNoun: nounsRight / nouns,
    whole: whole / set.length,
    asked: questions / clear,
    missed,
    faults,
  }
}

describe.each([
  ['English', 'en.json'],
  ['English, held out', 'en-held-out.json'],
  ['Korean', 'ko.json'],
  ['Korean, held out', 'ko-held-out.json'],
])('IN-01 IN-02 IN-04 goals in %s', (title, file) => {
  // thirteen held-out goals: one fault is 8 %, so the gate is looser and the figures are printed
  const heldOut = file.includes('held-out')
  const result = score(load(`./${file}`))
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`
  // held-out sentences are counted, not shown, so that nobody tunes to them
  const shown = heldOut ? [] : result.faults
  console.log(
    `${title}: precision ${percent(result.precision)}, recall ${percent(result.recall)}, class noun ${percent(result.classNoun)}, whole ${percent(result.whole)}, asked needlessly ${percent(result.asked)}\n${shown.join('\n')}`,
  )

  it('reads the stated slots', () => {
    expect(result.recall).toBeGreaterThanOrEqual(heldOut ? 0.9 : 0.95)
    expect(result.precision).toBeGreaterThanOrEqual(heldOut ? 0.9 : 0.95)
  })
  it('never loses the class noun', () => {
    expect(result.classNoun).toBeGreaterThanOrEqual(heldOut ? 0.85 : 0.98)
  })
  it('asks where the goal is ambiguous, and hardly ever elsewhere', () => {
    expect(result.missed).toEqual([])
    expect(result.asked).toBeLessThanOrEqual(heldOut ? 0.1 : 0.05)
  })
})
