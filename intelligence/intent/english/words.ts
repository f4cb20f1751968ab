import type { Find, Named } from '../find.ts'
import {
  hypernymOf,
  joinedForms,
  longWords,
  singulars,
  wideNouns,
  wideOthers,
  wordForms,
} from '../lexicon.ts'
import type { WordForm } from '../lexicon.ts'
import { commonWords } from '../lexicon/en/common-words.ts'
import { realWords } from '../lexicon/en/real-words.ts'
import type { Normalised, Token } from '../normalise.ts'

export interface Word extends Token {
  /** A clause boundary stands before it. */
  readonly breaks: boolean
  readonly quoted: boolean
  /** Which pair of quotes it stands in; 0 is none. */
  readonly quote: number
}

export const owners = new Set([
  'my',
  'our',
  'this',
  'these',
  'that',
  'those',
  'his',
  'her',
  'their',
  'your',
])

export const articles = new Set([
  'a',
  'an',
  'the',
  'some',
  'any',
  'one',
  'another',
  'each',
  'every',
])

export const aside = new Set([
  'in',
  'on',
  'at',
  'with',
  'near',
  'under',
  'behind',
  'beside',
  'against',
  'wearing',
  'holding',
  'inside',
  'by',
  'over',
  'like',
  'as',
  'into',
  'for',
  'from',
  'riding',
  'eating',
  'through',
  'around',
  'among',
  'between',
  'next',
  'sitting',
  'using',
  'to',
])

export const subjectVerbs = new Set([
  'train',
  'learn',
  'teach',
  'capture',
  'memorize',
  'memorise',
  'recognize',
  'recognise',
  'fine',
  'tune',
  'finetune',
  'make',
  'create',
  'build',
  'generate',
  'model',
  'train:',
  'lora',
  'personalize',
  'personalise',
  'know',
  'reproduce',
  'do',
  'get',
  'want',
  'need',
  'training',
  'learning',
  'teaching',
  'love',
  'adopted',
  'got',
  'bought',
  'sell',
  'sells',
  'selling',
])

export function wordsIn(normalised: Normalised, tokens: readonly Token[]): Word[] {
  const words: Word[] = []
  let breaks = false
  let quote = ''
  let pair = 0
  let skip = 0
  for (const token of tokens) {
    if (token.start < skip) continue
    if (token.kind === 'other' && !/\p{L}/u.test(token.text)) {
      // "ladies' brogues"
      const owner = words.at(-1)
      if (
        token.text === "'" &&
        quote !== "'" &&
        !token.spaced &&
        owner?.lower.endsWith('s') === true &&
        owner.end === token.start
      ) {
        words[words.length - 1] = { ...owner, lower: `${owner.lower}'s` }
        continue
      }
      if (token.text === '"' || (token.text === "'" && (quote === "'" ? true : token.spaced))) {
        quote = quote === token.text ? '' : token.text
        if (quote !== '') pair += 1
      } else if (
        token.text === '.' &&
        /^(?:mr|mrs|ms|dr|st|jr|sr|prof)$/.test(words.at(-1)?.lower ?? '')
      )
        continue
      else if (/[.,;:!?()[\]{}|/\n]/.test(token.text)) breaks = true
      // "no - my go-kart"
      else if (token.text === '-' && token.spaced && normalised.text[token.end] === ' ')
        breaks = true
      continue
    }
    // "w/ googly eyes", "w/o a frame"
    const short =
      token.lower === 'w' && normalised.text[token.end] === '/'
        ? /^\/o\b/.test(normalised.lower.slice(token.end))
          ? 'without'
          : 'with'
        : null
    if (short !== null) {
      words.push({ ...token, lower: short, breaks, quoted: quote !== '', quote: 0 })
      breaks = false
      skip = token.end + (short === 'with' ? 1 : 2)
      continue
    }
    for (const part of token.kind === 'latin' ? split(token) : [token]) {
      words.push({ ...part, breaks, quoted: quote !== '', quote: quote === '' ? 0 : pair })
      breaks = false
    }
  }
  return words
}

