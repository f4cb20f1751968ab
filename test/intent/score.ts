import { readFileSync } from 'node:fs'
import { read } from '#intelligence/index.ts'
import type { Reading } from '#intelligence/index.ts'

/** A goal with what a reader should find in it. */
export interface Labelled {
  readonly goal: string
  /** Every slot that the words state; what only a default fills is absent. */
  readonly slots: Readonly<Record<string, unknown>>
  /** Slots with more than one right value; null: absent is right, too; '*': anything is. */
  readonly accept?: Readonly<Record<string, readonly unknown[]>>
  /** 'any': asking and not asking are both right. */
  readonly question: string | null
  /** Lots are scored blind, one after the other, before the rules that they lead to. */
  readonly lot?: string
}

export const sets = [
  ['English', 'en.json'],
  ['English, held out', 'en-held-out.json'],
  ['Korean', 'ko.json'],
  ['Korean, held out', 'ko-held-out.json'],
  // written before the tuning that they led to; the second and third lots were scored blind once, then mended by classes
  ['English, development', 'en-dev.json'],
  ['Korean, development', 'ko-dev.json'],
  ['English, second lot', 'en-blind.json'],
  ['Korean, second lot', 'ko-blind.json'],
  ['English, third lot', 'en-blind-2.json'],
  ['Korean, third lot', 'ko-blind-2.json'],
  // lots of 60 of creators' wordings, each scored blind before it was mended by classes; the first scores are in ../../schema/decisions/0018
  ['English, fresh lots', 'en-lots.json'],
  ['Korean, fresh lots', 'ko-lots.json'],
] as const

export const load = (name: string): Labelled[] =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Labelled[]

export interface Score {
  readonly goals: number
  readonly precision: number
  readonly recall: number
  readonly classNoun: number
  readonly whole: number
  /** Of the clear goals, how many are asked about. */
  readonly asked: number
  readonly ambiguous: number
  /** Ambiguous goals without a question. */
  readonly missed: readonly string[]
  readonly faults: readonly string[]
  /** Precision and recall of each slot that the labels name. */
  readonly slots: Readonly<Record<string, { labelled: number; found: number; right: number }>>
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

const round = (value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(3)) : value

/** Slots of the labels against slots of the readings; what is asked about is open until the answer comes, so it is not counted. */
export function score(set: readonly Labelled[]): Score {
  const slotCounts: Record<string, { labelled: number; found: number; right: number }> = {}
  let whole = 0
  let needless = 0
  const missed: string[] = []
  const faults: string[] = []
  for (const { goal, slots, accept = {}, question: wanted } of set) {
    const reading = read(goal)
    const found = said(reading)
    const question = wanted === 'any' ? (reading.question?.slot ?? null) : wanted
    const labelled = (path: string): boolean =>
      path in slots || (path in accept && (path in found || !accept[path]!.includes(null)))
    if (slots['task'] === undefined && accept['task'] === undefined) delete found['task']
    if (question !== null && !labelled(question)) delete found[question]
    const matches = (path: string, value: unknown): boolean =>
      value === '*' || JSON.stringify(round(found[path])) === JSON.stringify(round(value))
    const same = (path: string): boolean =>
      (path in slots && matches(path, slots[path])) ||
      (path in accept &&
        accept[path]!.some((value) => (value === null ? !(path in found) : matches(path, value))))
    const bad: string[] = []
    for (const path of new Set([
      ...Object.keys(slots),
      ...Object.keys(accept).filter(labelled),
      ...Object.keys(found),
    ])) {
      const count = (slotCounts[path] ??= { labelled: 0, found: 0, right: 0 })
      if (labelled(path)) count.labelled += 1
      if (path in found) count.found += 1
      if (labelled(path) && same(path)) count.right += 1
      else bad.push(path)
    }
    const asked = reading.question?.slot ?? null
    if (question !== null && asked === null) missed.push(goal)
    if (question === null && asked !== null) needless += 1
    if (bad.length === 0 && asked === question) whole += 1
    else {
      const parts = bad.map(
        (path) =>
          `${path}: ${JSON.stringify(found[path])} for ${JSON.stringify(slots[path] ?? accept[path])}`,
      )
      if (asked !== question) parts.push(`asked ${asked} for ${question}`)
      faults.push(`${goal} | ${parts.join('; ')}`)
    }
  }
  const sum = (key: 'labelled' | 'found' | 'right'): number =>
    Object.values(slotCounts).reduce((total, count) => total + count[key], 0)
  const noun = slotCounts['subject.classNoun'] ?? { labelled: 1, right: 0 }
  const clear = set.filter((item) => item.question === null).length
  const ambiguous = set.filter((item) => item.question !== null && item.question !== 'any').length
  return {
    goals: set.length,
    precision: sum('right') / sum('found'),
    recall: sum('right') / sum('labelled'),
    classNoun: noun.right / noun.labelled,
    whole: whole / set.length,
    asked: needless / clear,
    ambiguous,
    missed,
    faults,
    slots: slotCounts,
  }
}
