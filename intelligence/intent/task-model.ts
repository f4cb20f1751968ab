import type { Evidence } from './find.ts'
import enWeights from './lexicon/en/task-weights.json' with { type: 'json' }
import koWeights from './lexicon/ko/task-weights.json' with { type: 'json' }
import { hypernymOf } from './lexicon.ts'
import type { Token } from './normalise.ts'
import { weigher } from './weights.ts'
import type { Weigh } from './weights.ts'

/** What a goal may ask for; `ask` where it is as much a thing as a look, and only the creator knows which. */
export const readings = ['subject', 'style', 'concept', 'text', 'ask'] as const
export type TaskReading = (typeof readings)[number]

const weighs: Readonly<Record<'en' | 'ko', Weigh>> = {
  en: weigher(enWeights),
  ko: weigher(koWeights),
}

/** The words of a goal, with stretches that were found as what they are: "<style>", "<animal>", "<name>". */
function symbolsOf(tokens: readonly Token[], evidence: Evidence): string[] {
  const spans = [
    ...(evidence.name === null ? [] : [{ ...evidence.name, symbol: '<name>' }]),
    ...(evidence.style === null ? [] : [{ ...evidence.style, symbol: '<style>' }]),
    ...evidence.subjects.map((subject) => ({
      ...subject,
      symbol: `<${hypernymOf(subject.noun) ?? 'thing'}>`,
    })),
    ...evidence.finds
      .filter(({ kind }) => kind !== 'generic' && kind !== 'noun')
      .map((find) => ({ ...find, symbol: find.negated ? `<no ${find.kind}>` : `<${find.kind}>` })),
  ]
  const symbols: string[] = []
  let last: object | undefined
  for (const token of tokens) {
    const span = spans.find(({ start, end }) => token.start < end && start < token.end)
    if (span !== undefined && span === last) continue
    last = span
    symbols.push(span?.symbol ?? (token.kind === 'number' ? '#' : token.lower))
    // a Korean word keeps its endings, which say more than its stem
    if (span !== undefined && /\p{Script=Hangul}$/u.test(token.text) && token.end > span.end)
      symbols.push(`~${token.text.slice(span.end - token.start)}`)
  }
  return symbols
}

/** What the words of a goal say about its task, and what the patterns find: indicator names. */
export function taskFeatures(tokens: readonly Token[], evidence: Evidence): string[] {
  const symbols = symbolsOf(tokens, evidence)
  const features = ['all']
  const at = (index: number): string => symbols[index] ?? (index < 0 ? '^' : '$')
  for (let index = 0; index <= symbols.length; index += 1) {
    if (index < symbols.length) features.push(`word ${at(index)}`)
    features.push(`pair ${at(index - 1)} ${at(index)}`)
    if (index > 0) features.push(`triple ${at(index - 2)} ${at(index - 1)} ${at(index)}`)
    const word = at(index)
    if (/^\p{Script=Hangul}{3,}$/u.test(word)) {
      for (const size of [1, 2, 3]) features.push(`end ${word.slice(-size)}`)
      for (let cut = 0; cut + 2 <= word.length; cut += 1)
        features.push(`syllables ${word.slice(cut, cut + 2)}`)
    }
  }
  for (const token of tokens) if (token.kind !== 'number') features.push(`token ${token.lower}`)
  features.push(`first ${at(0)} ${at(1)}`, `length ${Math.min(6, symbols.length >> 2)}`)
  const [top] = evidence.subjects
  const look = evidence.style === null ? 'no look' : 'look'
  const noun = top === undefined ? 'none' : (hypernymOf(top.noun) ?? 'thing')
  features.push(
    `subject ${noun}`,
    `subject owned ${String(top?.owned)}`,
    `look ${look} ${noun}`,
    `look owned ${look} ${String(top?.owned)}`,
    `look named ${look} ${String(evidence.name !== null)}`,
    `noun ${top?.noun ?? 'none'}`,
    `style ${evidence.style?.value ?? 'none'}`,
    `style order ${look} ${String((evidence.style?.start ?? 0) < (top?.start ?? 0))}`,
    `subjects ${Math.min(4, evidence.subjects.length)}`,
  )
  const found = [
    evidence.styleWanted && 'style wanted',
    evidence.styleDenied && 'style denied',
    evidence.subjectDenied && 'subject denied',
    evidence.styleOfResults && 'style of results',
    evidence.textWanted && 'text wanted',
    evidence.conceptWanted && 'concept wanted',
  ].filter((flag) => flag !== false)
  for (const flag of found) features.push(`flag ${flag}`, `flag look ${flag} ${look}`)
  features.push(`flags ${found.join(', ')} ${look}`)
  return features
}

/** A feature as it speaks for one reading. */
export const featureFor = (reading: TaskReading, feature: string): string => `${reading}:${feature}`

/** How likely each reading is, in [0, 1], by a multinomial logit (trained by test/harness/train-intent.ts). */
export function taskShares(
  language: 'en' | 'ko',
  tokens: readonly Token[],
  evidence: Evidence,
): Readonly<Record<TaskReading, number>> {
  const features = taskFeatures(tokens, evidence)
  const odds = readings.map((reading) =>
    Math.exp(weighs[language](features.map((feature) => featureFor(reading, feature)))),
  )
  const total = odds.reduce((sum, value) => sum + value, 0)
  const share = (reading: TaskReading): number => odds[readings.indexOf(reading)]! / total
  return {
    subject: share('subject'),
    style: share('style'),
    concept: share('concept'),
    text: share('text'),
    ask: share('ask'),
  }
}