const glue = new Set(
  'my our a the of train learn make create lora style model photos pictures please pls in on for with want i need teach fast'.split(
    ' ',
  ),
)

/** "trainalora", "mydog": words without their spaces, when all of them are known and one is a word of the field. */
function split(token: Token): Token[] {
  const { lower, text, start } = token
  if (
    lower.length < 5 ||
    lower.length > 40 ||
    !/^[a-z]+$/.test(text) ||
    // "inking" is no king
    /(?:ing|ed|er|ers|ly|ness|tion)$/.test(lower) ||
    commonWords.has(lower) ||
    realWords.has(lower) ||
    joinedForms.has(lower) ||
    singulars(lower).some((word) => isForm(word) || commonWords.has(word))
  )
    return [token]
  const known = (word: string): boolean =>
    glue.has(word) ||
    (word.length > 2 &&
      singulars(word).some((one) =>
        (wordForms.get(one) ?? []).some(
          (form) => form.words.length === 1 && form.kind !== 'generic',
        ),
      ))
  // fewest words; from the left
  const best: (readonly number[] | null)[] = [[]]
  for (let end = 1; end <= lower.length; end += 1) {
    best[end] = null
    for (let from = 0; from < end; from += 1) {
      const before = best[from]
      if (before == null || !known(lower.slice(from, end))) continue
      if (best[end] == null || before.length + 1 < best[end]!.length) best[end] = [...before, from]
    }
  }
  const cuts = best[lower.length]
  if (cuts == null || cuts.length < 2) return [token]
  const parts = cuts.map((from, index) => ({
    ...token,
    text: text.slice(from, cuts[index + 1] ?? lower.length),
    lower: lower.slice(from, cuts[index + 1] ?? lower.length),
    start: start + from,
    end: start + (cuts[index + 1] ?? lower.length),
    spaced: index === 0 && token.spaced,
  }))
  const first = parts[0]!.lower
  return glue.has(first) || ['style', 'lora', 'model'].includes(parts.at(-1)!.lower)
    ? parts
    : [token]
}

/** A noun of one word. */
export const nounOf = (word: Word, index: number, value: string): Find => ({
  kind: 'noun',
  value,
  start: word.start,
  end: word.end,
  from: index,
  to: index,
  text: word.text,
  negated: false,
  slip: false,
})

/** A form of one word; "hiroshi" and "ansel" only begin one, and are people's names elsewhere. */
export const isForm = (word: string): boolean =>
  (wordForms.get(word) ?? []).some((form) => form.words.length === 1)

export const singularOf = (word: string): readonly string[] => singulars(word)

