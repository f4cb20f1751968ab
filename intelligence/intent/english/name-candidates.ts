import type { Find, Named } from '../find.ts'
import { hypernymOf, wideOthers } from '../lexicon.ts'
import { commonWords } from '../lexicon/en/common-words.ts'
import type { Normalised } from '../normalise.ts'
import { featuresBy } from '../rank.ts'
import { titles } from './names.ts'
import {
  articles,
  isAllCapsGoal,
  isEnglishWord,
  isForm,
  linkWords,
  owners,
  quotedEnd,
  units,
} from './words.ts'
import type { Word } from './words.ts'

/** What a goal's words are found to be, before its name is chosen. */
export interface NameScene {
  readonly words: readonly Word[]
  readonly nouns: readonly Find[]
  /** Strategies and base models. */
  readonly fixed: readonly Find[]
  readonly styles: readonly Find[]
  readonly look: Named | null
  readonly trigger: Named | null
  /** What the patterns take for the name. */
  readonly ruled: Named | null
  readonly normalised: Normalised
}

/** A stretch that may be the name of what is learnt, with what can be said of its place. */
export interface NameCandidate {
  readonly name: Named
  readonly features: readonly string[]
}

const times = new Set(
  'monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays january february march april may june july august september october november december christmas easter halloween hanukkah ramadan thanksgiving diwali'.split(
    ' ',
  ),
)
const calling = new Set('named called nicknamed nickname name meet call calls dubbed'.split(' '))

const isCapital = (word: Word | undefined): boolean =>
  word !== undefined && word.kind === 'latin' && /^\p{Lu}/u.test(word.text)

/** "Mr. Buttons": the full stop belongs to the title. */
const joins = (words: readonly Word[], index: number, text: string): boolean =>
  !words[index]!.breaks ||
  (titles.has(words[index - 1]?.lower ?? '') &&
    /^\.\s?$/.test(text.slice(words[index - 1]!.end, words[index]!.start)))

/** Capitals in a row, quoted stretches, and the words behind "called": at most four words each. */
function spansOf({ words, nouns, fixed, styles, look, trigger, normalised }: NameScene): {
  from: number
  to: number
}[] {
  const taken = (index: number): boolean =>
    [...fixed, ...styles.filter(({ from, to }) => to > from)].some(
      ({ from, to }) => from <= index && index <= to,
    ) ||
    [look, trigger].some(
      (span) => span !== null && words[index]!.start < span.end && span.start < words[index]!.end,
    )
  const shouts = isAllCapsGoal(words)
  const spans: { from: number; to: number }[] = []
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!
    if (taken(index)) continue
    if (word.quoted && words[index - 1]?.quote !== word.quote) {
      const to = quotedEnd(words, index)
      if (to - index < 4) spans.push({ from: index, to })
      continue
    }
    const behind = calling.has(words[index - 1]?.lower ?? '')
    const after = nouns.some(({ to }) => to === index - 1) && !word.breaks
    if (
      (behind || after) &&
      word.kind === 'latin' &&
      !isCapital(word) &&
      !linkWords.has(word.lower) &&
      !owners.has(word.lower) &&
      !articles.has(word.lower) &&
      !commonWords.has(word.lower)
    )
      spans.push({ from: index, to: index })
    if (shouts || !isCapital(word) || units.has(word.lower)) continue
    if (isCapital(words[index - 1]) && !word.breaks && !taken(index - 1) && index > 1) continue
    let to = index
    while (
      to - index < 3 &&
      words[to + 1] !== undefined &&
      joins(words, to + 1, normalised.text) &&
      !taken(to + 1) &&
      (isCapital(words[to + 1]) ||
        (/^(?:the|of|von|van|de|la|and|&)$/.test(words[to + 1]!.lower) &&
          isCapital(words[to + 2]) &&
          !words[to + 2]!.breaks))
    )
      to += 1
    spans.push({ from: index, to })
    // "Learn Fluffy": the sentence's own capital
    if (to > index && (index === 0 || word.breaks)) spans.push({ from: index + 1, to })
  }
  return spans
}

