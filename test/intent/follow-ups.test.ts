import { describe, expect, it } from 'vitest'
import { applyOperations, read, readFollowUp, synthesise } from '#intelligence/index.ts'
import type { FollowUp } from '#intelligence/index.ts'
import type { Operation } from '#schema/domain/operation.ts'
import { english, englishToo, korean, koreanToo, thirdEn, thirdKo, traps } from './follow-ups.ts'

const reading = read('train a LoRA of my cat Fluffy, 2 hours, budget $5')
const intent = { slots: reading.slots, question: reading.question }
const made = synthesise(
  intent,
  { hash: `sha256:${'a'.repeat(64)}`, images: 16, classNoun: 'cat', triggerWord: 'flffy' },
  {
    pipelineId: 'PL-AAAAAA',
    createdAt: '2026-11-21T00:00:00.000Z',
    device: { gpus: 0, gpuMemoryGb: 0 },
  },
)
const now = { rank: 64, alpha: 64, learningRate: 0.01, steps: 900 }
const spec = applyOperations(
  made,
  Object.entries(now).map(([name, value]) => ({ kind: 'setting' as const, name, value })),
)

function written(operation: Operation): string {
  switch (operation.kind) {
    case 'slot':
      return `${operation.path}:=${JSON.stringify(operation.value)}`
    case 'setting':
      return `${operation.name}=${JSON.stringify(operation.value)}`
    case 'param':
      return `${operation.component}.${operation.name}=${JSON.stringify(operation.value)}`
    case 'resources':
      return `${operation.component}.${operation.key}=${JSON.stringify(operation.value)}`
    case 'add':
      return `+${operation.type}${operation.after === null ? '' : `>${operation.after}`}`
    case 'remove':
      return `-${operation.component}`
    case 'connect':
      return `${operation.from}->${operation.to}`
    case 'disconnect':
      return `${operation.from}-/>${operation.to}`
  }
}

/** What came of a sentence, in the notation of the list; the alpha that a rank takes along is no part of it. */
function outcome(said: FollowUp, expected: string): string {
  const alone = !expected.includes('alpha')
  const operations = said.operations.filter(
    (item) => !(alone && item.kind === 'setting' && item.name === 'alpha'),
  )
  const parts = operations.map((item) => {
    if (item.kind === 'setting' && /^\w+[<>]$/.test(expected)) {
      const was = ({ ...now, batchSize: 8 } as Record<string, number>)[item.name] ?? Number.NaN
      return `${item.name}${Number(item.value) < was ? '<' : '>'}`
    }
    return written(item)
  })
  if (said.undo) return 'undo'
  if (parts.length === 0)
    return said.reasons.length > 0
      ? `why ${said.reasons[0]!.about}`
      : said.notice === null
        ? 'silence'
        : 'no'
  return parts.sort().join(', ') + (said.notice === null ? '' : ' & no')
}

const sorted = (expected: string): string => {
  const [parts, rest] = expected.split(' & ')
  if (/^(?:why|no$|undo$)/.test(expected)) return expected
  const list = /[{[]/.test(parts!) ? [parts!] : parts!.split(', ')
  return list.sort().join(', ') + (rest === undefined ? '' : ` & ${rest}`)
}

describe.each([
  ['en', english],
  ['en too', englishToo],
  ['en third', thirdEn],
  ['ko', korean],
  ['ko too', koreanToo],
  ['ko third', thirdKo],
  ['traps', traps],
])('IN-03, IN-06 what creators say about a plan: %s', (_language, sentences) => {
  it.each(sentences)('%s', (text, expected) => {
    expect(outcome(readFollowUp(text, { intent, spec }), expected)).toBe(sorted(expected))
  })
})