export function matchesAt(
  words: readonly Word[],
  index: number,
): { form: WordForm; length: number; slip: boolean }[] {
  const result: { form: WordForm; length: number; slip: boolean }[] = []
  const first = words[index]!
  const animal = (wordForms.get(first.lower) ?? []).some(
    (form) => form.words.length === 1 && hypernymOf(form.value) === 'animal',
  )
  const tryForms = (key: string, slip: boolean): void => {
    for (const form of wordForms.get(key) ?? []) {
      const size = form.words.length
      if (size > 1 && key !== first.lower && !slip) continue
      if (index + size > words.length) continue
      // "our chicken Nugget": a capital behind an animal is its name
      if (
        size > 1 &&
        animal &&
        /^\p{Lu}\p{Ll}/u.test(words[index + size - 1]!.text) &&
        /^\p{Ll}/u.test(first.text)
      )
        continue
      let fits = true
      for (let offset = 1; offset < size && fits; offset += 1) {
        const word = words[index + offset]!
        const wanted = form.words[offset]!
        fits =
          !word.breaks &&
          (word.lower === wanted ||
            (offset === size - 1 && singularOf(word.lower).includes(wanted)))
      }
      // "chiken coop": in a form of several words the others must be right
      if (fits) result.push({ form, length: size, slip })
    }
  }
  for (const key of singularOf(first.lower)) tryForms(key, false)
  if (result.length === 0 && first.kind === 'latin') {
    for (const key of singularOf(first.lower)) {
      const form = joinedForms.get(key)
      if (form !== undefined) result.push({ form, length: 1, slip: false })
    }
  }
  // "watercolour-style" and "catlora" stay words; only long unknown words are mended
  if (
    result.length === 0 &&
    first.kind === 'latin' &&
    first.lower.length >= 6 &&
    !commonWords.has(first.lower) &&
    !realWords.has(first.lower) &&
    !isEnglishWord(first.lower) &&
    // "signed" is no signet
    !(/(?:ed|ing)$/.test(first.lower) && isEnglishWord(first.lower.replace(/(?:ed|ing)$/, ''))) &&
    !/^[A-Z]/.test(first.text)
  ) {
    const near = mend(first.lower)
    if (near !== null) tryForms(near, true)
  }
  return result
}

/** The one long lexicon word within one slip (a letter more, less, other, or two swapped). */
function mend(word: string): string | null {
  for (const length of [word.length, word.length - 1, word.length + 1]) {
    for (const candidate of longWords.get(length) ?? []) {
      if (candidate[0] === word[0] && oneSlip(word, candidate)) return candidate
    }
  }
  if (word.endsWith('s')) return mend(word.slice(0, -1))
  return null
}

export function oneSlip(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  if (a.length === b.length) {
    return (
      a.slice(at + 1) === b.slice(at + 1) ||
      (a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2))
    )
  }
  return a.length > b.length ? a.slice(at + 1) === b.slice(at) : a.slice(at) === b.slice(at + 1)
}

/** A word of English that no pet or person is called by in small letters. */
export function isEnglishWord(word: string): boolean {
  return singularOf(word).some((one) => wideOthers().has(one) || wideNouns().has(one))
}

export function overlaps(
  a: { start: number; end: number },
  b: { start: number; end: number },
): boolean {
  return a.start < b.end && b.start < a.end
}

export function keepLongest(finds: readonly Find[]): Find[] {
  const sorted = [...finds].sort(
    (a, b) =>
      b.to - b.from - (a.to - a.from) ||
      Number(a.slip) - Number(b.slip) ||
      // "tropical fish tank": of two compounds the later has the head
      (a.kind === 'noun' && b.kind === 'noun' && overlaps(a, b)
        ? b.from - a.from
        : a.from - b.from),
  )
  const kept: Find[] = []
  for (const find of sorted) if (!kept.some((other) => overlaps(other, find))) kept.push(find)
  return kept.sort((a, b) => a.from - b.from)
}

/** A capital that is only a noun of the lexicon ("inspired by Cats"). */
export function nearThing(word: Word): boolean {
  return singularOf(word.lower).some((one) =>
    (wordForms.get(one) ?? []).some((form) => form.words.length === 1 && form.kind === 'noun'),
  )
}

export const generic = new Set([
  'image',
  'picture',
  'photo',
  'pic',
  'file',
  'attached',
  'artist',
  'following',
  'above',
  'same',
  'folder',
  'dataset',
  'own',
  'mine',
  'upload',
  'uploaded',
  'set',
  'one',
  'thing',
  'shot',
])