/** Every stretch that may be the name. */
export function nameCandidatesOf(scene: NameScene): NameCandidate[] {
  const { words, nouns, ruled, normalised, styles } = scene
  const spans = spansOf(scene)
  const at = (index: number): string => (index < 0 ? '^' : (words[index]?.lower ?? '$'))
  if (ruled !== null) {
    const from = words.findIndex(({ end }) => end > ruled.start)
    const to = words.findLastIndex(({ start }) => start < ruled.end)
    if (!spans.some((span) => span.from === from && span.to === to)) spans.push({ from, to })
  }
  return spans.slice(0, 24).map(({ from, to }) => {
    const start = words[from]!.start
    const end = words[to]!.end
    const value = normalised.text.slice(start, end).replace(/'s?$/, '')
    const features = featuresBy((put) => {
      const first = words[from]!
      const sign = (index: number): string =>
        words[index] === undefined
          ? '$'
          : words[index].breaks
            ? (/[.!?:;,(/-]/.exec(
                normalised.text.slice(words[index - 1]?.end ?? 0, words[index].start),
              )?.[0] ?? '|')
            : ''
      const before = nouns.findLast((noun) => noun.to < from)
      const after = nouns.find((noun) => noun.from > to)
      const kindOf = (noun: Find | undefined): string =>
        noun === undefined ? '-' : (hypernymOf(noun.value) ?? 'none')
      const near = (noun: Find | undefined, distance: number): string =>
        noun === undefined || distance > 3 ? 'far' : String(distance)
      const gapBefore = before === undefined ? 9 : from - before.to
      const gapAfter = after === undefined ? 9 : after.from - to
      const own = nouns.find((noun) => noun.from <= to && noun.to >= from)
      const single = from === to ? first.lower.replace(/'s$/, '') : ''
      put('capital', isCapital(first), from === 0 || first.breaks)
      put('quoted', first.quoted)
      put('words', to - from + 1)
      put('title', titles.has(first.lower), to > from)
      put('time', times.has(first.lower))
      put('noun', kindOf(own), own !== undefined && own.to - own.from === to - from)
      put('english', single !== '' && isEnglishWord(single), isCapital(first))
      put('form', single !== '' && isForm(single), isCapital(first))
      put('common', commonWords.has(single), linkWords.has(single))
      put('abstract', wideOthers().has(single))
      put('all caps', /^\p{Lu}{2,}$/u.test(first.text))
      put(
        'style',
        styles.some((find) => find.from <= to && find.to >= from),
      )
      put('before', at(from - 1), sign(from))
      put('before two', at(from - 2), at(from - 1))
      put('after', at(to + 1), sign(to + 1))
      put('after two', at(to + 1), at(to + 2))
      put('signs', sign(from), sign(to + 1))
      put('owner', value !== normalised.text.slice(start, end))
      put('noun before', kindOf(before), near(before, gapBefore), sign(from))
      put('noun after', kindOf(after), near(after, gapAfter), sign(to + 1))
      put('nouns', near(before, gapBefore), near(after, gapAfter), sign(from), sign(to + 1))
      put('gap before', near(before, gapBefore), sign(from), isCapital(first))
      if (before !== undefined && gapBefore === 1)
        put(
          'owned noun',
          owners.has(at(before.from - 1)),
          articles.has(at(before.from - 1)),
          sign(from),
        )
      put('place', Math.min(4, from), words.length - to < 3)
      put(
        'called',
        [1, 2, 3].some((back) => calling.has(at(from - back))),
      )
      put(
        'person',
        /^(?:she|he|she's|he's|they|it's|this|here|i'm)$/.test(at(from - 1)) ? at(from - 1) : '-',
      )
      if (words.filter(({ lower }) => lower === first.lower).length > 1)
        put('twice', isCapital(first))
      put('spans', Math.min(4, spans.length))
      const same = ruled !== null && ruled.start === start
      const longer = same && ruled.end < end
      put('ruled', ruled === null ? 'none' : longer ? 'longer' : same ? 'same' : 'other')
      if (same) put('ruled sure', Math.round(ruled.confidence * 20), longer)
    })
    return { name: { value, start, end, confidence: 0.9 }, features }
  })
}

/** Features of the reading in which nothing bears a name. */
export function noNameOf({ words, nouns, ruled }: NameScene): string[] {
  return [
    'none',
    `none nouns ${Math.min(3, nouns.length)}`,
    `none words ${Math.min(5, words.length >> 2)}`,
    `none kind ${nouns[0] === undefined ? '-' : (hypernymOf(nouns[0].value) ?? 'none')}`,
    `none ruled ${ruled === null ? '-' : String(Math.round(ruled.confidence * 20))}`,
  ]
}