export function slice(
  words: readonly Word[],
  from: number,
  to: number,
  normalised: Normalised,
  confidence: number,
): Named {
  const start = words[from]!.start
  const end = words[to]!.end
  return { value: normalised.text.slice(start, end).replace(/'s?$/, ''), start, end, confidence }
}

export const units = new Set([
  'gb',
  'mb',
  'px',
  'gpu',
  'gpus',
  'vram',
  'ram',
  'usd',
  'eur',
  'krw',
  'cpu',
  'lr',
  'k',
  'h',
  'min',
  'mins',
  'hr',
  'hrs',
  'ai',
  'ml',
  'gib',
  'tb',
  'xl',
  'ok',
  'hd',
  'rtx',
  'gtx',
  'nvidia',
  'sd',
  'id',
  'png',
  'jpg',
  'jpeg',
])

export const linkWords = new Set([
  'mix',
  'cross',
  'breed',
  'mixed',
  'batch',
  'size',
  'steps',
  'step',
  'res',
  'resolution',
  'dim',
  'network',
  'vram',
  'budget',
  'epochs',
  'trigger',
  'token',
  'px',
  'weights',
  ...aside,
  ...articles,
  ...owners,
  'of',
  'and',
  'or',
  'but',
  'is',
  'are',
  'was',
  'who',
  'which',
  'so',
  'please',
  'not',
  'no',
  'i',
  'it',
  'we',
  'you',
  'he',
  'she',
  'they',
  'looks',
  'lora',
  'model',
  'photos',
  'photo',
  'pictures',
  'picture',
  'images',
  'image',
  'pics',
  'style',
  'fast',
  'quickly',
  'only',
  'just',
  'using',
  'use',
  'used',
  'dataset',
  'data',
  'named',
  'called',
  'then',
  'can',
  'will',
  'should',
  'if',
  'when',
  'while',
  'where',
  'because',
  'than',
  'max',
  'under',
  'within',
  'up',
  'down',
  'out',
  'about',
  'rank',
  'alpha',
  'steps',
  'learning',
  'rate',
  'gpu',
  'gpus',
  'one',
  'two',
  'three',
  'ok',
  'thanks',
  'plz',
  'pls',
  'asap',
  'playing',
  'sleeping',
  'running',
  'today',
  'tonight',
  'tomorrow',
  'now',
  'too',
  'also',
  'has',
  'have',
  'had',
  'best',
  'good',
  'high',
  'low',
  'without',
  'all',
  'both',
  'here',
  'there',
])

export function isAllCapsGoal(words: readonly Word[]): boolean {
  const latin = words.filter((word) => word.kind === 'latin')
  const capitals = latin.filter((word) => /^\p{Lu}/u.test(word.text)).length
  return latin.length >= 4 && capitals / latin.length > 0.8
}

export function quotedEnd(words: readonly Word[], from: number): number {
  let to = from
  while (words[to + 1]?.quoted === true && words[to + 1]!.quote === words[from]!.quote) to += 1
  return to
}

/** "my", "our" ... up to four words before, with no verb or preposition between. */
export function ownerOf(words: readonly Word[], index: number): boolean {
  let reach = 4
  for (let at = index - 1; at >= 0 && at >= index - reach; at -= 1) {
    if (words[at + 1]!.breaks) return false
    const word = words[at]!.lower
    if (owners.has(word)) return true
    if (word.endsWith("'s")) continue
    // "my sister-in-law's bouquet"
    if (word === 'in' && /^law(?:'s)?$/.test(words[at + 1]!.lower)) {
      reach += 2
      continue
    }
    if (aside.has(word) || articles.has(word) || word === 'of' || word === 'and') return false
  }
  return false
}

export function wordAt(words: readonly Word[], offset: number): number {
  return words.findIndex((word) => word.start <= offset && offset <= word.end)
}

/** A small-letter word that neither the lexicon nor everyday English knows. */
export function isUnknown(word: Word): boolean {
  return (
    word.kind === 'latin' &&
    /^\p{Ll}/u.test(word.text) &&
    !linkWords.has(word.lower) &&
    !aside.has(word.lower) &&
    !units.has(word.lower) &&
    !/(?:ing|ed|ly)$/.test(word.lower) &&
    !singularOf(word.lower).some((one) => commonWords.has(one) || isForm(one))
  )
}
